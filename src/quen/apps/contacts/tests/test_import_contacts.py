"""How rows of a file create or match contacts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import services
from quen.apps.contacts.models import (
    Contact,
    ContactIdentity,
    ContactTag,
    Field,
    Tag,
)
from quen.apps.contacts.tests.import_fixtures import existing_contact, lenient
from quen.apps.contacts.types import Consent, ConsentProof, Status
from quen.apps.events.models import Event
from quen.apps.import_export import queries as import_queries
from quen.apps.import_export import services as import_export
from quen.apps.import_export.tests.import_helpers import (
    counts,
    draft_import,
    import_rows,
    refused_rows,
    run_draft,
    warnings,
)
from quen.apps.import_export.types import NoIdentifyingColumn
from quen.apps.segments import services as segments
from quen.core.actors import SYSTEM

__all__ = ["lenient"]
LATER = NOW + timedelta(hours=1)


def tags_of(contact: Contact) -> set[str]:
    return set(ContactTag.objects.filter(contact=contact).values_list("tag__name", flat=True))


class TestNewContacts:
    def test_have_the_values_of_the_row(self) -> None:
        import_ = import_rows(
            "Họ tên | SĐT | Email | Ngày sinh | Giới tính | Tỉnh/Thành phố | Quận/Huyện | Địa chỉ | Ghi chú"
            " | Tags | Nguồn\n"
            "Chị Nguyễn Thị Lan | 0126 831 2021 | LAN@Shop.vn | 17/07/1990 | Nữ | Quảng Nam | Hội An | 1 Lê Lợi"
            " | VIP | sỉ, quen | Hội chợ"
        )
        assert counts(import_) == {"created": 1}
        lan = Contact.objects.get()
        assert (lan.salutation, lan.full_name) == ("chị", "Nguyễn Thị Lan")
        assert (lan.family_name, lan.middle_name, lan.given_name, lan.call_name) == (
            "Nguyễn",
            "Thị",
            "Lan",
            "Lan",
        )
        assert (lan.phone, lan.email, lan.gender) == ("+84768312021", "lan@shop.vn", "female")
        assert (str(lan.birth_on), lan.birth_day) == ("1990-07-17", 717)
        assert (lan.city, lan.province, lan.province_before, lan.country) == ("Quảng Nam", "48", "49", "VN")
        assert (lan.district, lan.address_line, lan.note) == ("Hội An", "1 Lê Lợi", "VIP")
        assert tags_of(lan) == {"sỉ", "quen"}
        assert lan.first_source is not None and lan.first_source.name == "Hội chợ"
        assert (lan.status, lan.created_at, lan.member_since) == (Status.NON_SUBSCRIBED, NOW, NOW)
        assert not lan.spent
        event = Event.objects.get()
        assert (event.contact_id, event.ref) == (lan.pk, 2)
        assert event.data == {"import": import_.pk, "file": "pasted.txt", "created": True}

    def test_get_the_tags_of_the_whole_import_too(self) -> None:
        import_rows("SĐT | Tags\n0905000001 | sỉ\n0905000002 |", tags=["Tết", "sỉ"])
        assert [tags_of(contact) for contact in Contact.objects.order_by("phone")] == [
            {"Tết", "sỉ"},
            {"Tết", "sỉ"},
        ]

    def test_get_a_second_number_as_identity(self) -> None:
        import_ = import_rows("SĐT | Họ tên\n0905000001 / 0905000002 | Lan")
        assert warnings(import_) == [(2, "phone", "second_number_kept_apart")]
        identity = ContactIdentity.objects.get()
        assert (identity.system, identity.external_id) == ("phone", "+84905000002")

    def test_keep_opening_values_apart_from_totals(self) -> None:
        import_rows(
            "SĐT | Đã mua | Điểm\n0905000001 | 1.250.000 ₫ | 40",
            targets={"Đã mua": "opening_spent", "Điểm": "opening_points"},
        )
        lan = Contact.objects.get()
        assert (lan.opening_spent, lan.opening_points, lan.spent) == (Decimal(1_250_000), 40, Decimal(0))

    def test_fill_a_new_custom_field(self) -> None:
        import_ = import_rows(
            "SĐT | Tuổi\n0905000001 | 41\n0905000002 | bốn mươi",
            targets={"Tuổi": {"new_field": {"name": "Tuổi", "format": "number"}}},
        )
        field = Field.objects.get()
        assert [contact.attrs for contact in Contact.objects.order_by("phone")] == [{str(field.pk): 41}, {}]
        assert warnings(import_) == [(3, f"field_{field.pk}", "syntax")]

    def test_have_a_birthday_only_when_it_is_a_day(self) -> None:
        import_ = import_rows(
            "SĐT | Ngày sinh\n0905000001 | 1990\n0905000002 | 17/07", targets={"Ngày sinh": "birth_on"}
        )
        first, second = Contact.objects.order_by("phone")
        assert (first.birth_on, first.birth_day) == (None, None)
        assert (second.birth_on, second.birth_day) == (None, 717)
        assert warnings(import_) == [(2, "birth_on", "year_only")]

    def test_are_marked_when_a_required_field_is_missing(self, lenient: Workspace) -> None:
        Workspace.objects.filter(pk=lenient.pk).update(required_fields=["full_name", "phone"])
        import_ = import_rows("SĐT | Họ tên\n0905000001 |\n0905000002 | Lan")
        assert [contact.incomplete for contact in Contact.objects.order_by("phone")] == [True, False]
        assert warnings(import_) == [(2, "full_name", "incomplete")]

    def test_are_refused_when_incomplete_only_on_demand(self, lenient: Workspace) -> None:
        Workspace.objects.filter(pk=lenient.pk).update(required_fields=["full_name", "phone"])
        import_ = import_rows("SĐT | Họ tên\n0905000001 |\n0905000002 | Lan", reject_incomplete=True)
        assert (counts(import_), refused_rows(import_)) == ({"created": 1, "refused": 1}, [(2, "incomplete")])

    def test_need_an_identifier(self) -> None:
        import_ = import_rows(
            "Họ tên | SĐT | Email\nLan | 0909***123 |\nKhách lẻ | | \nMai | | mai@shop.vn",
            targets={"SĐT": "phone"},
        )
        assert refused_rows(import_) == [(2, "no_identifier"), (3, "walk_in")]
        assert counts(import_) == {"created": 1, "refused": 2}

    def test_can_be_identified_by_a_customer_code_alone(self) -> None:
        import_ = import_rows("Mã khách hàng | Họ tên\nKH01 | Lan\nKH02 | Mai\nKH01 | Lan Anh")
        assert counts(import_) == {"created": 2, "repeated": 1}
        stored = ContactIdentity.objects.order_by("external_id").values_list(
            "external_id", "contact__full_name"
        )
        assert list(stored) == [("KH01", "Lan"), ("KH02", "Mai")]

    def test_cannot_come_from_columns_without_identifier(self) -> None:
        with pytest.raises(NoIdentifyingColumn):
            draft_import("Họ tên | Ghi chú\nLan | x")


class TestDuplicates:
    def test_a_row_repeated_in_the_file_matches_the_one_before(self) -> None:
        import_ = import_rows(
            "Họ tên | SĐT | Email\nLan | 0905000001 |\nLan | +84905000001 | lan@shop.vn\nLan | | LAN@shop.vn",
            conflict_policy="fill",
        )
        assert counts(import_) == {"created": 1, "repeated": 2}
        assert Contact.objects.get().email == "lan@shop.vn"

    def test_a_row_that_gives_a_taken_email_to_another_contact_is_refused(self) -> None:
        import_ = import_rows(
            "SĐT | Email\n0905000001 |\n0905000002 |\n0905000001 | a@shop.vn\n0905000002 | a@shop.vn",
            conflict_policy="overwrite",
        )
        assert refused_rows(import_) == [(5, "ambiguous_contact")]
        assert list(Contact.objects.order_by("phone").values_list("email", flat=True)) == ["a@shop.vn", None]

    def test_the_last_of_many_rows_wins_when_overwriting(self) -> None:
        rows = "\n".join(f"Lan | 0905000001 | công ty {n}" for n in range(30))
        import_ = import_rows(f"Họ tên | SĐT | Công ty\n{rows}", conflict_policy="overwrite")
        assert counts(import_) == {"created": 1, "repeated": 29}
        assert Contact.objects.get().company == "công ty 29"

    def test_the_first_of_many_rows_wins_when_skipping(self) -> None:
        import_rows("SĐT | Công ty\n0905000001 | một\n0905000001 | hai")
        assert Contact.objects.get().company == "một"

    def test_a_row_that_matches_two_contacts_is_refused(self, lenient: Workspace) -> None:
        one = existing_contact(lenient, phone="0905000001")
        two = existing_contact(lenient, email="mai@shop.vn")
        import_ = import_rows(
            "SĐT | Email | Họ tên\n0905000001 | mai@shop.vn | Ai", conflict_policy="overwrite"
        )
        assert refused_rows(import_) == [(2, "ambiguous_contact")]
        one.refresh_from_db()
        two.refresh_from_db()
        assert (one.email, one.full_name, two.phone, two.full_name) == (None, "", None, "")

    def test_a_row_that_matches_two_earlier_rows_is_refused(self) -> None:
        import_ = import_rows("SĐT | Email\n0905000001 |\n | mai@shop.vn\n0905000001 | mai@shop.vn")
        assert (counts(import_), refused_rows(import_)) == (
            {"created": 2, "refused": 1},
            [(4, "ambiguous_contact")],
        )

    def test_a_row_after_a_refused_one_is_still_imported(self, lenient: Workspace) -> None:
        existing_contact(lenient, phone="0905000001")
        existing_contact(lenient, email="mai@shop.vn")
        import_ = import_rows(
            "SĐT | Email | Mã khách hàng\n0905000001 | mai@shop.vn | K7\n0905000003 | | K7\n | ba@shop.vn | K7"
        )
        assert refused_rows(import_) == [(2, "ambiguous_contact")]
        assert counts(import_) == {"created": 1, "repeated": 1, "refused": 1}

    def test_a_deleted_contact_is_not_matched(self, lenient: Workspace) -> None:
        gone = existing_contact(lenient, phone="0905000001")
        Contact.objects.filter(pk=gone.pk).update(deleted_at=NOW)
        assert counts(import_rows("SĐT\n0905000001", targets={"SĐT": "phone"})) == {"created": 1}

    def test_a_phone_with_another_name_is_a_warning(self, lenient: Workspace) -> None:
        existing_contact(lenient, phone="0905000001", full_name="Nguyễn Văn Hùng")
        existing_contact(lenient, phone="0905000002", full_name="Chị Lan")
        import_ = import_rows(
            "SĐT | Họ tên\n0905000001 | Trần Thị Mai\n0905000002 | Nguyễn Thị Lan",
            conflict_policy="overwrite",
        )
        assert warnings(import_) == [(2, "full_name", "name_mismatch")]


class TestExistingContacts:
    FILE = "SĐT | Họ tên | Công ty | Ghi chú | Tags\n0905000001 | Trần Lan | Sen | | sỉ"

    @pytest.fixture
    def lan(self, lenient: Workspace) -> Contact:
        return existing_contact(lenient, phone="0905000001", full_name="Nguyễn Lan", note="quen từ 2019")

    def test_stay_unchanged_by_default(self, lan: Contact) -> None:
        assert counts(import_rows(self.FILE, now=LATER)) == {"unchanged": 1}
        before = lan.updated_at
        lan.refresh_from_db()
        assert (lan.full_name, lan.company, tags_of(lan), lan.updated_at) == ("Nguyễn Lan", "", set(), before)

    def test_are_overwritten_but_never_cleared_by_an_empty_cell(self, lan: Contact) -> None:
        assert counts(import_rows(self.FILE, now=LATER, conflict_policy="overwrite")) == {"updated": 1}
        lan.refresh_from_db()
        assert (lan.full_name, lan.given_name, lan.company) == ("Trần Lan", "Lan", "Sen")
        assert (lan.note, tags_of(lan), lan.updated_at) == ("quen từ 2019", {"sỉ"}, LATER)
        assert lan.sort_key.startswith("la0n.")

    def test_get_only_their_empty_fields_filled(self, lan: Contact) -> None:
        import_rows(self.FILE, now=LATER, conflict_policy="fill")
        lan.refresh_from_db()
        assert (lan.full_name, lan.company, tags_of(lan)) == ("Nguyễn Lan", "Sen", {"sỉ"})

    def test_are_cleared_only_by_the_clear_mark(self, lan: Contact) -> None:
        import_rows("SĐT | Ghi chú\n0905000001 | xoá", conflict_policy="overwrite", clear_mark="xoá")
        lan.refresh_from_db()
        assert (lan.note, lan.full_name) == ("", "Nguyễn Lan")

    def test_are_unchanged_when_the_file_has_nothing_new(self, lan: Contact) -> None:
        assert counts(import_rows("SĐT | Họ tên\n0905000001 | Nguyễn Lan", conflict_policy="overwrite")) == {
            "unchanged": 1
        }

    def test_keep_their_totals(self, lan: Contact) -> None:
        Contact.objects.filter(pk=lan.pk).update(spent=500, orders_count=3)
        import_rows(
            "SĐT | Tổng chi tiêu | Công ty\n0905000001 | 9.000.000 | Sen", conflict_policy="overwrite"
        )
        lan.refresh_from_db()
        assert (lan.spent, lan.orders_count, lan.company) == (Decimal(500), 3, "Sen")

    def test_become_complete(self, lenient: Workspace, lan: Contact) -> None:
        Workspace.objects.filter(pk=lenient.pk).update(required_fields=["company"])
        Contact.objects.filter(pk=lan.pk).update(incomplete=True)
        import_rows(self.FILE, conflict_policy="fill")
        lan.refresh_from_db()
        assert not lan.incomplete

    def test_get_single_custom_values_updated(self, lan: Contact) -> None:
        size = services.create_field(name="Cỡ áo", actor=SYSTEM, now=NOW)
        hobby = services.create_field(name="Sở thích", actor=SYSTEM, now=NOW)
        Contact.objects.filter(pk=lan.pk).update(attrs={str(size.pk): "M", str(hobby.pk): "trà"})
        import_rows("SĐT | Cỡ áo | Sở thích\n0905000001 | L |", conflict_policy="overwrite")
        lan.refresh_from_db()
        assert lan.attrs == {str(size.pk): "L", str(hobby.pk): "trà"}

    def test_keep_unique_values_unique(self, lenient: Workspace, lan: Contact) -> None:
        card = services.create_field(name="Số thẻ thành viên", unique=True, actor=SYSTEM, now=NOW)
        key, target = str(card.pk), {"Số thẻ": f"field_{card.pk}"}
        Contact.objects.filter(pk=lan.pk).update(attrs={key: "T1"})
        import_ = import_rows(
            "SĐT | Số thẻ\n0905000001 | T1\n0905000002 | T1\n0905000003 | T2\n0905000004 | T2",
            targets=target,
            conflict_policy="overwrite",
        )
        assert warnings(import_) == [(row, f"field_{key}", "value_not_unique") for row in (3, 5)]
        assert list(Contact.objects.order_by("phone").values_list("attrs", flat=True)) == [
            {key: "T1"},
            {},
            {key: "T2"},
            {},
        ]


class TestUndo:
    def test_restores_updated_and_deletes_created_contacts(self, lenient: Workspace, an: Any) -> None:
        lan = existing_contact(lenient, phone="0905000001", full_name="Lan", company="Sen")
        services.add_tags(contact=lan, names=["cũ"], actor=SYSTEM, now=NOW)
        import_ = import_rows(
            "SĐT | Họ tên | Công ty | Tags\n0905000001 | Lan | Trà | mới, cũ\n0905000002 | Mai | |",
            conflict_policy="overwrite",
        )
        assert counts(import_) == {"created": 1, "updated": 1}
        outcome = import_export.undo(import_=import_, actor=an.actor, now=LATER)
        assert (outcome.removed, outcome.restored, outcome.kept) == (1, 1, 0)
        lan.refresh_from_db()
        assert (lan.company, tags_of(lan)) == ("Sen", {"cũ"})
        assert list(Contact.objects.values_list("phone", flat=True)) == ["+84905000001"]

    def test_who_left_since_stays_out_and_is_counted_before(self, lenient: Workspace, an: Any) -> None:
        lan = existing_contact(lenient, phone="0905000001", email="lan@gmail.com")
        services.set_consent(
            contact=lan,
            channel="email",
            consent=Consent.GRANTED,
            proof=ConsentProof(ground="ở quầy", obtained_at=NOW),
            actor=SYSTEM,
            now=NOW - timedelta(days=1),
        )
        import_ = import_rows(
            "SĐT | Công ty\n0905000001 | Trà", conflict_policy="overwrite", tags=["chín giờ"]
        )
        lan.refresh_from_db()
        assert tags_of(lan) == {"chín giờ"}
        services.withdraw_consent(
            contact=lan,
            channels=["email"],
            proof=ConsentProof(ground="", method="link"),
            actor=SYSTEM,
            now=LATER,
        )
        assert import_queries.preview_undo(import_).refusing == 1
        import_export.undo(import_=import_, actor=an.actor, now=LATER + timedelta(hours=1))
        lan.refresh_from_db()
        assert (tags_of(lan), lan.consent_email, lan.status) == (
            set(),
            Consent.WITHDRAWN,
            Status.UNSUBSCRIBED,
        )

    def test_keeps_contacts_edited_since(self, lenient: Workspace, an: Any) -> None:
        import_ = import_rows("SĐT | Họ tên\n0905000001 | Lan\n0905000002 | Mai")
        mai = Contact.objects.get(full_name="Mai")
        services.update_contact(
            contact=mai, workspace=lenient, values={"company": "Sen"}, actor=an.actor, now=LATER
        )
        outcome = import_export.undo(import_=import_, actor=an.actor, now=LATER)
        assert (outcome.removed, outcome.kept) == (1, 1)
        assert list(Contact.objects.values_list("full_name", flat=True)) == ["Mai"]

    def test_takes_away_the_tags_that_the_import_made_and_nobody_needs(
        self, lenient: Workspace, an: Any
    ) -> None:
        lan = existing_contact(lenient, phone="0905000001")
        import_ = import_rows(
            "SĐT | Tags\n0905000001 | một, dùng, tả\n0905000002 | hai\n0905000003 | giữ",
            conflict_policy="overwrite",
            tags=["tháng 11", "cho phân khúc"],
        )
        kept = Contact.objects.get(phone="+84905000003")
        services.update_contact(
            contact=kept, workspace=lenient, values={"company": "Sen"}, actor=an.actor, now=LATER
        )
        services.add_tags(
            contact=existing_contact(lenient, phone="0905000009"), names=["dùng"], actor=SYSTEM, now=NOW
        )
        described = Tag.objects.get(name="tả")
        services.describe_tag(tag=described, description="Giữ lại", actor=an.actor, now=LATER)
        asked_for = Tag.objects.get(name="cho phân khúc")
        Contact.objects.filter(pk=kept.pk).update(company="")
        services.remove_tags(contact=kept, names=["tháng 11", "cho phân khúc"], actor=SYSTEM, now=LATER)
        tree = {"all": [{"field": "tags", "op": "any", "value": [asked_for.pk]}]}
        segments.create_segment(name="Theo thẻ", tree=tree, actor=an.actor, now=LATER)
        import_export.undo(import_=import_, actor=an.actor, now=LATER)
        assert set(Tag.objects.values_list("name", flat=True)) == {"dùng", "tả", "giữ", "cho phân khúc"}
        assert tags_of(lan) == set()

    def test_allows_the_same_file_again(self, an: Any) -> None:
        text = "Mã khách hàng | SĐT\nKH1 | 0905000001"
        import_export.undo(import_=import_rows(text), actor=an.actor, now=LATER)
        assert counts(import_rows(text, now=LATER)) == {"created": 1}


class TestStatements:
    def test_grow_with_batches_not_with_rows(self) -> None:
        def statements(rows: int, start: int) -> int:
            lines = "\n".join(f"0905{n:06d} | a{n}@shop.vn | sỉ | Có" for n in range(start, start + rows))
            import_ = draft_import(f"SĐT | Email | Tags | Nhận tin\n{lines}", conflict_policy="overwrite")
            with CaptureQueriesContext(
                connection,
            ) as seen:
                run_draft(import_)
            return len(seen)

        statements(600, 0)  # the first analyzes tables that were empty
        assert statements(600, 1_000) == statements(20, 5_000)
