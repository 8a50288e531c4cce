"""Unsubscribe links work while the workspace is paused or out of reach, and are obeyed before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.away import put_out_of_reach
from tests.cast import NOW

from quen.apps.accounts import services as accounts
from quen.apps.accounts.types import PauseReason
from quen.apps.compliance import services
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.tests.test_public_pages import link
from quen.apps.compliance.types import ExclusionReason
from quen.apps.ingest import services as ingest
from quen.apps.ingest.models import RawEvent
from quen.core import clock, schemas
from quen.core.database.base import PUBLIC


def pause(workspace: Any) -> None:
    accounts.pause_workspace(workspace=workspace, reason=PauseReason.MOVING, by="Vận hành", now=NOW)


def resume(workspace: Any) -> None:
    accounts.resume_workspace(workspace=workspace, by="Vận hành", now=NOW)


def stored() -> int:
    with schemas.use(PUBLIC):
        return RawEvent.objects.filter(endpoint=services.UNSUBSCRIBE_ENDPOINT, quarantined_at=None).count()


@pytest.mark.django_db
class TestPausedWorkspace:
    def test_the_page_offers_to_unsubscribe_and_answers(self, workspace: Any) -> None:
        path = link(workspace, make_subscriber())
        pause(workspace)
        page = Client().get(path)
        assert page.status_code == 200
        assert "Thôi nhận email" in page.content.decode()
        answer = Client().post(path, {"scope": "channel"}, follow=True)
        assert answer.status_code == 200
        assert "Đã ghi nhận lựa chọn của bạn" in answer.content.decode()
        assert stored() == 1
        assert (
            "no longer get advertising from" in Client().get(f"{path}?lang=en&recorded=all").content.decode()
        )

    def test_it_is_effective_once_processed_and_dated_when_it_was_asked(self, workspace: Any) -> None:
        lan = make_subscriber()
        before = clock.now()
        pause(workspace)
        Client().post(link(workspace, lan), {"scope": "all"})
        assert exclusion_reasons(lan) == [None]
        ingest.process(workspace_id=workspace.pk, now=clock.now())
        assert exclusion_reasons(lan) == [None]
        resume(workspace)
        services.process_stored_unsubscribes(now=clock.now() + timedelta(hours=1))
        assert exclusion_reasons(lan) != [None]
        found = Unsubscribe.objects.get()
        assert (found.contact_id, found.all_channels, found.method) == (lan.pk, True, "link")
        assert before <= found.at <= clock.now()
        assert stored() == 0

    def test_a_mail_program_gets_its_usual_answer(self, workspace: Any) -> None:
        lan = make_subscriber()
        path = link(workspace, lan, one_click=True)
        usual = Client().post(link(workspace, make_subscriber(), one_click=True))
        pause(workspace)
        answer = Client().post(path)
        assert (answer.status_code, answer.content) == (usual.status_code, usual.content)
        resume(workspace)
        ingest.process(workspace_id=workspace.pk, now=clock.now())
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]

    @pytest.mark.parametrize("what", ["undo", "resubscribe", "unblock", "details"])
    def test_everything_else_waits(self, workspace: Any, what: str) -> None:
        path = link(workspace, make_subscriber())
        pause(workspace)
        answer = Client().post(f"{path}{what}/", {"full_name": "Lan", "language": "vi"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "300")
        assert "Thôi nhận email" in answer.content.decode()
        assert stored() == 0

    def test_an_archived_shop_obeys_it_too(self, workspace: Any) -> None:
        lan = make_subscriber()
        pause(workspace)
        Client().post(link(workspace, lan), {"scope": "channel"})
        workspace.archived_at = NOW
        with schemas.use(PUBLIC):
            workspace.save()
            assert ingest.delete_expired(now=clock.now() + timedelta(days=90)) == 0
        resume(workspace)
        ingest.process(workspace_id=workspace.pk, now=clock.now())
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]


@pytest.mark.django_db(transaction=True)
class TestUnreachableWorkspace:
    def test_the_link_works_and_the_refusal_is_stored(self, committed_workspace: Any) -> None:
        path = link(committed_workspace, make_subscriber())
        put_out_of_reach(committed_workspace.schema_name)
        with schemas.use(PUBLIC):
            assert Client().get(path).status_code == 200
            assert Client().post(path, {"scope": "channel"}).status_code == 302
            assert Client().post(f"{path}one-click/").status_code == 200
            assert Client().post(f"{path}undo/").status_code == 503
        assert stored() == 2
