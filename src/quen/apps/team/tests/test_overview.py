"""The overview page: panels and the onboarding checklist."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, TRA_SEN

from quen.apps.accounts.models import Workspace
from quen.apps.team.models import Member

pytestmark = pytest.mark.django_db


class TestOverview:
    def test_shows_the_onboarding_checklist(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
        assert "Bắt đầu" in page and "Nhập khách hàng từ tệp" in page

    def test_hides_steps_a_viewer_may_not_take(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()
        assert "Nhập khách hàng từ tệp" not in page and "Mời đồng nghiệp" not in page

    def test_the_checklist_can_be_hidden(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        client.post(f"/w/{TRA_SEN}/overview/onboarding/", {"hide": "1"})
        assert "onboarding-steps" not in client.get(f"/w/{TRA_SEN}/").content.decode()
        assert "onboarding-steps" not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()

    def test_a_panel_that_does_not_exist_is_not_found(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/overview/no-such/").status_code == 404

    def test_counts_contacts_by_status_and_growth(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        from quen.apps.contacts.tests.factories import make_contact
        from quen.core import clock

        now = clock.now()
        make_contact(created_at=now, incomplete=True)
        make_contact(created_at=now - timedelta(days=90))
        make_contact(created_at=now - timedelta(days=90), deleted_at=now)
        client = client_of(AN)
        sentence = client.get(f"/w/{TRA_SEN}/overview/contacts-totals/").content.decode()
        assert "2 khách hàng" in sentence and ">1<" in sentence
        statuses = client.get(f"/w/{TRA_SEN}/overview/contacts-statuses/").content.decode()
        assert "+1" in statuses and "1 khách hàng thiếu" in statuses
        for address in re.findall(rf'href="(/w/{TRA_SEN}/contacts/[^"]+)"', statuses):
            assert client.get(html.unescape(address)).status_code == 200, address
        chi = client_of(CHI).get("/w/gom-viet/overview/contacts-totals/").content.decode()
        assert "khách mới" not in chi

    def test_shows_another_period(self, workspace: Workspace, client_of: Callable[[str], Client]) -> None:
        from quen.apps.contacts.tests.factories import make_contact
        from quen.core import clock

        make_contact(created_at=clock.now() - timedelta(days=10))
        client, path = client_of(AN), f"/w/{TRA_SEN}/overview/contacts-totals/"
        for query, fresh, days in (("", 1, 30), ("?days=7", 0, 7), ("?days=90", 1, 90), ("?days=8", 1, 30)):
            text = client.get(path + query).content.decode()
            assert f">{fresh}</span>" in text and f"trong {days} ngày" in text, query
        page = client.get(f"/w/{TRA_SEN}/?days=7").content.decode()
        assert "overview/contacts-totals/?days=7" in page and "7 ngày qua" in page

    def test_offers_a_campaign_to_those_who_write_them(self, client_of: Callable[[str], Client]) -> None:
        place = f'href="/w/{TRA_SEN}/campaigns/new/"'
        assert place in client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
        assert place not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()


PENDING = f"/w/{TRA_SEN}/overview/pending/"


class TestPending:
    """What waits for a member today."""

    def test_is_left_out_when_nothing_waits(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(PENDING).content.decode().strip() == ""

    def test_names_unfinished_imports_and_rejected_rows(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        from quen.apps.import_export.models import Import
        from quen.core import clock

        now = clock.now()
        Import.objects.create(kind="contacts", filename="khach-sapo.xlsx", created_at=now)
        Import.objects.create(
            kind="contacts", filename="hoi-cho.xlsx", state="done", refused=1214, created_at=now
        )
        Import.objects.create(kind="contacts", filename="cu.xlsx", created_at=now - timedelta(days=60))
        text = client_of(AN).get(PENDING).content.decode()
        assert "khach-sapo.xlsx" in text and "cu.xlsx" not in text
        assert "1.214 dòng nhập bị từ chối" in text
        assert "khach-sapo.xlsx" not in client_of(BINH).get(PENDING).content.decode()

    def test_names_drafts_that_something_blocks(
        self, workspace: Workspace, an: Member, client_of: Callable[[str], Client]
    ) -> None:
        from quen.apps.campaigns import services as campaigns
        from quen.core import clock

        draft = campaigns.create_campaign(name="Quà tháng Chạp", actor=an.actor, now=clock.now())
        text = client_of(AN).get(PENDING).content.decode()
        assert "Bản nháp “Quà tháng Chạp”" in text and "việc chặn gửi" in text
        assert f"/campaigns/{draft.pk}/" in text

    def test_names_channels_that_fail(self, workspace: Workspace, client_of: Callable[[str], Client]) -> None:
        from quen.apps.channels import queries as channels

        connection = channels.active_connection("email")
        type(connection).objects.filter(pk=connection.pk).update(state="failing", last_error="hỏng máy")
        text = client_of(AN).get(PENDING).content.decode()
        assert "không gửi được" in text and "hỏng máy" in text
        assert "hỏng máy" not in client_of(BINH).get(PENDING).content.decode()
