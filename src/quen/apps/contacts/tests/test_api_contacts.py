"""Contacts through the API: found again by what identifies them, changed value by value, followed after a merge."""

from __future__ import annotations

from typing import Any

import pytest

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import ErasureReason, FieldFormat
from quen.core import clock
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")
LAN = {
    "full_name": "Nguyễn Thị Lan",
    "phone": "0905 123 456",
    "birth_on": "1990-05-17",
    "note": "Thích trà sen",
}


@pytest.fixture
def client(workspace: Any) -> ApiClient:
    return ApiClient(make_key(), **{"Accept-Language": "en"})


def upsert(client: ApiClient, **values: Any) -> dict[str, Any]:
    response = client.post("contacts", {"contact": values})
    assert response.status_code == 200, response.content.decode()
    answer: dict[str, Any] = response.json()
    return answer


def errors(response: Any) -> dict[str, str]:
    assert response.status_code == 422, response.content.decode()
    return {each["pointer"]: each["code"] for each in response.json()["errors"]}


class TestOne:
    def test_a_person_is_added_and_found_again(self, client: ApiClient) -> None:
        added = upsert(client, **LAN)
        assert added["result"]["status"] == "created"
        assert added["contact"]["phone"] == "+84905123456"
        assert added["contact"]["birth_on"] == "1990-05-17"
        changed = upsert(client, phone="+84905123456", company="Hoa Mai", tags=["VIP"])
        assert changed["result"]["status"] == "updated"
        assert changed["contact"]["id"] == added["contact"]["id"]
        assert (changed["contact"]["note"], changed["contact"]["tags"]) == ("Thích trà sen", ["VIP"])
        assert upsert(client, phone="0905123456", company="Hoa Mai")["result"]["status"] == "unchanged"

    def test_what_is_read_can_be_written_back_and_changes_nothing(self, client: ApiClient) -> None:
        read = upsert(client, **LAN | {"birth_on": "15/08 âm lịch", "province": "Đà Nẵng"})["contact"]
        same = {name: read[name] for name in ("phone", "birth_on", "province", "note", "gender", "full_name")}
        assert upsert(client, **same)["result"]["status"] == "unchanged"

    def test_a_value_that_is_refused_is_named(self, client: ApiClient) -> None:
        refused = client.post("contacts", {"contact": LAN | {"birth_on": "31/02/1990"}})
        assert errors(refused) == {"/contact/birth_on": "impossible"}
        assert not Contact.objects.exists()

    def test_a_person_without_identifier_is_refused(self, client: ApiClient) -> None:
        refused = client.post("contacts", {"contact": {"full_name": "Lan"}})
        assert errors(refused) == {"/contact": "no_identifier"}

    def test_an_id_from_another_system_finds_the_person(self, client: ApiClient) -> None:
        first = upsert(client, **LAN, external_ids={"kiotviet": "KH1"}, customer_code="A1")["contact"]
        assert (first["external_ids"], first["customer_codes"]) == ({"kiotviet": ["KH1"]}, ["A1"])
        assert upsert(client, external_ids={"kiotviet": "KH1"}, company="X")["contact"]["id"] == first["id"]
        assert upsert(client, customer_code="A1", company="Y")["contact"]["id"] == first["id"]

    def test_an_erased_person_is_not_brought_back(self, client: ApiClient) -> None:
        added = upsert(client, **LAN)["contact"]
        contact = queries.get_contact(added["id"])
        services.erase_contact(contact=contact, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
        assert "erased" in errors(client.post("contacts", {"contact": LAN})).values()


class TestAbsentNullAndMisspelt:
    def test_absent_leaves_null_empties_unknown_is_named(self, client: ApiClient) -> None:
        field = make_field(name="Size áo", format=FieldFormat.TEXT)
        before = upsert(client, **LAN, company="Hoa Mai", fields={field.key: "M"})["contact"]
        path = f"contacts/{before['id']}"
        after = client.patch(path, {"company": "Hoa Lan"}).json()
        # Only the company, and what tells of the change.
        assert {name for name in before if before[name] != after[name]} <= {
            "company",
            "updated_at",
            "version",
        }
        cleared = client.patch(path, {"note": None, "fields": {field.key: None}}).json()
        assert (cleared["note"], cleared["fields"]) == ("", {})
        assert errors(client.patch(path, {"emial": "x@y.vn"})) == {"/emial": "unknown_name"}
        assert errors(client.patch(path, {"fields": {"size": "M"}})) == {"/fields/size": "unknown_name"}
        assert errors(client.patch(path, {"full_name": None})) == {"/full_name": "field_required"}

    def test_single_and_bulk_behave_alike(self, client: ApiClient) -> None:
        field = make_field(name="Size áo", format=FieldFormat.TEXT)
        upsert(client, **LAN, company="Hoa Mai", fields={field.key: "M"})
        rows = [
            {"phone": "0905123456", "emial": "x@y.vn"},
            {"phone": "0905123456", "fields": {"size": "M"}},
            {"phone": None},
            {"phone": "0905123456", "company": None, "fields": {field.key: None}},
        ]
        bulk = client.post("contacts/bulk", {"contacts": rows}).json()["results"]
        pointers = [
            ("/emial", "unknown_name"),
            ("/fields/size", "unknown_name"),
            ("/phone", "string_type"),
        ]
        for number, (pointer, code) in enumerate(pointers):
            single = errors(client.post("contacts", {"contact": rows[number]}))
            assert single == {f"/contact{pointer}": code}
            assert {each["pointer"]: each["code"] for each in bulk[number]["errors"]} == {
                f"/contacts/{number}{pointer}": code
            }
        assert bulk[3]["status"] == "updated"
        stored = Contact.objects.get()
        assert (stored.company, stored.attrs, stored.note) == ("", {}, LAN["note"])

    def test_tags_are_added_and_replacing_is_its_own_operation(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN, tags=["VIP"])["contact"]["id"]
        upsert(client, phone=LAN["phone"], tags=["Sỉ"])
        assert client.post(f"contacts/{pk}/tags", {"tags": ["vip", "Mới"]}).json()["tags"] == [
            "Mới",
            "Sỉ",
            "VIP",
        ]
        removed = client.post(f"contacts/{pk}/tags/remove", {"tags": ["mới"]})
        assert removed.json()["tags"] == ["Sỉ", "VIP"]
        assert client.put(f"contacts/{pk}/tags", {"tags": ["Lẻ"]}).json()["tags"] == ["Lẻ"]


class TestMerged:
    def test_the_old_id_leads_to_the_survivor_along_the_chain_and_says_so(self, client: ApiClient) -> None:
        a, b, c = make_contact(), make_contact(), make_contact()
        services.merge_contacts(kept=b, merged=a, actor=SYSTEM, now=clock.now())
        services.merge_contacts(kept=c, merged=b, actor=SYSTEM, now=clock.now())
        for old in (a, b):
            answer = client.get(f"contacts/{old.pk}").json()
            assert (answer["id"], answer["merged_from"]) == (c.pk, old.pk)
        assert client.get(f"contacts/{c.pk}").json()["merged_from"] is None
        changed = client.patch(f"contacts/{a.pk}", {"company": "Hoa Mai"}).json()
        assert (changed["id"], changed["company"]) == (c.pk, "Hoa Mai")

    def test_an_id_of_another_system_leads_to_the_survivor(self, client: ApiClient) -> None:
        lost = upsert(client, phone="0905111111", full_name="Lan", customer_code="KH1")["contact"]["id"]
        kept = upsert(client, phone="0905222222", full_name="Lan")["contact"]["id"]
        services.merge_contacts(
            kept=queries.get_contact(kept), merged=queries.get_contact(lost), actor=SYSTEM, now=clock.now()
        )
        again = upsert(client, customer_code="KH1", company="Hoa Mai")
        assert (again["contact"]["id"], again["result"]["status"]) == (kept, "updated")
        assert Contact.objects.count() == 1


class TestDeleting:
    def test_a_deleted_contact_is_gone_and_can_be_restored(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN)["contact"]["id"]
        assert client.delete(f"contacts/{pk}").json() == {"id": pk, "deleted": True}
        assert client.get(f"contacts/{pk}").status_code == 404
        assert client.post(f"contacts/{pk}/restore").json()["id"] == pk


class TestLists:
    def test_pages_lead_through_all_contacts(self, client: ApiClient) -> None:
        contacts = [make_contact() for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = client.get("contacts", limit=2, **({"cursor": cursor} if cursor else {})).json()
            seen += [each["id"] for each in page["data"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [each.pk for each in contacts]
        assert client.get("contacts", cursor="x").status_code == 422

    def test_a_contact_is_found_by_phone_email_and_code(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN, email="lan@example.com", customer_code="KH1")["contact"]["id"]
        for given in ({"phone": "0905.123.456"}, {"email": "LAN@example.com"}, {"customer_code": "KH1"}):
            assert [each["id"] for each in client.get("contacts", **given).json()["data"]] == [pk]
        assert client.get("contacts", phone="0905999999").json()["data"] == []


class TestChanges:
    def test_a_client_that_keeps_the_cursor_sees_every_change_once(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN)["contact"]["id"]
        first = client.get("contacts/changes").json()
        assert [(each["contact_id"], each["kind"]) for each in first["data"]] == [(pk, "changed")]
        assert first["data"][0]["contact"]["phone"] == "+84905123456"
        assert client.get("contacts/changes", cursor=first["next"]).json()["data"] == []
        client.delete(f"contacts/{pk}")
        then = client.get("contacts/changes", cursor=first["next"]).json()["data"]
        assert [(each["contact_id"], each["kind"], each["contact"]) for each in then] == [
            (pk, "deleted", None)
        ]
        assert then[0]["version"] > first["data"][0]["version"]

    def test_an_upsert_of_equal_values_is_no_change(self, client: ApiClient) -> None:
        upsert(client, **LAN)
        cursor = client.get("contacts/changes").json()["next"]
        before = Contact.objects.get().updated_at
        upsert(client, **LAN)
        assert client.get("contacts/changes", cursor=cursor).json()["data"] == []
        assert Contact.objects.get().updated_at == before


class TestConsent:
    def test_an_agreement_needs_its_proof(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN)["contact"]["id"]
        path = f"contacts/{pk}/consents"
        assert client.post(path, {"channel": "sms", "granted": True}).json()["code"] == "proof_missing"
        proof = {
            "ground": "Trang thanh toán",
            "obtained_at": "2026-11-01T08:00:00+07:00",
            "wording": "Tôi muốn…",
        }
        granted = client.post(path, {"channel": "sms", "granted": True, "proof": proof}).json()
        assert granted["consents"]["sms"] == "granted"
        log = client.get(path).json()["data"]
        assert (log[0]["channel"], log[0]["wording"]) == ("sms", "Tôi muốn…")

    def test_who_has_left_is_not_brought_back_by_another_system(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN, email="lan@example.com")["contact"]["id"]
        path = f"contacts/{pk}/consents"
        assert client.post(path, {"channel": "email", "granted": False}).json()["status"] == "unsubscribed"
        proof = {"ground": "Web", "obtained_at": "2026-11-01T08:00:00+07:00"}
        refused = client.post(path, {"channel": "email", "granted": True, "proof": proof})
        assert refused.status_code in (409, 422)
        assert Contact.objects.get().consent_email == 2

    def test_other_data_grants_nothing(self, client: ApiClient) -> None:
        upsert(client, **LAN, email="lan@example.com", tags=["VIP"])
        assert client.post("contacts", {"contact": LAN | {"consents": {"email": True}}}).status_code == 422
        assert set(client.get("contacts").json()["data"][0]["consents"].values()) == {"never_asked"}


class TestEvents:
    def test_each_event_has_its_result(self, client: ApiClient) -> None:
        pk = upsert(client, **LAN, customer_code="KH1")["contact"]["id"]
        rows = [
            {"name": "Đặt lịch", "phone": "0905123456", "properties": {"chi_nhanh": "Q1"}},
            {"name": "Đặt lịch", "email": "nobody@example.com"},
            {"name": "Đặt lịch"},
            {
                "name": "Đặt lịch",
                "customer_code": "KH1",
                "value": "120000",
                "at": "2026-11-01T08:00:00+07:00",
            },
            {"nmae": "x", "contact_id": pk},
        ]
        answer = client.post("events", {"events": rows}).json()
        assert (answer["recorded"], answer["refused"]) == (2, 3)
        codes = [[error["code"] for error in each["errors"]] for each in answer["results"]]
        assert codes == [[], ["contact_not_found"], ["no_identifier"], [], ["missing", "unknown_name"]]
        timeline = client.get(f"contacts/{pk}/events").json()["data"]
        reported = [each for each in timeline if each["kind"] == "activity_reported"]
        assert [each["data"]["name"] for each in reported] == ["Đặt lịch", "Đặt lịch"]
        assert Contact.objects.count() == 1


class TestSettings:
    def test_fields_are_defined_and_listed(self, client: ApiClient) -> None:
        made = client.post("fields", {"name": "Size áo", "format": "single", "choices": ["S", "M"]}).json()
        assert made in client.get("fields").json()["data"]
        pk = upsert(client, **LAN, fields={made["key"]: "m"})["contact"]["id"]
        assert client.get(f"contacts/{pk}").json()["fields"] == {made["key"]: "M"}
        refused = client.post("contacts", {"contact": LAN | {"fields": {made["key"]: "XXL"}}})
        assert errors(refused) == {f"/contact/fields/{made['key']}": "not_a_choice"}

    def test_tags_and_sources_are_listed(self, client: ApiClient) -> None:
        upsert(client, **LAN, tags=["VIP"])
        assert [(tag["name"], tag["contacts"]) for tag in client.get("tags").json()["data"]] == [("VIP", 1)]
        assert "api" in [each["code"] for each in client.get("sources").json()["data"]]
