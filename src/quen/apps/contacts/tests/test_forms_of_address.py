"""Forms of address: proposed with a certainty, accepted by one press or for many, never used before (CON-69)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChange, Contact, ContactSettings
from quen.apps.contacts.rules.names import complete_names
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact, make_field
from quen.apps.contacts.types import Certainty

TODAY = date(2026, 10, 14)
SETTINGS = f"/w/{TRA_SEN}/contacts/settings/"


def person(full_name: str, **values: Any) -> Contact:
    names = complete_names({"full_name": full_name}, {})
    return make_contact(**names | values)


def proposal(contact: Contact) -> tuple[str, Certainty] | None:
    found = queries.proposed_salutation(contact, today=TODAY)
    return (found.salutation, found.certainty) if found else None


@pytest.mark.usefixtures("workspace")
class TestProposal:
    @pytest.mark.parametrize(
        ("name", "gender", "born", "expected"),
        [
            ("Nguyễn Thị Lan", "female", 1990, ("chị", Certainty.SURE)),
            ("Trần Minh", "male", 1990, ("anh", Certainty.SURE)),
            ("Nguyễn Thị Lan", "female", 1950, ("bà", Certainty.SURE)),
            ("Trần Minh", "male", 1950, ("ông", Certainty.SURE)),
            ("Trần Minh", "male", None, ("anh", Certainty.LIKELY)),
            ("Nguyễn Thị Lan", "", None, ("chị", Certainty.GUESS)),
            ("Trần Văn Minh", "", 1950, ("ông", Certainty.GUESS)),
            ("Bà Nguyễn Lan", "", None, ("bà", Certainty.SURE)),
            ("CHÚ TRẦN MINH", "", None, ("chú", Certainty.SURE)),
            ("Trần Minh", "", 1990, None),
            ("Trần Minh", "other", 1990, None),
            ("Công ty TNHH Hoa Sen", "female", None, None),
            ("Khách lẻ", "male", None, None),
            ("", "male", 1990, None),
        ],
    )
    def test_comes_from_name_gender_and_age(
        self, name: str, gender: str, born: int | None, expected: tuple[str, Certainty] | None
    ) -> None:
        day = {"birth_on": date(born, 5, 1), "birth_day": 501} if born else {}
        assert proposal(person(name, gender=gender, **day)) == expected

    def test_follows_the_style_of_the_shop(self) -> None:
        teen = person("Trần Minh", gender="male", birth_on=date(2010, 5, 1), birth_day=501)
        aunt = person("Trần Lan", gender="female", birth_on=date(1975, 5, 1), birth_day=501)
        assert (proposal(teen), proposal(aunt)) == (("anh", Certainty.SURE), ("chị", Certainty.SURE))
        ContactSettings.objects.update_or_create(
            pk=1, defaults={"young_form": "bạn", "young_below": 30, "aunt_from": 45, "elder_from": None}
        )
        old = person("Trần Hoa", gender="female", birth_on=date(1930, 5, 1), birth_day=501)
        assert [proposal(each) for each in (teen, aunt, old)] == [
            ("bạn", Certainty.SURE),
            ("cô", Certainty.SURE),
            ("cô", Certainty.SURE),
        ]

    def test_takes_the_age_from_the_field_that_stands_in_for_it(self, an: Any) -> None:
        years = make_field(name="Tuổi")
        services.update_contact_settings(age_field=years, opening_values=False, actor=an.actor, now=NOW)
        assert proposal(person("Trần Minh", gender="male", attrs={str(years.pk): 70})) == (
            "ông",
            Certainty.SURE,
        )

    def test_ends_where_somebody_decided(self) -> None:
        assert proposal(person("Nguyễn Thị Lan", gender="female", salutation="em")) is None


class TestOnePerson:
    def test_shows_it_with_its_reason_and_takes_one_press(self, workspace: Any, client_of: Any) -> None:
        lan = person("Nguyễn Thị Lan")
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/"
        page = client_of(AN).get(path).content.decode()
        assert "<strong>chị Lan</strong>" in page
        assert "Phỏng đoán" in page
        lan.refresh_from_db()
        assert lan.salutation == ""
        assert client_of(AN).post(f"{path}salutation/", {"salutation": "chị"}).status_code == 302
        lan.refresh_from_db()
        assert (lan.salutation, kinds_on_timeline(lan)[0]) == ("chị", "contact_changed")
        assert "<strong>chị Lan</strong>" not in client_of(AN).get(path).content.decode()

    def test_takes_nothing_that_is_not_proposed(self, workspace: Any, client_of: Any) -> None:
        lan = person("Nguyễn Thị Lan")
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/"
        client_of(AN).post(f"{path}salutation/", {"salutation": "ông"})
        assert client_of(BINH).post(f"{path}salutation/", {"salutation": "chị"}).status_code == 403
        assert "<strong>chị Lan</strong>" not in client_of(BINH).get(path).content.decode()
        lan.refresh_from_db()
        assert lan.salutation == ""


class TestMany:
    def test_accept_the_certain_ones_and_undo_keeps_corrections(self, workspace: Any, client_of: Any) -> None:
        client = client_of(AN)
        born = {"birth_on": date(1990, 5, 1), "birth_day": 501}
        lan, mai = (person(name, gender="female", **born) for name in ("Lê Lan", "Lê Mai"))
        minh, guess = person("Trần Minh", gender="male"), person("Trần Văn Nam")
        page = client.get(f"{SETTINGS}missing/").content.decode()
        assert "2 đề xuất" in page
        assert client.post(f"{SETTINGS}salutations/", {"at_least": Certainty.SURE.value}).status_code == 302

        def forms() -> list[str]:
            people = (lan, mai, minh, guess)
            return [Contact.objects.get(pk=each.pk).salutation for each in people]

        assert forms() == ["chị", "chị", "", ""]
        change = BulkChange.objects.latest("pk")
        Contact.objects.filter(pk=mai.pk).update(salutation="em")
        client.post(f"/w/{TRA_SEN}/contacts/changes/{change.pk}/undo/")
        assert forms() == ["", "em", "", ""]
        client.post(f"{SETTINGS}salutations/", {"at_least": Certainty.LIKELY.value})
        assert forms() == ["chị", "em", "anh", ""]

    def test_guesses_are_accepted_one_by_one_only(self, workspace: Any, client_of: Any) -> None:
        guess = person("Trần Văn Nam")
        answer = client_of(AN).post(f"{SETTINGS}salutations/", {"at_least": Certainty.GUESS.value})
        assert answer.status_code == 404
        guess.refresh_from_db()
        assert guess.salutation == ""
