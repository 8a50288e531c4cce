"""Progress of long-running operations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.team import services
from quen.apps.team.models import Member
from quen.apps.team.types import ProgressState

pytestmark = pytest.mark.django_db


class TestProgress:
    def test_is_shown_with_a_stop_button_to_its_member_only(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        work = services.start_progress(
            kind="test", title="Đang nhập 10 khách", path="/imports/1/", actor=an.actor, total=10
        )
        services.update_progress(work, done=0, now=NOW)
        services.update_progress(work, done=4, now=NOW + timedelta(seconds=2))
        mine = client_of(AN).get(f"/w/{TRA_SEN}/progress/{work.pk}/", headers={"HX-Request": "true"})
        page = mine.content.decode()
        assert 'value="40"' in page and f"/progress/{work.pk}/stop/" in page and "<html" not in page
        theirs = client_of(BINH).get(f"/w/{TRA_SEN}/progress/{work.pk}/").content.decode()
        assert f"/progress/{work.pk}/stop/" not in theirs

    def test_is_stopped_by_its_member_and_nobody_without_the_right(
        self, an: Member, binh: Member, client_of: Callable[[str], Client]
    ) -> None:
        work = services.start_progress(kind="test", title="…", path="", actor=an.actor)
        assert client_of(BINH).post(f"/w/{TRA_SEN}/progress/{work.pk}/stop/").status_code == 403
        assert not services.stop_requested(work)
        client_of(AN).post(f"/w/{TRA_SEN}/progress/{work.pk}/stop/")
        assert services.stop_requested(work)

    def test_announces_its_end(self, an: Member, client_of: Callable[[str], Client]) -> None:
        work = services.start_progress(kind="test", title="…", path="/imports/1/", actor=an.actor)
        services.end_progress(work, state=ProgressState.DONE, now=NOW)
        answer = client_of(AN).get(f"/w/{TRA_SEN}/progress/{work.pk}/", headers={"HX-Request": "true"})
        assert answer["HX-Trigger"] == "progress:ended"
        assert f"/w/{TRA_SEN}/imports/1/" in answer.content.decode()

    def test_of_another_workspace_is_not_found(self, an: Member, client_of: Callable[[str], Client]) -> None:
        work = services.start_progress(kind="test", title="…", path="", actor=an.actor)
        assert client_of(CHI).get(f"/w/gom-viet/progress/{work.pk}/").status_code == 404
