"""Adding and editing a contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.test import Client
from tests.cast import AN, BINH, CHI

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import FieldFormat, Status

SignIn = Callable[[str], Client]
NEW = "/w/tra-sen/contacts/new/"
LAN = {"full_name": "Trần Ngọc Lan", "phone": "0905 318 274", "status": "3"}


class TestCreatePage:
    def test_saves_and_opens_the_page(self, workspace: Any, client_of: SignIn) -> None:
        answer = client_of(AN).post(NEW, LAN | {"tags": "VIP, mới", "province": "other", "city": "Huế"})
        lan = Contact.objects.get()
        assert answer["Location"] == f"/w/tra-sen/contacts/{lan.pk}/"
        assert [tag.name for tag in queries.tags_of(lan)] == ["mới", "VIP"]
        assert lan.first_source is not None
        assert (lan.first_source.code, lan.status) == ("staff", Status.NON_SUBSCRIBED)

    def test_offers_the_next_one(self, workspace: Any, client_of: SignIn) -> None:
        assert client_of(AN).post(NEW, LAN | {"again": "1"})["Location"] == NEW

    def test_shows_every_mistake_and_keeps_what_was_typed(self, workspace: Any, client_of: SignIn) -> None:
        answer = client_of(AN).post(NEW, {"full_name": "", "phone": "12", "email": "lan@", "status": "1"})
        errors = answer.context["form"].errors
        assert answer.status_code == 422
        assert set(errors) == {"full_name", "phone", "email", "method", "ground", "obtained_on"}
        assert 'value="lan@"' in answer.content.decode()
        assert not Contact.objects.exists()

    def test_leads_to_the_contact_who_has_the_phone(self, workspace: Any, client_of: SignIn) -> None:
        other = make_contact(full_name="Lê <Hoa>", phone="+84905318274")
        answer = client_of(AN).post(NEW, LAN)
        text = answer.content.decode()
        assert answer.status_code == 422
        assert f'href="/w/tra-sen/contacts/{other.pk}/"' in text
        assert "Lê &lt;Hoa&gt;" in text

    def test_makes_a_field_on_the_way(self, workspace: Any, client_of: SignIn) -> None:
        new = {"new_field-name": "Tuổi", "new_field-format": "number", "make_field": "1"}
        answer = client_of(AN).post(NEW, LAN | new)
        field = Field.objects.get()
        text = answer.content.decode()
        assert (field.name, field.format, field.shown) == ("Tuổi", FieldFormat.NUMBER, True)
        assert f'name="field_{field.pk}"' in text
        assert 'value="Trần Ngọc Lan"' in text
        assert not Contact.objects.exists()

    def test_says_what_is_wrong_with_the_new_field(self, workspace: Any, client_of: SignIn) -> None:
        make_field(name="Tuổi")
        new = {"new_field-name": "tuổi", "new_field-format": "text", "make_field": "1"}
        answer = client_of(AN).post(NEW, LAN | new)
        assert answer.status_code == 422
        assert "name" in answer.context["field_form"].errors

    def test_is_not_for_viewers_nor_strangers(self, workspace: Any, client_of: SignIn) -> None:
        assert client_of(BINH).get(NEW).status_code == 403
        assert client_of(BINH).post(NEW, LAN).status_code == 403
        assert client_of(CHI).get(NEW).status_code == 404


class TestEditPage:
    def test_shows_and_saves_every_value(self, workspace: Any, client_of: SignIn) -> None:
        field = make_field(name="Sở thích", format=FieldFormat.MULTIPLE, choices=["Trà", "Nến"])
        lan = make_contact(full_name="Trần Lan", birth_day=717, attrs={str(field.pk): ["Trà"]})
        address = f"/w/tra-sen/contacts/{lan.pk}/edit/"
        client = client_of(AN)
        form = client.get(address).context["form"]
        typed = {name: form[name].value() or "" for name in form.fields}
        assert (typed["birth_on"], typed[f"field_{field.pk}"]) == ("17/07", ["Trà"])
        answer = client.post(address, typed | {"company": "Trà Sen", f"field_{field.pk}": ["Trà", "Nến"]})
        lan.refresh_from_db()
        assert answer.status_code == 302
        assert (lan.company, lan.birth_day, lan.attrs) == ("Trà Sen", 717, {str(field.pk): ["Trà", "Nến"]})

    def test_a_new_full_name_fills_the_parts_left_alone(self, workspace: Any, client_of: SignIn) -> None:
        client = client_of(AN)
        client.post(NEW, LAN)
        lan = Contact.objects.get()
        address = f"/w/tra-sen/contacts/{lan.pk}/edit/"
        form = client.get(address).context["form"]
        typed = {name: form[name].value() or "" for name in form.fields}
        client.post(address, typed | {"full_name": "Lê Minh Châu"})
        lan.refresh_from_db()
        assert (lan.family_name, lan.middle_name, lan.given_name, lan.call_name) == (
            "Lê",
            "Minh",
            "Châu",
            "Châu",
        )
        typed = {name: client.get(address).context["form"][name].value() or "" for name in form.fields}
        client.post(address, typed | {"middle_name": "", "given_name": "Minh Châu"})
        lan.refresh_from_db()
        assert (lan.full_name, lan.given_name) == ("Lê Minh Châu", "Minh Châu")

    def test_keeps_an_old_province_as_typed(self, workspace: Any, client_of: SignIn) -> None:
        client = client_of(AN)
        client.post(NEW, LAN | {"province": "other", "city": "Quảng Nam"})
        lan = Contact.objects.get()
        held = (lan.province, lan.province_before, lan.city)
        address = f"/w/tra-sen/contacts/{lan.pk}/edit/"
        form = client.get(address).context["form"]
        client.post(address, {name: form[name].value() or "" for name in form.fields} | {"company": "A"})
        lan.refresh_from_db()
        assert (lan.province, lan.province_before, lan.city) == held
        assert lan.company == "A"


class TestIncompletePage:
    def test_says_what_is_missing(self, workspace: Any, client_of: SignIn) -> None:
        make_contact(full_name="", incomplete=True)
        text = client_of(BINH).get("/w/tra-sen/contacts/incomplete/").content.decode()
        assert "edit/" in text


class TestEnglish:
    def test_dates_are_typed_as_everywhere(self, workspace: Any, client_of: SignIn) -> None:
        field = make_field(name="Ngày cưới", format=FieldFormat.DATE)
        lan = make_contact(birth_on=date(1990, 7, 17), birth_day=717, attrs={str(field.pk): "2026-01-31"})
        client = client_of(AN)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        address = f"/w/tra-sen/contacts/{lan.pk}/edit/"
        form = client.get(address).context["form"]
        typed = {name: form[name].value() or "" for name in form.fields}
        assert (typed["birth_on"], typed[f"field_{field.pk}"]) == ("17/07/1990", "31/01/2026")
        assert client.post(address, typed | {"company": "Sen"}).status_code == 302
        lan.refresh_from_db()
        assert (lan.birth_on, lan.attrs) == (date(1990, 7, 17), {str(field.pk): "2026-01-31"})
