"""Groups in imports of contacts: a column, and everyone in a file; the dry run agrees, undo takes them out again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contact_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact
from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.tests.factories import make_group, members_of
from quen.apps.import_export import services
from quen.apps.import_export.tests.import_helpers import draft_import, import_rows, run_draft, warnings
from quen.apps.import_export.types import ConflictPolicy
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace", "an")

FILE = """Họ tên | SĐT | Nhóm khách hàng
Lan | 0905318274 | Khách sỉ, Hội chợ
Mai | 0905318275 | khách sỉ
Cúc | 0905318276 |"""


def names_of(phone: str) -> list[str]:
    contact = Contact.objects.get(phone=phone)
    return [joined.group.name for joined in queries.groups_of(contact.pk)]


LAN, MAI, CUC = "+84905318274", "+84905318275", "+84905318276"


class TestAColumn:
    def test_becomes_groups_and_creates_those_that_are_missing(self) -> None:
        existing = make_group("Khách Sỉ")
        import_rows(FILE)
        assert names_of(LAN) == ["Hội chợ", "Khách Sỉ"]
        assert names_of(MAI) == ["Khách Sỉ"]
        assert names_of(CUC) == []
        assert ContactGroup.objects.count() == 2
        assert len(members_of(existing)) == 2
        assert contacts.tag_names() == []
        assert "group_joined" in kinds_on_timeline(Contact.objects.get(phone=LAN))

    def test_is_joined_by_the_groups_for_everyone(self) -> None:
        import_rows(FILE, groups=["Tháng Mười"])
        assert names_of(LAN) == ["Hội chợ", "Khách sỉ", "Tháng Mười"]
        assert names_of(CUC) == ["Tháng Mười"]


class TestKnownContacts:
    @pytest.mark.parametrize("policy", [ConflictPolicy.OVERWRITE, ConflictPolicy.FILL])
    def test_gain_groups_and_keep_those_they_have_with_the_day(self, policy: Any) -> None:
        lan = make_contact(phone=LAN, full_name="Lan")
        sale, fair = make_group("Khách sỉ", lan), make_group("VIP", lan)
        import_ = import_rows(FILE, conflict_policy=policy)
        assert names_of(LAN) == ["Hội chợ", "Khách sỉ", "VIP"]
        assert queries.joined_at(sale.pk, [lan.pk]) == {lan.pk: NOW}
        assert (import_.created, import_.updated) == (2, 1)
        assert len(members_of(fair)) == 1

    def test_stay_as_they_are_when_the_import_says_so(self) -> None:
        make_contact(phone=LAN)
        import_rows(FILE, conflict_policy=ConflictPolicy.SKIP)
        assert names_of(LAN) == []

    def test_who_has_all_groups_already_is_unchanged(self) -> None:
        import_rows(FILE)
        again = import_rows(FILE, conflict_policy=ConflictPolicy.OVERWRITE)
        assert (again.created, again.updated) == (0, 0)


class TestUndo:
    def test_takes_them_out_again_and_the_groups_it_made_with_them(self) -> None:
        lan = make_contact(phone=LAN, full_name="Lan")
        vip = make_group("VIP", lan)
        sale = make_group("Khách sỉ", now=NOW - timedelta(days=1))
        import_ = import_rows(FILE, conflict_policy=ConflictPolicy.OVERWRITE, groups=["Tháng Mười"])
        assert import_.change_id is not None
        change = contacts.get_change(import_.change_id)
        contact_services.undo_change(change=change, actor=SYSTEM, now=change.at)
        assert members_of(sale) == set()
        assert members_of(vip) == {lan.pk}
        assert [group.name for group in queries.groups()] == ["Khách sỉ", "VIP"]

    def test_leaves_who_was_in_before(self) -> None:
        lan = make_contact(phone=LAN, full_name="Lan")
        sale = make_group("Khách sỉ", lan)
        import_ = import_rows(FILE, conflict_policy=ConflictPolicy.OVERWRITE)
        assert import_.change_id is not None
        change = contacts.get_change(import_.change_id)
        contact_services.undo_change(change=change, actor=SYSTEM, now=change.at)
        assert queries.joined_at(sale.pk, [lan.pk]) == {lan.pk: NOW}


class TestTrialRun:
    def test_says_which_groups_will_be_made_and_makes_none(self) -> None:
        make_group("Hội chợ")
        draft = draft_import(FILE)
        report = services.run_dry_run(import_id=draft.pk, clock=lambda: NOW)
        assert [(each["code"], each["field"], each["count"]) for each in report["warnings"]] == [
            ("new_label", "groups", 1)
        ]
        assert ContactGroup.objects.count() == 1
        assert warnings(run_draft(draft)) == [(2, "groups", "new_label")]
