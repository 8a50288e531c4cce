"""The overview page: panels and the onboarding checklist."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.accounts.models import Workspace

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

    def test_shows_unfinished_imports(self, workspace: Workspace, client_of: Callable[[str], Client]) -> None:
        from quen.apps.import_export.models import Import

        Import.objects.create(kind="contacts", filename="khach-sapo.xlsx", created_at=NOW)
        assert "khach-sapo.xlsx" in client_of(AN).get(f"/w/{TRA_SEN}/").content.decode()
        assert "khach-sapo.xlsx" not in client_of(BINH).get(f"/w/{TRA_SEN}/").content.decode()
