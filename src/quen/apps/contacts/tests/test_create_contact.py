"""Creating contacts: names, identifiers, required fields, uniqueness, consent."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.tests.factories import GROUND, kinds_on_timeline, make_contact, make_field
from quen.apps.contacts.types import (
    BadValue,
    Consent,
    ConsentProof,
    EmailInUse,
    FieldFormat,
    FieldRequired,
    NoIdentifier,
    PhoneInUse,
    ProofMissing,
    Status,
    ValueNotUnique,
)
from quen.apps.events import queries as events


def create(workspace: Any, an: Any, **changes: Any) -> Contact:
    values = {"full_name": "Trần Thị Ngọc Lan", "phone": "0905 318 274"} | changes.pop("values", {})
    return services.create_contact(workspace=workspace, values=values, actor=an.actor, now=NOW, **changes)


class TestCreateContact:
    def test_fills_the_parts_of_the_name_and_normalises(self, workspace: Any, an: Any) -> None:
        lan = create(workspace, an, values={"email": " Lan@Example-Shop.VN "})
        lan.refresh_from_db()
        assert (lan.family_name, lan.middle_name, lan.given_name) == ("Trần", "Thị Ngọc", "Lan")
        assert (lan.call_name, lan.phone, lan.email) == ("Lan", "+84905318274", "lan@example-shop.vn")
        assert (lan.status, lan.incomplete) == (Status.NON_SUBSCRIBED, False)
        assert kinds_on_timeline(lan) == ["contact_created"]
        assert events.timeline(lan.pk)[0].data == {"by": an.name}

    def test_joins_a_name_given_in_parts(self, workspace: Any, an: Any) -> None:
        parts = {"full_name": "", "family_name": "Âu Dương", "given_name": "Minh Tâm"}
        assert create(workspace, an, values=parts).full_name == "Âu Dương Minh Tâm"

    def test_keeps_a_day_of_birth_without_a_year(self, workspace: Any, an: Any) -> None:
        lan = create(workspace, an, values={"birth_on": "17/07"})
        assert (lan.birth_on, lan.birth_day) == (None, 717)

    def test_refuses_a_day_of_birth_to_come(self, workspace: Any, an: Any) -> None:
        with pytest.raises(BadValue) as refusal:
            create(workspace, an, values={"birth_on": "02/02/2090"})
        assert (refusal.value.params["key"], refusal.value.params["reason"]) == ("birth_on", "future")

    def test_reads_a_year_of_two_digits_as_past(self, workspace: Any, an: Any) -> None:
        assert str(create(workspace, an, values={"birth_on": "10/10/45"}).birth_on) == "1945-10-10"

    def test_an_organisation_has_no_parts_and_no_call_name(self, workspace: Any, an: Any) -> None:
        shop = create(workspace, an, values={"full_name": "Công ty TNHH Hoa Sen"})
        assert (shop.full_name, shop.family_name, shop.given_name, shop.call_name) == (
            "Công ty TNHH Hoa Sen",
            "",
            "",
            "",
        )

    def test_reads_a_former_province_from_free_text(self, workspace: Any, an: Any) -> None:
        lan = create(workspace, an, values={"city": "Quảng Nam"})
        new, old = lan.province, lan.province_before
        assert (lan.city, lan.country) == ("Quảng Nam", "VN")
        assert (
            new
            and old
            and new == create(workspace, an, values={"phone": "0905318275", "city": "Đà Nẵng"}).province
        )

    def test_keeps_a_place_that_is_in_no_list(self, workspace: Any, an: Any) -> None:
        lan = create(workspace, an, values={"city": "Vientiane", "country": "Lào"})
        assert (lan.province, lan.city, lan.country) == ("", "Vientiane", "LA")

    def test_refuses_someone_without_phone_and_mail(self, workspace: Any, an: Any) -> None:
        workspace.required_fields = ["full_name"]
        with pytest.raises(NoIdentifier):
            create(workspace, an, values={"phone": ""})
        assert not Contact.objects.exists()

    def test_asks_for_what_the_profile_asks_for(self, workspace: Any, an: Any) -> None:
        with pytest.raises(FieldRequired) as refusal:
            create(workspace, an, values={"full_name": " ", "email": "lan@tra-sen.vn"})
        assert refusal.value.params["key"] == "full_name"

    def test_refuses_a_value_that_does_not_fit(self, workspace: Any, an: Any) -> None:
        with pytest.raises(BadValue) as refusal:
            create(workspace, an, values={"phone": "0000000000"})
        assert refusal.value.params["reason"] == "placeholder"

    def test_names_the_contact_who_has_the_phone(self, workspace: Any, an: Any) -> None:
        other = make_contact(full_name="Lê Hoa", phone="+84905318274")
        with pytest.raises(PhoneInUse) as refusal:
            create(workspace, an)
        assert refusal.value.params == {
            "name": "Lê Hoa",
            "phone": "0905 318 274",
            "contact_id": other.pk,
        }
        assert Contact.objects.count() == 1

    def test_names_the_contact_who_has_the_mail(self, workspace: Any, an: Any) -> None:
        make_contact(full_name="Lê Hoa", email="hoa@tra-sen.vn")
        with pytest.raises(EmailInUse):
            create(workspace, an, values={"email": "HOA@tra-sen.vn"})

    def test_takes_the_phone_of_someone_deleted(self, workspace: Any, an: Any) -> None:
        make_contact(phone="+84905318274", deleted_at=NOW)
        assert create(workspace, an).phone == "+84905318274"

    def test_subscribes_only_with_a_ground(self, workspace: Any, an: Any) -> None:
        for proof in (None, ConsentProof(ground="Phiếu"), ConsentProof(ground=" ", obtained_at=NOW)):
            with pytest.raises(ProofMissing):
                create(workspace, an, status=Status.SUBSCRIBED, proof=proof)
        lan = create(workspace, an, status=Status.SUBSCRIBED, proof=GROUND, tags=["VIP", "vip"])
        entry = ConsentEntry.objects.select_related("proof").get(contact=lan)
        assert (lan.status, lan.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert (entry.channel, entry.consent, entry.proof.ground) == ("email", 1, GROUND.ground)
        assert entry.proof.member_name == an.name
        assert [tag.name for tag in queries.tags_of(lan)] == ["VIP"]


class TestCreateContactFromSource:
    def test_marks_who_lacks_a_required_field(self, workspace: Any) -> None:
        lan = services.create_contact_from_source(
            workspace=workspace, values={"phone": "0905318274"}, now=NOW
        )
        assert lan.incomplete
        assert list(queries.incomplete_contacts()) == [lan]


class TestCustomValues:
    def test_stores_each_format_as_json(self, workspace: Any, an: Any) -> None:
        typed = {
            FieldFormat.NUMBER: ("1,5", 1.5),
            FieldFormat.DATE: ("17/07/1990", "1990-07-17"),
            FieldFormat.YES_NO: ("Có", True),
            FieldFormat.SINGLE: ("do", "Đỏ"),
            FieldFormat.MULTIPLE: ("xanh, Đỏ", ["Đỏ", "Xanh"]),
            FieldFormat.PHONE: ("0905318274", "+84905318274"),
            FieldFormat.LINK: ("tra-sen.vn/a", "https://tra-sen.vn/a"),
        }
        fields = {
            format_: make_field(name=str(format_.label), format=format_, choices=["Đỏ", "Xanh"])
            for format_ in typed
        }
        values = {f"field_{fields[format_].pk}": raw for format_, (raw, _stored) in typed.items()}
        lan = create(workspace, an, values=values)
        lan.refresh_from_db()
        assert lan.attrs == {str(fields[format_].pk): stored for format_, (_raw, stored) in typed.items()}

    def test_asks_for_a_required_field_unless_it_has_a_default(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Quy mô", format=FieldFormat.TEXT, required=True)
        with pytest.raises(FieldRequired):
            create(workspace, an)
        services.update_field(
            field=field, name="Quy mô", format="text", default="nhỏ", required=True, actor=an.actor, now=NOW
        )
        assert create(workspace, an).attrs == {str(field.pk): "nhỏ"}

    def test_keeps_a_unique_field_unique(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Mã thẻ", format=FieldFormat.NUMBER, unique=True)
        create(workspace, an, values={f"field_{field.pk}": "12"})
        with pytest.raises(ValueNotUnique):
            create(workspace, an, values={"phone": "0905318275", f"field_{field.pk}": "12"})
