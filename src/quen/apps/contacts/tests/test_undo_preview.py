"""Undo shows first what would return, and never raises consent (trap 12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import AN, NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChange, Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts
from quen.apps.contacts.types import BulkOutcome, Channel, Consent, ConsentProof, Status
from quen.core import clock
from quen.core.actors import SYSTEM

NINE, TEN, ELEVEN = NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)
LIST = "/w/tra-sen/contacts/"
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


def leave(contact: Contact, at: datetime = TEN) -> None:
    services.withdraw_consent(
        contact=contact,
        channels=[Channel.EMAIL],
        proof=ConsentProof(ground="", method="link"),
        actor=SYSTEM,
        now=at,
    )


def change_of(outcome: Any) -> BulkChange:
    assert isinstance(outcome, BulkOutcome)
    return BulkChange.objects.get(pk=outcome.change_id)


def tag(an: Any, *contacts: Contact) -> BulkChange:
    people = queries.relation_of_ids([each.pk for each in contacts])
    return change_of(services.bulk_tag(contacts=people, add=["VIP"], actor=an.actor, now=NINE))


def unsubscribe(an: Any, *contacts: Contact) -> BulkChange:
    people = queries.relation_of_ids([each.pk for each in contacts])
    return change_of(
        services.bulk_set_status(contacts=people, status=Status.UNSUBSCRIBED, actor=an.actor, now=NINE)
    )


def check(change: BulkChange, an: Any) -> tuple[int, dict[str, int], int]:
    found = services.check_undo(change=change, actor=an.actor, now=ELEVEN)
    return found.returning, dict(found.skipped), found.refusing


class TestConsentNeverRises:
    def test_a_tag_goes_and_who_left_stays_out(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        change = tag(an, lan, *make_contacts(2))
        leave(lan)
        assert check(change, an) == (3, {}, 1)
        services.undo_change(change=change, actor=an.actor, now=ELEVEN)
        lan.refresh_from_db()
        assert (queries.tags_of(lan), lan.status, lan.consent_email) == (
            [],
            Status.UNSUBSCRIBED,
            Consent.WITHDRAWN,
        )

    def test_staff_took_out_then_the_person_left_too(self, workspace: Any, an: Any) -> None:
        lan, mai = (
            make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED) for _each in range(2)
        )
        change = unsubscribe(an, lan, mai)
        leave(lan)
        assert check(change, an) == (1, {"refused": 1}, 1)
        services.undo_change(change=change, actor=an.actor, now=ELEVEN)
        lan.refresh_from_db()
        mai.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        assert (mai.status, mai.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)

    def test_who_left_while_archived_does_not_come_back_subscribed(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        people = queries.relation_of_ids([lan.pk])
        change = change_of(
            services.bulk_set_status(contacts=people, status=Status.SAVED, actor=an.actor, now=NINE)
        )
        leave(lan)
        services.undo_change(change=change, actor=an.actor, now=ELEVEN)
        lan.refresh_from_db()
        assert lan.consent_email == Consent.WITHDRAWN
        assert lan.status != Status.SUBSCRIBED

    def test_leaving_a_second_time_the_same_way_is_one_line_in_the_log(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        leave(lan)
        leave(lan)
        assert len(queries.consent_entries(lan)) == 1

    def test_deletion(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        people = queries.relation_of_ids([lan.pk])
        change = change_of(services.bulk_delete(contacts=people, actor=an.actor, now=NINE))
        leave(lan)
        assert check(change, an) == (1, {}, 1)
        services.undo_change(change=change, actor=an.actor, now=ELEVEN)
        assert Contact.objects.get(pk=lan.pk).status == Status.UNSUBSCRIBED


class TestWhatReturns:
    def test_the_preview_says_what_undo_does_and_does_nothing(self, workspace: Any, an: Any) -> None:
        one, two, three = make_contacts(3)
        change = tag(an, one, two, three)
        services.remove_tags(contact=three, names=["VIP"], actor=an.actor, now=TEN)
        before = check(change, an)
        assert before == (2, {"changed_since": 1}, 0)
        assert [tag.name for tag in queries.tags_of(one)] == ["VIP"]
        assert check(change, an) == before
        undone = services.undo_change(change=change, actor=an.actor, now=ELEVEN)
        assert (undone.changed, undone.skipped) == (2, {"changed_since": 1})

    @pytest.mark.parametrize("action", ["tag", "status", "delete"])
    def test_a_large_change_is_counted_like_it_is_tried(
        self, workspace: Any, an: Any, settings: Any, action: str
    ) -> None:
        people = [make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED) for _each in range(4)]
        if action == "tag":
            change = tag(an, *people)
            services.remove_tags(contact=people[0], names=["VIP"], actor=an.actor, now=TEN)
        elif action == "status":
            change = unsubscribe(an, *people)
            leave(people[0])
        else:
            relation = queries.relation_of_ids([each.pk for each in people])
            change = change_of(services.bulk_delete(contacts=relation, actor=an.actor, now=NINE))
            make_contact(phone=people[0].phone)
        tried = check(change, an)
        settings.BULK_INLINE_LIMIT = 1
        counted = check(change, an)
        assert counted[0] == tried[0] == 3
        assert counted[2] == tried[2]


class TestPages:
    def test_the_dialog_says_it_before(self, workspace: Any, an: Any, client_of: Any) -> None:
        lan, mai = (
            make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED) for _each in range(2)
        )
        client = client_of(AN)
        change = tag(an, lan, mai)
        BulkChange.objects.filter(pk=change.pk).update(at=clock.now() - timedelta(hours=3))
        leave(lan, clock.now() - timedelta(hours=1))
        for options in ({}, HTMX):
            page = client.get(f"{LIST}changes/{change.pk}/undo/", **options).content.decode()
            assert "2 khách hàng trở lại như trước." in page
            assert "1 người giữ lời từ chối." in page
        assert [tag.name for tag in queries.tags_of(mai)] == ["VIP"]

    def test_asks_again_when_something_changed_meanwhile(
        self, workspace: Any, an: Any, client_of: Any
    ) -> None:
        one, two = make_contacts(2)
        change, client = tag(an, one, two), client_of(AN)
        BulkChange.objects.filter(pk=change.pk).update(at=clock.now())
        services.remove_tags(contact=two, names=["VIP"], actor=an.actor, now=TEN)
        answer = client.post(f"{LIST}changes/{change.pk}/undo/", {"expected": "2"}, **HTMX)
        assert answer.status_code == 409
        assert "1 khách hàng trở lại như trước." in answer.content.decode()
        assert client.post(f"{LIST}changes/{change.pk}/undo/", {"expected": "1"}, **HTMX).status_code == 204
        assert queries.tags_of(one) == []

    def test_the_second_time_it_says_so(self, workspace: Any, an: Any, client_of: Any) -> None:
        change = tag(an, *make_contacts(1))
        services.undo_change(change=change, actor=an.actor, now=NOW)
        assert client_of(AN).get(f"{LIST}changes/{change.pk}/undo/").status_code == 200
