"""The desk: pairs side by side, merged as chosen, told apart, put off, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import BulkChange, Contact, ContactMerge
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import Consent
from quen.apps.duplicates import queries, services
from quen.apps.duplicates.models import DuplicatePair
from quen.core import clock
from quen.core.actors import SYSTEM

SignIn = Callable[[str], Client]
BASE = "/w/tra-sen/duplicates/"


@pytest.fixture
def pair(workspace: Any) -> DuplicatePair:
    first = make_contact(
        full_name="Võ Thị Mỹ Duyên",
        phone="+84966152348",
        birth_on=date(1988, 5, 2),
        company="Sen Hồng",
        consent_sms=Consent.GRANTED,
    )
    make_contact(
        full_name="Thị Mỹ Duyên Võ",
        phone="+84901000002",
        birth_on=date(1988, 5, 2),
        company="Trà Sen",
        consent_sms=Consent.WITHDRAWN,
        created_at=NOW + timedelta(days=1),
        updated_at=NOW + timedelta(days=1),
    )
    services.scan(clock=lambda: NOW)
    found = DuplicatePair.objects.get()
    assert found.first_contact_id == first.pk
    return found


def ids(pair: DuplicatePair) -> tuple[int, int]:
    return pair.first_contact_id, pair.second_contact_id


def sure_pair(number: int) -> tuple[Contact, Contact]:
    """Return two contacts that agree in phone, email and name: the second has both in fields of its own."""
    fields = {each.name: each for each in contacts.active_fields()}
    phone = fields.get("Số nhận hàng") or make_field(name="Số nhận hàng", format="phone")
    email = fields.get("Thư") or make_field(name="Thư", format="email")
    number_typed, address = f"+8493{number:07d}", f"duyen{number}@khach.vn"
    first = make_contact(full_name="Võ Thị Mỹ Duyên", phone=number_typed, email=address)
    second = make_contact(
        full_name="vo thi my duyen", attrs={str(phone.pk): number_typed, str(email.pk): address}
    )
    return first, second


class TestDesk:
    def test_shows_both_and_the_result(self, pair: DuplicatePair, client_of: SignIn) -> None:
        text = client_of(AN).get(BASE).content.decode()
        for words in (
            "Võ Thị Mỹ Duyên",
            "Thị Mỹ Duyên Võ",
            "Sen Hồng",
            "Trà Sen",
            "0966 152 348",
            "0901 000 002",
        ):
            assert words in text

    def test_consent_has_no_control(self, pair: DuplicatePair, client_of: SignIn) -> None:
        text = client_of(AN).get(BASE).content.decode()
        assert 'name="consent' not in text

    def test_the_sidebar_counts_pairs_and_no_families(self, pair: DuplicatePair, client_of: SignIn) -> None:
        assert queries.pairs_to_decide().count() == 1
        DuplicatePair.objects.update(kind="family")
        text = client_of(AN).get(BASE).content.decode()
        assert not queries.pairs_to_decide().exists()
        assert "Võ Thị Mỹ Duyên" in text


class TestMerging:
    def post(self, client: Client, pair: DuplicatePair, **given: str) -> Any:
        first, second = ids(pair)
        comparison = contacts.compare_contacts(
            contacts.get_contact(first), contacts.get_contact(second), {}, currency="VND"
        )
        values = {"version": comparison.version, "from_desk": "1", "phone_kept": "1", "phone_merged": "1"}
        return client.post(f"{BASE}compare/{first}/{second}/merge/", values | given)

    def test_as_chosen(self, pair: DuplicatePair, client_of: SignIn) -> None:
        response = self.post(client_of(AN), pair, company="kept", full_name="merged")
        assert response.status_code == 302
        kept = contacts.get_contact(pair.first_contact_id)
        assert (kept.company, kept.full_name) == ("Sen Hồng", "Thị Mỹ Duyên Võ")
        assert kept.consent("sms") == Consent.WITHDRAWN
        assert not DuplicatePair.objects.exists()

    def test_a_number_that_was_unticked_stays_out(self, pair: DuplicatePair, client_of: SignIn) -> None:
        first, second = ids(pair)
        version = contacts.compare_contacts(
            contacts.get_contact(first), contacts.get_contact(second), {}, currency="VND"
        ).version
        client_of(AN).post(f"{BASE}compare/{first}/{second}/merge/", {"version": version, "phone_kept": "1"})
        assert contacts.find_by_identifier("0901000002") is None

    def test_somebody_changed_one_meanwhile(self, pair: DuplicatePair, client_of: SignIn) -> None:
        response = self.post(client_of(AN), pair, company="kept", version="old")
        assert response.status_code == 409
        assert not ContactMerge.objects.exists()
        text = response.content.decode()
        assert 'value="kept"' in text

    def test_undo_from_the_toast_shows_first_what_returns(
        self, pair: DuplicatePair, client_of: SignIn
    ) -> None:
        client = client_of(AN)
        answer = self.post(client, pair)
        preview = f"{BASE}merged/{ContactMerge.objects.get().pk}/"
        assert f"{preview}?preview" in client.get(answer.url).content.decode()
        assert "Những gì trở lại" in client.get(f"{preview}?preview").content.decode()
        assert Contact.objects.count() == 1
        client.post(preview)
        assert Contact.objects.count() == 2

    def test_the_old_address_leads_to_the_kept_and_says_so(
        self, pair: DuplicatePair, client_of: SignIn
    ) -> None:
        client = client_of(AN)
        self.post(client, pair)
        response = client.get(f"/w/tra-sen/contacts/{pair.second_contact_id}/", follow=True)
        assert response.redirect_chain == [(f"/w/tra-sen/contacts/{pair.first_contact_id}/", 302)]


class TestDeciding:
    def test_two_people_are_not_offered_again_and_it_can_be_taken_back(
        self, pair: DuplicatePair, client_of: SignIn
    ) -> None:
        client = client_of(AN)
        client.post(f"{BASE}pairs/{pair.pk}/apart/")
        assert not queries.pairs_to_decide().exists()
        client.post(f"{BASE}pairs/{pair.pk}/reopen/")
        assert queries.pairs_to_decide().exists()

    def test_later_puts_it_last(self, pair: DuplicatePair, client_of: SignIn) -> None:
        other = make_contact(full_name="Lê Văn Phú", phone="+84911111111", birth_on=date(1970, 1, 1))
        make_contact(full_name="Le Van Phu", phone="+84922222222", birth_on=date(1970, 1, 1))
        services.note_changed(contacts.relation_of_ids([other.pk]), now=NOW)
        DuplicatePair.objects.update(score=99)
        contacts_ids = list(Contact.objects.values_list("pk", flat=True))
        services.note_changed(contacts.relation_of_ids(contacts_ids), now=NOW)
        services.scan(clock=lambda: NOW)
        client_of(AN).post(f"{BASE}pairs/{pair.pk}/later/")
        assert [each.pk for each in queries.pairs_to_decide()][-1] == pair.pk


class TestUndoPage:
    def test_says_what_returns_and_which_refusals_stay(self, pair: DuplicatePair, client_of: SignIn) -> None:
        first, second = (contacts.get_contact(pk) for pk in ids(pair))
        made = contacts_services.merge_contacts(kept=first, merged=second, actor=SYSTEM, now=clock.now())
        client = client_of(AN)
        text = client.get(f"{BASE}merged/{made.pk}/").content.decode()
        assert "Thị Mỹ Duyên Võ" in text
        assert contacts.preview_undo(made).refusals == {"sms": 1}
        client.post(f"{BASE}merged/{made.pk}/")
        assert Contact.objects.count() == 2


class TestSurePairs:
    def test_are_merged_as_one_act_and_undone_as_one(self, workspace: Any, client_of: SignIn) -> None:
        for number in (1111111, 5555555):
            sure_pair(number)
        services.scan(clock=lambda: NOW)
        client = client_of(AN)
        assert client.get(f"{BASE}sure/").status_code == 200
        client.post(f"{BASE}sure/", {"pair": [pair.pk for pair in queries.sure_pairs()]})
        assert Contact.objects.count() == 2
        change = BulkChange.objects.get()
        assert change.count == 2
        outcome = contacts_services.undo_change(change=change, actor=SYSTEM, now=change.at)
        assert outcome.changed == 2
        assert Contact.objects.count() == 4

    def test_many_are_merged_by_a_job_that_may_run_twice(
        self, workspace: Any, an: Any, settings: Any
    ) -> None:
        settings.BULK_INLINE_LIMIT = 1
        for number in (1111111, 5555555, 8888888):
            sure_pair(number)
        services.scan(clock=lambda: NOW)
        ids = [pair.pk for pair in queries.sure_pairs()]
        progress: Any = services.start_merging(pair_ids=ids, actor=an.actor, now=NOW)
        for _time in range(2):
            services.run_merge_job(progress_id=progress.pk, clock=lambda: NOW, batch_size=2)
        assert Contact.objects.count() == 3
        progress.refresh_from_db()
        assert progress.data["changed"] == 3

    def test_a_family_is_never_among_them(self, workspace: Any) -> None:
        first, _second = sure_pair(1111111)
        Contact.objects.filter(pk=first.pk).update(gender="male")
        Contact.objects.exclude(pk=first.pk).update(gender="female")
        services.scan(clock=lambda: NOW)
        assert queries.sure_pairs() == []


class TestContactPage:
    def test_says_with_whom_they_may_be_one(self, pair: DuplicatePair, client_of: SignIn) -> None:
        text = client_of(AN).get(f"{BASE}contacts/{pair.first_contact_id}/").content.decode()
        assert "Thị Mỹ Duyên Võ" in text

    def test_any_two_can_be_compared(self, workspace: Any, client_of: SignIn) -> None:
        lan, hoa = make_contact(full_name="Trần Lan"), make_contact(full_name="Lê Hoa")
        client = client_of(AN)
        assert "Lê Hoa" in client.get(f"{BASE}contacts/{lan.pk}/with/?q=hoa").content.decode()
        assert client.get(f"{BASE}compare/{lan.pk}/{hoa.pk}/").status_code == 200
        assert client.get(f"{BASE}compare/{lan.pk}/{lan.pk}/").status_code == 404
