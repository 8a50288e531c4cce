"""Further addresses: one is the default, the others follow in their order and never get lost (CON-71)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactAddress
from quen.apps.contacts.rules.further_addresses import read_addresses
from quen.apps.contacts.tests.factories import exported, kinds_on_timeline, make_contact
from quen.apps.contacts.tests.import_fixtures import lenient
from quen.apps.contacts.types import ErasureReason, MergeSide
from quen.apps.import_export.tests.import_helpers import import_rows
from quen.core.actors import SYSTEM

__all__ = ["lenient"]
HOME = {"address_line": "12 Lê Lợi", "ward": "Bến Nghé", "city": "Hồ Chí Minh"}


def add(workspace: Any, contact: Contact, **values: str) -> ContactAddress:
    return services.add_address(workspace=workspace, contact=contact, values=values, actor=SYSTEM, now=NOW)


def lines_of(contact: Contact) -> list[str]:
    return [each.address_line for each in queries.addresses_of(contact.pk)]


@pytest.fixture
def lan(workspace: Any) -> Contact:
    return make_contact(
        full_name="Lan",
        phone="+84905000001",
        address_line="1 Hùng Vương",
        city="Đà Nẵng",
        province="48",
        country="VN",
    )


class TestPage:
    def test_adds_edits_and_deletes(self, lan: Contact, client_of: Any) -> None:
        client, path = client_of(AN), f"/w/{TRA_SEN}/contacts/{lan.pk}/addresses/"
        given = {"address_line": "12 Lê Lợi", "ward": "Bến Nghé", "province": "79"}
        assert client.get(f"{path}new/").status_code == 200
        assert client.post(f"{path}new/", given).status_code == 302
        added = queries.addresses_of(lan.pk).get()
        assert (added.address_line, added.province, added.country) == ("12 Lê Lợi", "79", "VN")
        assert "12 Lê Lợi, Bến Nghé" in client.get(path).content.decode()
        assert kinds_on_timeline(lan)[0] == "contact_changed"
        assert client.post(f"{path}new/", given).status_code == 422  # known already
        assert client.post(f"{path}new/", {"address_line": ""}).status_code == 422
        edit = f"{path}{added.pk}/"
        assert 'value="12 Lê Lợi"' in client.get(edit).content.decode()
        assert client.post(edit, given | {"address_line": "14 Lê Lợi"}).status_code == 302
        assert lines_of(lan) == ["14 Lê Lợi"]
        assert client.post(f"{edit}delete/").status_code == 302
        assert lines_of(lan) == []

    def test_makes_one_the_default_and_the_former_takes_its_place(
        self, workspace: Any, lan: Contact, client_of: Any
    ) -> None:
        home, office = add(workspace, lan, **HOME), add(workspace, lan, address_line="5 Trần Phú")
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/addresses/"
        assert client_of(AN).post(f"{path}{home.pk}/default/").status_code == 302
        lan.refresh_from_db()
        assert (lan.address_line, lan.ward, lan.province) == ("12 Lê Lợi", "Bến Nghé", "79")
        assert lines_of(lan) == ["1 Hùng Vương", "5 Trần Phú"]
        assert queries.get_address(contact_id=lan.pk, address_id=home.pk).province == "48"
        bare = make_contact()
        only = add(workspace, bare, address_line="7 Ngô Quyền")
        services.make_address_default(workspace=workspace, address=only, actor=SYSTEM, now=NOW)
        bare.refresh_from_db()
        assert (bare.address_line, lines_of(bare)) == ("7 Ngô Quyền", [])
        assert office.pk

    def test_is_read_by_readers_and_changed_by_others_only(
        self, workspace: Any, lan: Contact, client_of: Any
    ) -> None:
        home, other = add(workspace, lan, **HOME), make_contact()
        reader, path = client_of(BINH), f"/w/{TRA_SEN}/contacts/{lan.pk}/addresses/"
        assert "12 Lê Lợi" in reader.get(path).content.decode()
        for action in ("default/", "delete/", ""):
            assert reader.post(f"{path}{home.pk}/{action}").status_code == 403
        stranger = f"/w/{TRA_SEN}/contacts/{other.pk}/addresses/{home.pk}/delete/"
        assert client_of(AN).post(stranger).status_code == 404
        assert lines_of(lan) == ["12 Lê Lợi"]


class TestFiles:
    def test_a_second_address_is_a_further_one_and_is_never_glued(self) -> None:
        import_rows("Họ tên | SĐT | Địa chỉ | Địa chỉ 2\nMai | 0905000002 | 1 Hùng Vương | 2 Nguyễn Huệ")
        mai = Contact.objects.get()
        assert (mai.address_line, lines_of(mai)) == ("1 Hùng Vương", ["2 Nguyễn Huệ"])

    def test_the_second_line_of_one_address_stays_with_it(self) -> None:
        import_rows(
            "Name | Phone | Address Line 1 | Address Line 2\nMai | 0905000002 | 1 Hùng Vương | Tầng 4"
        )
        mai = Contact.objects.get()
        assert (mai.address_line, lines_of(mai)) == ("1 Hùng Vương, Tầng 4", [])

    def test_a_file_adds_and_never_takes_away_nor_moves_the_default(
        self, workspace: Any, lan: Contact
    ) -> None:
        add(workspace, lan, **HOME)
        text = (
            "SĐT | Địa chỉ khác\n0905000001 | 5 Trần Phú; 1 Hùng Vương · · · Đà Nẵng\n0905000001 | 5 Trần Phú"
        )
        for _times in range(2):
            import_rows(text, conflict_policy="overwrite")
        lan.refresh_from_db()
        assert (lan.address_line, lines_of(lan)) == ("1 Hùng Vương", ["12 Lê Lợi", "5 Trần Phú"])

    def test_those_who_are_skipped_get_none(self, lan: Contact) -> None:
        import_rows("SĐT | Địa chỉ khác\n0905000001 | 5 Trần Phú", conflict_policy="skip")
        assert lines_of(lan) == []

    def test_undo_takes_away_what_the_import_brought(self, workspace: Any, lan: Contact, an: Any) -> None:
        add(workspace, lan, **HOME)
        import_ = import_rows("SĐT | Địa chỉ khác\n0905000001 | 5 Trần Phú", conflict_policy="overwrite")
        assert lines_of(lan) == ["12 Lê Lợi", "5 Trần Phú"]
        services.undo_change(change=queries.get_change(import_.change_id or 0), actor=an.actor, now=NOW)
        assert lines_of(lan) == ["12 Lê Lợi"]

    def test_what_is_exported_comes_back_in_its_order(self, workspace: Any, lan: Contact, an: Any) -> None:
        add(workspace, lan, address_line="9 Zoo, hẻm 2", ward="Phường 3", district="Quận 1", city="TP HCM")
        add(workspace, lan, address_line="5 Trần Phú")
        add(workspace, lan, city="Huế")
        add(workspace, lan, address_line="1 Main St", city="Austin", country="US")
        before = list(
            queries.addresses_of(lan.pk).values(
                "address_line", "ward", "district", "city", "country", "province"
            )
        )
        [row] = exported(lan)
        cell = row["Địa chỉ khác"]
        assert len(cell.split("\n")) == 4
        ContactAddress.objects.all().delete()
        found = read_addresses(cell)
        assert [{key: each[key] for key in before[0]} for each in found] == before


class TestOnePersonOnce:
    def test_a_merge_loses_no_address_and_undo_returns_each(
        self, workspace: Any, lan: Contact, an: Any
    ) -> None:
        mai = make_contact(full_name="Lan", address_line="2 Nguyễn Huệ")
        add(workspace, lan, address_line="5 Trần Phú")
        add(workspace, mai, address_line="7 Ngô Quyền")
        merge = services.merge_contacts(
            kept=lan, merged=mai, choices={"address": MergeSide.MERGED}, actor=an.actor, now=NOW
        )
        lan.refresh_from_db()
        assert lan.address_line == "2 Nguyễn Huệ"
        assert sorted(lines_of(lan)) == ["1 Hùng Vương", "5 Trần Phú", "7 Ngô Quyền"]
        services.undo_merge(merge=merge, actor=an.actor, now=NOW)
        lan.refresh_from_db()
        assert (lan.address_line, lines_of(lan), lines_of(mai)) == (
            "1 Hùng Vương",
            ["5 Trần Phú"],
            ["7 Ngô Quyền"],
        )

    def test_the_address_that_is_not_kept_becomes_a_further_one(self, lan: Contact, an: Any) -> None:
        mai = make_contact(full_name="Lan", address_line="2 Nguyễn Huệ")
        merge = services.merge_contacts(kept=lan, merged=mai, actor=an.actor, now=NOW)
        assert lines_of(lan) == ["2 Nguyễn Huệ"]
        services.undo_merge(merge=merge, actor=an.actor, now=NOW)
        mai.refresh_from_db()
        assert (mai.address_line, lines_of(mai), lines_of(lan)) == ("2 Nguyễn Huệ", [], [])

    def test_erasing_erases_them_and_the_copy_has_them(self, workspace: Any, lan: Contact, an: Any) -> None:
        add(workspace, lan, **HOME)
        assert "12 Lê Lợi, Bến Nghé, Hồ Chí Minh, VN" in str(queries.profile_copy(lan.pk))
        services.erase_contact(contact=lan, reason=ErasureReason.REQUEST, actor=an.actor, now=NOW)
        assert not ContactAddress.objects.exists()
