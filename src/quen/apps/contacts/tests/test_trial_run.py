"""The trial run says what the run will do, for every file and policy: the same numbers and reasons (IMX-42)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contact_services
from quen.apps.contacts.models import Contact, Tag
from quen.apps.contacts.tests.import_fixtures import existing_contact, lenient
from quen.apps.contacts.types import Consent, FieldFormat, Status
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.import_export.types import IssueKind
from quen.core.actors import SYSTEM

__all__ = ["lenient"]

POLICIES = ("skip", "fill", "overwrite")
NUMBERS = ("created", "updated", "unchanged", "repeated", "refused", "warned", "rows", "blank_rows")
FILES = {
    "repeats inside the file": """
SĐT | Email | Họ tên
0905000001 | | Lan
0905000001 | lan@shop.vn | Nguyễn Lan
 | LAN@shop.vn | Lan
0905000001 | | Lan
""",
    "meets by way of another row": """
SĐT | Email | Mã khách hàng
0905000001 | | K1
 | mai@shop.vn |
0905000001 | mai@shop.vn |
0905000003 | | K1
 | ba@shop.vn | K1
0905000003 | |
""",
    "a second number that is met later": """
SĐT | Email | Công ty
0905000001 / 0905000002 | | A
0905000002 | | B
0905000001 | moi@shop.vn | C
 | moi@shop.vn | C
""",
    "groups, new and again": """
SĐT | Họ tên | Nhóm khách hàng
0905000010 | Trần Thị Mai | Sỉ
0905000010 | Trần Thị Mai | sỉ, Hội chợ
0905000020 | Người mới | Hội chợ
0905000020 | Người mới | Hội chợ
0905000021 | Thêm người | Hội chợ; Lẻ
""",
    "people who are here": """
SĐT | Email | Họ tên | Công ty | Thẻ
0905000010 | | Trần Thị Mai | A | VIP
0905000010 | hung@shop.vn | Hùng | B | VIP, Mới
 | hung@shop.vn | Hùng | B | vip
0905000011 | | | A |
 | dung@shop.vn | | |
0905000010 | dung@shop.vn | | |
0905000099 | | Người mới | |
""",
    "who refuses": """
SĐT | Email | Nhận tin | Không nhận SMS
0905000010 | | Không | Có
0905000011 | | Có |
 | kho@shop.vn | Không | Có
 | kho@shop.vn | Có | Có
0905000012 | moi@shop.vn | Có |
 | moi@shop.vn | Không |
 | nghi@shop.vn | Có |
""",
    "what cannot enter": """
SĐT | Email | Họ tên | Ngày sinh
 | | Không ai | 1/1/1990
0909***123 | | Che số | 31/02/1990
 | | Khách lẻ |
0905000088 | | Đã xóa | 1/1/1990
 | | |
0905000077 | x@shop.vn | Mới | 5/3
0905000077 | | Mới | 5/3
""",
    "values that are unique": """
SĐT | Số thẻ | Thẻ
0905000001 | T1 | a
0905000002 | T1 | a
0905000010 | T9 | b
0905000001 | T2 | b, c
0905000003 | T2 |
""",
}


def prepare(workspace: Workspace, an: Any) -> None:
    """Create people who are here: subscribed, archived, refusing; one who was erased; a field with unique values."""
    field = contact_services.create_field(
        name="Số thẻ", format=FieldFormat.TEXT, choices=[], unique=True, actor=SYSTEM, now=NOW
    )
    existing_contact(workspace, phone="0905000010", full_name="Nguyễn Văn Hùng")
    existing_contact(workspace, phone="0905000011", email="ha@shop.vn", company="Cũ")
    existing_contact(workspace, email="dung@shop.vn")
    existing_contact(workspace, email="kho@shop.vn")
    existing_contact(workspace, email="nghi@shop.vn")
    other = existing_contact(workspace, phone="0905000055")
    erased = existing_contact(workspace, phone="0905000088")
    contact_services.erase_contacts(contacts=contacts.relation_of_ids([erased.pk]), actor=an.actor, now=NOW)
    alive = Contact.objects
    subscribed = {
        "status": Status.SUBSCRIBED,
        "consent_email": Consent.GRANTED,
        "consent_sms": Consent.GRANTED,
    }
    alive.filter(phone="+84905000010").update(**subscribed)
    alive.filter(email="kho@shop.vn").update(
        **subscribed | {"status": Status.SAVED, "status_before_saved": 1}
    )
    alive.filter(email="nghi@shop.vn").update(status=Status.UNSUBSCRIBED, consent_email=Consent.WITHDRAWN)
    alive.filter(pk=other.pk).update(attrs={str(field.pk): "T9"})
    Tag.objects.create(name="VIP")


def run_reasons(import_: Import) -> dict[str, dict[tuple[str, str], int]]:
    """Return how often a run had each reason, as a trial run reports it."""
    kinds = {"refusals": IssueKind.REFUSED, "warnings": IssueKind.WARNING}
    return {
        name: {(code, field): times for code, field, times in queries.issue_counts(import_, kind)}
        for name, kind in kinds.items()
    }


class TestNumbers:
    @pytest.mark.parametrize("batch", [2, 5000])
    @pytest.mark.parametrize("conflict_policy", POLICIES)
    @pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
    def test_are_those_of_the_run(
        self, text: str, conflict_policy: str, batch: int, lenient: Workspace, an: Any, settings: Any
    ) -> None:
        settings.IMPORT_BATCH_ROWS = batch
        prepare(lenient, an)
        draft = draft_import(text, conflict_policy=conflict_policy, tags=["Tết", "vip"])
        before = Contact.all_objects.count(), Tag.objects.count()
        report = services.run_dry_run(import_id=draft.pk, clock=lambda: NOW)
        assert (Contact.all_objects.count(), Tag.objects.count()) == before
        import_ = run_draft(draft)
        assert {name: report[name] for name in NUMBERS} == {name: getattr(import_, name) for name in NUMBERS}
        told = {
            name: Counter({(each["code"], each["field"]): each["count"] for each in report[name]})
            for name in ("refusals", "warnings")
        }
        assert told == run_reasons(import_)
        once = ("created", "updated", "unchanged", "repeated", "refused")
        assert sum(report[name] for name in once) == report["rows"]

    def test_a_second_import_of_the_same_file_changes_nobody(self) -> None:
        text = FILES["repeats inside the file"]
        run_draft(draft_import(text, conflict_policy="fill"))
        draft = draft_import(text, conflict_policy="skip")
        report = services.run_dry_run(import_id=draft.pk, clock=lambda: NOW)
        import_ = run_draft(draft)
        expected = {"created": 0, "updated": 0, "unchanged": 1, "repeated": 3}
        assert {name: report[name] for name in expected} == expected
        assert {name: getattr(import_, name) for name in expected} == expected
