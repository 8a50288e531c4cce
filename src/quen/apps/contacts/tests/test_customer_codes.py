"""Customer codes: given to new contacts if the workspace wishes so, and to everybody at once; never twice (CON-70)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChange, Contact, ContactIdentity, ContactSettings
from quen.apps.contacts.tests.factories import exported, make_contact, make_contacts
from quen.apps.contacts.types import ContactInput, ErasureReason
from quen.apps.import_export.tests.import_helpers import import_rows
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.team.models import AuditEntry
from quen.core.actors import SYSTEM

PATH = f"/w/{TRA_SEN}/contacts/settings/"


@pytest.fixture(autouse=True)
def codes_are_given(workspace: Any) -> None:
    ContactSettings.objects.update_or_create(pk=1, defaults={"codes_given": True})


def new(workspace: Any, phone: str, **values: Any) -> Contact:
    return services.create_contact_from_source(
        workspace=workspace, values={"full_name": "Lan", "phone": phone, **values}, now=NOW
    )


def codes_of(*contacts: Contact) -> list[str]:
    found = queries.identifiers_of_many([each.pk for each in contacts])
    return [", ".join(found.get(each.pk, {}).get("code", [])) for each in contacts]


class TestNewContacts:
    def test_get_the_next_code_and_keep_their_own(self, workspace: Any) -> None:
        lan, mai = new(workspace, "0905000001"), new(workspace, "0905000002", customer_code="CU-7")
        hoa = new(workspace, "0905000003")
        assert codes_of(lan, mai, hoa) == ["KH000001", "CU-7", "KH000002"]
        assert queries.find_by_identity("code", "KH000002") == hoa
        assert [row["Mã khách hàng"] for row in exported(lan)] == ["KH000001"]

    def test_get_none_where_the_workspace_does_not_wish_so(self, workspace: Any) -> None:
        ContactSettings.objects.update(codes_given=False)
        assert codes_of(new(workspace, "0905000001")) == [""]

    def test_never_get_a_code_that_somebody_has_or_had(self, workspace: Any, an: Any) -> None:
        # From another program, of a deleted contact, and of somebody erased.
        other, gone, erased = (
            new(workspace, f"090500000{i}", customer_code=f"KH00000{i}") for i in (1, 2, 3)
        )
        services.delete_contacts(ids=[gone.pk], actor=an.actor, now=NOW)
        services.erase_contact(contact=erased, reason=ErasureReason.REQUEST, actor=an.actor, now=NOW)
        assert codes_of(new(workspace, "0905000004")) == ["KH000004"]
        assert queries.erased_identifiers([("code", "KH000003")]) == [("code", "KH000003")]
        assert codes_of(other) == ["KH000001"]

    def test_go_on_behind_a_list_of_another_program(self, workspace: Any) -> None:
        for number, contact in enumerate(make_contacts(40), 1):
            ContactIdentity.objects.create(
                contact=contact, system="code", external_id=f"KH{number:06d}", created_at=NOW
            )
        assert codes_of(new(workspace, "0905000001")) == ["KH000041"]

    def test_of_an_upsert_get_theirs_and_known_ones_do_not(self, workspace: Any) -> None:
        known = make_contact(phone="+84905000001", created_at=NOW - timedelta(days=1))
        rows = [ContactInput(phone="0905000001", full_name="Mai"), ContactInput(phone="0905000002")]
        outcome = services.upsert(
            rows=rows, workspace=workspace, policy=ConflictPolicy.OVERWRITE, actor=SYSTEM, now=NOW
        )
        created = Contact.objects.get(phone="+84905000002")
        assert (outcome.created, codes_of(known, created)) == (1, ["", "KH000001"])

    def test_of_an_import_get_theirs_in_the_order_of_the_file(self, workspace: Any) -> None:
        known = make_contact(phone="+84905000001")
        import_ = import_rows(
            "Họ tên | SĐT | Mã khách hàng\nMai | 0905000001 |\nLan | 0905000002 |\nHoa | 0905000003 | X-1\n"
            "Cúc | 0905000004 |"
        )
        for _run in range(2):  # a job may run twice
            services.give_codes_to_imported(change_id=import_.change_id or 0, now=NOW, batch_size=1)
        people = [Contact.objects.get(full_name=name) for name in ("Lan", "Hoa", "Cúc")]
        assert codes_of(known, *people) == ["", "KH000001", "X-1", "KH000002"]


class TestEverybody:
    def test_without_a_code_gets_one_by_one_press_and_undo_takes_them_back(
        self, workspace: Any, client_of: Any
    ) -> None:
        client = client_of(AN)
        lan, mai = make_contacts(2)
        hoa = new(workspace, "0905000003", customer_code="X-1")
        assert "2 khách" in client.get(f"{PATH}missing/").content.decode()
        assert client.post(f"{PATH}codes/").status_code == 302
        assert codes_of(lan, mai, hoa) == ["KH000001", "KH000002", "X-1"]
        change = BulkChange.objects.latest("pk")
        services.update_contact(
            workspace=workspace, contact=lan, values={"customer_code": "VIP1"}, actor=SYSTEM, now=NOW
        )
        assert client.post(f"/w/{TRA_SEN}/contacts/changes/{change.pk}/undo/").status_code in (200, 302)
        assert codes_of(lan, mai, hoa) == ["VIP1", "", "X-1"]
        assert AuditEntry.objects.filter(kind="contacts.codes_given").get().data["contacts"] == 2

    def test_many_get_theirs_in_as_many_statements_as_few(
        self, workspace: Any, an: Any, django_assert_max_num_queries: Any
    ) -> None:
        make_contacts(30)
        with django_assert_max_num_queries(27):
            services.run_verb(
                key="give_codes", contacts=queries.without_code(), data={}, actor=an.actor, now=NOW
            )
        assert queries.count_contacts(queries.without_code()) == 0

    def test_is_for_those_who_may_configure(self, workspace: Any, client_of: Any) -> None:
        lan = make_contact()
        assert client_of(BINH).post(f"{PATH}codes/").status_code == 403
        assert codes_of(lan) == [""]


class TestSettings:
    def test_say_how_codes_look(self, workspace: Any, client_of: Any) -> None:
        style = {"young_form": "", "young_below": 18, "elder_from": 60}
        given = {"codes_given": "on", "code_prefix": "TS-", "code_digits": 4, **style}
        assert client_of(AN).post(PATH, given).status_code == 302
        assert codes_of(new(workspace, "0905000001")) == ["TS-0001"]
        assert client_of(AN).post(PATH, given | {"code_prefix": "T,S"}).status_code == 422
        assert AuditEntry.objects.filter(kind="contacts.people_settings_changed").count() == 1
