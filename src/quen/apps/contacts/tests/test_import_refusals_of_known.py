"""Refusals in a file of people who are here already, or were: recorded under every policy, kept by undo."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from tests.cast import AN, NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contact_services
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.tests.import_fixtures import lenient
from quen.apps.contacts.types import Consent, Status
from quen.apps.events.models import Event
from quen.apps.import_export import services
from quen.apps.import_export.tests.import_helpers import (
    draft_import,
    import_rows,
    refused_rows,
    run_draft,
    warnings,
)
from quen.core.actors import SYSTEM

__all__ = ["lenient"]


class TestNoOverAnEarlierYes:
    @pytest.mark.parametrize(("header", "channel"), [("Nhận tin", "email"), ("Nhận SMS", "sms")])
    def test_is_a_withdrawal_that_undo_keeps(self, lenient: Workspace, header: str, channel: str) -> None:
        import_rows(f"Email | {header}\na@shop.vn | Có")
        contact = Contact.objects.get()
        assert contact.consent(channel) == Consent.GRANTED
        import_ = import_rows(f"Email | {header}\na@shop.vn | Không", conflict_policy="overwrite")
        contact.refresh_from_db()
        assert contact.consent(channel) == Consent.WITHDRAWN
        assert contact.status == (Status.UNSUBSCRIBED if channel == "email" else Status.NON_SUBSCRIBED)
        log = ConsentEntry.objects.filter(channel=channel).order_by("id").values_list("consent", "file_row")
        assert list(log) == [(Consent.GRANTED, 2), (Consent.WITHDRAWN, 2)]
        events = Event.objects.filter(contact_id=contact.pk, data__has_key="channel")
        data = [event.data or {} for event in events]
        assert [(each["channel"], each["to"]) for each in data] == [(channel, Consent.WITHDRAWN)]
        services.undo(import_=import_, actor=SYSTEM, now=NOW)
        contact.refresh_from_db()
        assert contact.consent(channel) == Consent.WITHDRAWN


class TestExistingCustomersThatStayUnchanged:
    @pytest.mark.parametrize("conflict_policy", ["skip", "fill", "overwrite"])
    @pytest.mark.parametrize(
        ("header", "answer", "channel"),
        [
            ("Nhận SMS", "Không", "sms"),
            ("Nhận tin", "Không", "email"),
            ("Không nhận SMS", "x", "sms"),
            ("Từ chối email", "Có", "email"),
        ],
    )
    def test_refuse_whatever_the_policy_says(
        self, lenient: Workspace, conflict_policy: str, header: str, answer: str, channel: str
    ) -> None:
        import_rows("Email | Họ tên | Nhận tin | Nhận SMS\na@shop.vn | Lan | Có | Có")
        source_id = Contact.objects.get().latest_source_id
        import_ = import_rows(
            f"Email | Họ tên | {header}\na@shop.vn | Mai | {answer}", conflict_policy=conflict_policy
        )
        assert warnings(import_) == [(2, "status", "refusal_recorded")]
        assert (import_.updated, import_.unchanged) == (1, 0)
        contact = Contact.objects.get()
        assert contact.full_name == ("Mai" if conflict_policy == "overwrite" else "Lan")
        others = {"email", "sms"} - {channel}
        assert contact.consent(channel) == Consent.WITHDRAWN
        assert {contact.consent(other) for other in others} == {Consent.GRANTED}
        assert contact.status == (Status.UNSUBSCRIBED if channel == "email" else Status.SUBSCRIBED)
        assert conflict_policy != "skip" or contact.latest_source_id == source_id
        last = ConsentEntry.objects.filter(channel=channel).latest("id")
        assert (last.consent, last.file_row, last.file_column) == (Consent.WITHDRAWN, 2, 2)
        services.undo(import_=import_, actor=SYSTEM, now=NOW)
        contact.refresh_from_db()
        assert contact.consent(channel) == Consent.WITHDRAWN

    @pytest.mark.parametrize("conflict_policy", ["skip", "fill"])
    def test_of_the_archive_come_back_without_a_subscription(
        self, lenient: Workspace, conflict_policy: str
    ) -> None:
        import_rows("Email | Nhận tin\na@shop.vn | Có")
        Contact.objects.update(status=Status.SAVED, status_before_saved=Status.SUBSCRIBED)
        import_rows("Email | Từ chối email\na@shop.vn | Có", conflict_policy=conflict_policy)
        contact = Contact.objects.get()
        assert (contact.status, contact.status_before_saved) == (Status.SAVED, Status.UNSUBSCRIBED)
        assert contact.consent_email == Consent.WITHDRAWN

    def test_who_refused_before_are_not_told_again(self) -> None:
        import_rows("Email | Từ chối email\na@shop.vn | Có")
        import_ = import_rows("Email | Từ chối email\na@shop.vn | Có\na@shop.vn | Có")
        assert (import_.updated, import_.unchanged, import_.repeated) == (0, 1, 1)
        assert warnings(import_) == []


class TestErasedPeople:
    @pytest.mark.parametrize(
        "row",
        ["0905 000 001 |  | ", " | LAN@shop.vn | ", "0905000009 | khac@shop.vn | KH7"],
        ids=["phone", "email", "customer code"],
    )
    def test_stay_erased_and_are_counted(self, an: Any, lenient: Workspace, row: str) -> None:
        import_rows(
            "SĐT | Email | Mã khách hàng\n0905000001 | lan@shop.vn | KH7\n0905000002 | mai@shop.vn | KH8"
        )
        lan = Contact.objects.get(email="lan@shop.vn")
        contact_services.erase_contacts(contacts=contacts.relation_of_ids([lan.pk]), actor=an.actor, now=NOW)
        draft = draft_import(
            f"SĐT | Email | Mã khách hàng\n{row}\n0905000003 | tu@shop.vn | KH9", conflict_policy="overwrite"
        )
        preview = services.run_dry_run(import_id=draft.pk, clock=lambda: NOW)
        assert (preview["created"], preview["refused"]) == (1, 1)
        import_ = run_draft(draft)
        assert (import_.created, refused_rows(import_)) == (1, [(2, "erased")])
        assert set(Contact.objects.values_list("phone", flat=True)) == {"+84905000002", "+84905000003"}
        with translation.override("vi"):
            lines = b"".join(services.refused_rows_csv(import_)).decode("utf-8-sig").splitlines()
        assert "đã được xóa vĩnh viễn" in lines[1]


class TestLedger:
    def test_shows_where_an_answer_stands_and_who_confirmed_it(self, an: Any, client_of: Any) -> None:
        import_rows(
            "Email | Nhận tin | Không nhận SMS\na@shop.vn | Yes |\nb@shop.vn | | 05/03/2024",
            actor=an.actor,
            consent_confirmed=True,
        )
        client = client_of(AN)
        page = client.get("/w/tra-sen/sending/consent-log/").content.decode()
        assert f"tệp pasted.txt, cột “Nhận tin”, dòng 2, {an.name} xác nhận" in page
        assert "tệp pasted.txt, cột “Không nhận SMS”, dòng 3" in page
        with translation.override("vi"):
            heading, *lines = contacts.consent_log_rows(
                contacts.ConsentLogFilter(), zone=ZoneInfo("Asia/Ho_Chi_Minh"), method_names={}
            )
        named = [dict(zip(heading, line, strict=True)) for line in lines]
        shown = [(line["Tệp"], line["Cột"], line["Dòng"], line["Ngày đồng ý"]) for line in named]
        assert shown == [
            ("pasted.txt", "Không nhận SMS", 3, "05/03/2024"),
            ("pasted.txt", "Nhận tin", 2, ""),
        ]
        contact = Contact.objects.get(email="a@shop.vn")
        person = client.get(f"/w/tra-sen/contacts/{contact.pk}/").content.decode()
        assert "cột “Nhận tin”, dòng 2" in person
