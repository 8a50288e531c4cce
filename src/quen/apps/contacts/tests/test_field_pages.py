"""The pages of the options of a field, and of another format for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH

from quen.apps.contacts.models import BulkChange, Contact, Field
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import FieldFormat

SignIn = Callable[[str], Client]
BASE = "/w/tra-sen/contacts/fields/"


@pytest.fixture
def drink(workspace: Any) -> Field:
    return make_field(name="Món hay gọi", format=FieldFormat.SINGLE, choices=["Tra sua", "Cà phê", "Nước ép"])


def value_of(contact: Contact, field: Field) -> Any:
    contact.refresh_from_db()
    return contact.attrs.get(str(field.pk))


class TestOptions:
    def test_are_corrected_added_and_put_in_order(self, drink: Field, client_of: SignIn) -> None:
        held, client = make_contact(attrs={str(drink.pk): "Tra sua"}), client_of(AN)
        page = client.get(f"{BASE}{drink.pk}/options/0/").content.decode()
        assert "1 khách hàng có lựa chọn này." in page
        client.post(f"{BASE}{drink.pk}/options/0/", {"option": "Tra sua", "label": "Trà sữa"})
        client.post(f"{BASE}{drink.pk}/options/", {"labels": "Sinh tố\nTrà sữa"})
        client.post(f"{BASE}{drink.pk}/options/0/move/", {"option": "Tra sua", "direction": "down"})
        drink.refresh_from_db()
        assert drink.options.labels == ["Cà phê", "Trà sữa", "Nước ép", "Sinh tố"]
        assert "Trà sữa" in client.get(f"/w/tra-sen/contacts/{held.pk}/").content.decode()

    def test_words_of_another_are_refused_next_to_the_field(self, drink: Field, client_of: SignIn) -> None:
        answer = client_of(AN).post(f"{BASE}{drink.pk}/options/0/", {"option": "Tra sua", "label": "Cà phê"})
        assert answer.status_code == 422
        assert "Đã có lựa chọn “Cà phê”" in answer.content.decode()

    def test_removal_asks_where_people_go_and_offers_to_undo(self, drink: Field, client_of: SignIn) -> None:
        held, client = make_contact(attrs={str(drink.pk): "Tra sua"}), client_of(AN)
        answer = client.post(
            f"{BASE}{drink.pk}/options/0/remove/", {"option": "Tra sua", "into": "Nước ép"}, follow=True
        )
        change = BulkChange.objects.get()
        assert f"/contacts/changes/{change.pk}/undo/" in answer.content.decode()
        assert value_of(held, drink) == "Nước ép"

    def test_an_option_that_somebody_removed_meanwhile_is_not_another(
        self, drink: Field, client_of: SignIn
    ) -> None:
        client = client_of(AN)
        client.post(f"{BASE}{drink.pk}/options/0/remove/", {"option": "Tra sua", "into": ""})
        again = client.post(f"{BASE}{drink.pk}/options/0/remove/", {"option": "Tra sua", "into": ""})
        assert again.status_code == 404
        drink.refresh_from_db()
        assert drink.options.labels == ["Cà phê", "Nước ép"]


class TestFormat:
    def test_is_shown_before_it_changes(self, workspace: Any, client_of: SignIn) -> None:
        age = make_field(name="Tuổi", format=FieldFormat.TEXT)
        old, client = make_contact(full_name="Cụ Tư", attrs={str(age.pk): "già"}), client_of(AN)
        make_contact(attrs={str(age.pk): "41"})
        page = client.get(f"{BASE}{age.pk}/format/", {"format": "number"}).content.decode()
        assert "1 trong 2 giá trị không hợp với “Số”" in page and "“già”" in page
        listed = client.get(f"{BASE}{age.pk}/format/misfits/", {"format": "number"}).content.decode()
        assert "Cụ Tư" in listed and f"/contacts/{old.pk}/" in listed
        refused = client.post(f"{BASE}{age.pk}/format/", {"format": "number"})
        assert refused.status_code == 422
        Contact.objects.filter(pk=old.pk).update(attrs={str(age.pk): "90"})
        page = client.get(f"{BASE}{age.pk}/format/", {"format": "number"}).content.decode()
        assert "Cả 2 giá trị đều hợp" in page
        client.post(f"{BASE}{age.pk}/format/", {"format": "number"})
        age.refresh_from_db()
        assert (age.format, value_of(old, age)) == ("number", 90)

    def test_a_choice_takes_what_people_have(self, workspace: Any, client_of: SignIn) -> None:
        size = make_field(name="Cỡ áo", format=FieldFormat.TEXT)
        make_contact(attrs={str(size.pk): "M"})
        client_of(AN).post(f"{BASE}{size.pk}/format/", {"format": "single", "choices": ""})
        size.refresh_from_db()
        assert (size.format, size.options.labels) == ("single", ["M"])

    def test_members_who_may_not_configure_change_nothing(self, drink: Field, client_of: SignIn) -> None:
        client = client_of(BINH)
        for page in ("options/", "options/0/", "options/0/move/", "options/0/remove/", "format/"):
            assert client.post(f"{BASE}{drink.pk}/{page}", {"label": "x"}).status_code == 403
