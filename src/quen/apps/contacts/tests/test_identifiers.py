"""Customer codes, further phones and emails: shown, edited, searched, exported (CON-70, CON-71)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactIdentity
from quen.apps.contacts.tests.factories import exported, make_contact
from quen.apps.contacts.types import CodeInUse, ContactInput, PhoneInUse
from quen.apps.import_export import services as import_export
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.import_export.types import ConflictPolicy

GIVEN = {
    "customer_code": "KH-0007",
    "other_phones": "0905 777 124, 0905.777.125",
    "other_emails": "Lan2@Khach.vn",
}


def edit(contact: Contact, an: Any, workspace: Any, **values: Any) -> Contact:
    return services.update_contact(
        workspace=workspace, contact=contact, values=values, actor=an.actor, now=NOW
    )


@pytest.fixture
def lan(workspace: Any, an: Any) -> Contact:
    return edit(make_contact(full_name="Lan", phone="+84905777123"), an, workspace, **GIVEN)


class TestShown:
    def test_on_the_page_in_the_form_in_the_list_and_in_the_file(self, lan: Contact, client_of: Any) -> None:
        client = client_of(AN)
        page = client.get(f"/w/{TRA_SEN}/contacts/{lan.pk}/").content.decode()
        for text in ("KH-0007", "0905 777 124, 0905 777 125", "lan2@khach.vn"):
            assert text in page
        form = client.get(f"/w/{TRA_SEN}/contacts/{lan.pk}/edit/").content.decode()
        assert 'value="0905 777 124, 0905 777 125"' in form
        [values] = exported()
        assert values["Mã khách hàng"] == "KH-0007"
        assert values["Số điện thoại khác"] == "0905 777 124, 0905 777 125"
        assert values["Email khác"] == "lan2@khach.vn"

    def test_the_timeline_names_what_changed(self, lan: Contact, client_of: Any) -> None:
        page = client_of(AN).get(f"/w/{TRA_SEN}/contacts/{lan.pk}/timeline/").content.decode()
        assert "mã khách hàng" in page


class TestEdited:
    def test_in_place_replaces_what_was_there(self, lan: Contact, client_of: Any) -> None:
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/values/other_phones/"
        assert client_of(AN).post(path, {"other_phones": "0905777125"}).status_code == 302
        assert queries.identifiers_of_many([lan.pk])[lan.pk] == {
            "code": ["KH-0007"],
            "phone": ["+84905777125"],
            "email": ["lan2@khach.vn"],
        }
        assert client_of(AN).post(path, {"other_phones": "12"}).status_code == 422
        assert client_of(AN).post(path, {"other_phones": ""}).status_code == 302
        assert "phone" not in queries.identifiers_of_many([lan.pk])[lan.pk]

    def test_what_another_contact_has_is_refused_by_name(
        self, lan: Contact, workspace: Any, an: Any, client_of: Any
    ) -> None:
        mai = make_contact(full_name="Mai")
        with pytest.raises(CodeInUse) as refusal:
            edit(mai, an, workspace, customer_code="KH-0007")
        assert refusal.value.params["name"] == "Lan"
        for values in ({"other_phones": "0905777123"}, {"phone": "0905777124"}):
            with pytest.raises(PhoneInUse):
                edit(mai, an, workspace, **values)
        path = f"/w/{TRA_SEN}/contacts/{mai.pk}/values/customer_code/"
        answer = client_of(AN).post(path, {"customer_code": "KH-0007"})
        assert answer.status_code == 422
        assert "Lan" in answer.content.decode()

    def test_a_further_phone_that_becomes_the_main_one_changes_places(
        self, lan: Contact, workspace: Any, an: Any
    ) -> None:
        edit(lan, an, workspace, phone="0905 777 124")
        lan.refresh_from_db()
        assert lan.phone == "+84905777124"
        assert queries.identifiers_of_many([lan.pk])[lan.pk]["phone"] == ["+84905777125", "+84905777123"]

    def test_a_new_contact_may_have_a_code_only(self, workspace: Any, client_of: Any) -> None:
        workspace.required_fields = []
        workspace.save()
        form = {"full_name": "Hoa", "customer_code": "KH-9", "status": "3"}
        assert client_of(AN).post(f"/w/{TRA_SEN}/contacts/new/", form).status_code == 302
        assert queries.find_by_identifier("KH-9") == Contact.objects.get(full_name="Hoa")


class TestSearched:
    @pytest.mark.parametrize(
        "typed", ["KH-0007", "kh-00", "0905777124", "0905 777 1", "+84905777125", "lan2@", "LAN2@khach.vn"]
    )
    def test_by_the_beginning(self, lan: Contact, client_of: Any, typed: str) -> None:
        make_contact(full_name="Mai", phone="+84911111111")
        page = client_of(AN).get(f"/w/{TRA_SEN}/contacts/", {"q": typed}).content.decode()
        assert f"/contacts/{lan.pk}/" in page
        assert queries.best_matches(typed, limit=5) == [lan.pk]

    def test_not_by_what_thousands_share(self, lan: Contact) -> None:
        ContactIdentity.objects.bulk_create(
            ContactIdentity(contact=lan, system="code", external_id=f"SP{number:05d}", created_at=NOW)
            for number in range(queries.MAX_FOUND_BY_IDENTITY + 1)
        )
        assert queries.best_matches("sp0", limit=5) == []
        assert queries.best_matches("sp00500", limit=5) == [lan.pk]

    def test_a_wildcard_is_a_character(self, lan: Contact) -> None:
        for typed in ("%%%", "___", "kh%"):
            assert queries.best_matches(typed, limit=5) == []

    def test_identifies_the_person_everywhere(self, lan: Contact) -> None:
        for typed in ("KH-0007", "0905777125", "lan2@khach.vn"):
            assert queries.find_by_identifier(typed) == lan


class TestDefault:
    """One phone and one email is the default; any other becomes it by one press (CON-71)."""

    def test_is_swapped_and_both_still_identify_the_person(self, lan: Contact, client_of: Any) -> None:
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/"
        assert "Đặt 0905 777 124 làm mặc định" in client_of(AN).get(path).content.decode()
        given = {"key": "other_phones", "value": "+84905777124"}
        assert client_of(AN).post(f"{path}default/", given).status_code == 302
        lan.refresh_from_db()
        assert lan.phone == "+84905777124"
        assert queries.identifiers_of_many([lan.pk])[lan.pk]["phone"] == ["+84905777125", "+84905777123"]
        assert queries.find_by_identity("phone", "+84905777123") == lan

    def test_is_only_what_the_person_has(self, lan: Contact, client_of: Any) -> None:
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/default/"
        for given in (
            {"key": "other_phones", "value": "+84905777999"},
            {"key": "customer_code", "value": "KH-0007"},
        ):
            assert client_of(AN).post(path, given).status_code == 404
        assert (
            client_of(BINH).post(path, {"key": "other_emails", "value": "lan2@khach.vn"}).status_code == 403
        )
        lan.refresh_from_db()
        assert (lan.phone, lan.email) == ("+84905777123", None)


class TestFiles:
    """A further phone or email identifies the person; a file takes none away and never moves the default."""

    @pytest.mark.parametrize("policy", ["overwrite", "fill", "skip"])
    def test_a_row_with_a_further_phone_is_about_the_same_person_and_moves_nothing(
        self, workspace: Any, an: Any, policy: str
    ) -> None:
        lan = edit(
            make_contact(phone="+84901000001", email="a@khach.vn"), an, workspace, other_phones="0902000002"
        )
        edit(lan, an, workspace, other_emails="b@khach.vn")
        text = "SĐT | Email | Tags\n0902000002 | b@khach.vn | Mới\n0902000002 | | Lại"
        draft = draft_import(text, conflict_policy=policy)
        told = import_export.run_dry_run(import_id=draft.pk, clock=lambda: NOW)
        done = run_draft(draft)
        assert (told["created"], done.created, Contact.objects.count()) == (0, 0, 1)
        lan.refresh_from_db()
        assert (lan.phone, lan.email) == ("+84901000001", "a@khach.vn")
        further = queries.identifiers_of_many([lan.pk])[lan.pk]
        assert (further["phone"], further["email"]) == (["+84902000002"], ["b@khach.vn"])
        assert {tag.name for tag in queries.tags_of(lan)} == (set() if policy == "skip" else {"Mới", "Lại"})

    def test_of_two_people_is_never_guessed(self, workspace: Any, an: Any) -> None:
        edit(make_contact(phone="+84901000001"), an, workspace, other_emails="b@khach.vn")
        make_contact(phone="+84901000009")
        done = run_draft(draft_import("SĐT | Email\n0901000009 | b@khach.vn"))
        assert (done.created, done.refused) == (0, 1)

    def test_of_a_connected_shop_is_about_the_same_person_too(self, workspace: Any, an: Any) -> None:
        lan = edit(make_contact(phone="+84901000001"), an, workspace, other_phones="0902000002")
        outcome = services.upsert(
            rows=[ContactInput(phone="0902000002", company="Hoa Sen"), ContactInput(phone="0902000003")],
            workspace=workspace,
            policy=ConflictPolicy.OVERWRITE,
            actor=an.actor,
            now=NOW,
        )
        lan.refresh_from_db()
        assert (outcome.created, lan.phone, lan.company) == (1, "+84901000001", "Hoa Sen")
