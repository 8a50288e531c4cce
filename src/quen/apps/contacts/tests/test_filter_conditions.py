"""The list's filter as conditions, and what rooms above see of people."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries
from quen.apps.contacts.listing.finding import Moment, Wanted, found
from quen.apps.contacts.tests.factories import make_contact, these
from quen.apps.contacts.types import Channel, Consent, Gender, Status
from quen.core import sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def moment(workspace: Any) -> Moment:
    return Moment(NOW, workspace.zone)


class TestFilterAsConditions:
    """What rooms above get of a filter means the same people as the list shows."""

    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted(),
            Wanted(saved=True),
            Wanted(incomplete=True),
            Wanted(since=NOW.date() - timedelta(days=3)),
            Wanted(since=NOW.date() - timedelta(days=9), until=NOW.date() - timedelta(days=1)),
            Wanted(tree=audience.everyone(), incomplete=True, until=NOW.date()),
        ],
    )
    def test_conditions_and_list_find_the_same(self, moment: Moment, wanted: Wanted) -> None:
        for days in (0, 2, 5, 12):
            for status in (Status.SAVED, Status.SUBSCRIBED):
                make_contact(status=status, incomplete=days % 2 == 0, member_since=NOW - timedelta(days=days))
        tree = wanted.as_tree()
        assert tree is not None
        meant = audience.relation(tree, now=moment.now, zone=moment.zone)
        assert {row[0] for row in sql.rows(meant)} == {row[0] for row in sql.rows(found(wanted, moment))}

    def test_a_status_asked_for_is_not_narrowed(self, workspace: Any) -> None:
        tree = audience.parse({"field": "status", "op": "is", "value": ["saved", "subscribed"]})
        assert Wanted(tree=tree).as_tree() == tree

    def test_words_are_said_by_no_condition(self) -> None:
        assert Wanted(words="lan").as_tree() is None


class TestPortrait:
    def test_of_nobody_is_all_zero(self, workspace: Any) -> None:
        nobody = queries.portrait(these(), today=NOW.date())
        assert (nobody.people, nobody.orders, nobody.spent) == (0, 0, Decimal(0))
        assert nobody.average_order is None
        assert nobody.reach == {Channel.EMAIL: 0, Channel.SMS: 0, Channel.ZALO: 0}

    def test_counts_each_person_once_in_each_kind(self, workspace: Any) -> None:
        today = NOW.date()
        people = [
            make_contact(gender=Gender.FEMALE, birth_on=today.replace(year=today.year - 18), province="48"),
            make_contact(birth_on=today.replace(year=today.year - 18) + timedelta(days=1), province="48"),
            make_contact(orders_count=3, spent=90_000, last_order_at=NOW),
            make_contact(deleted_at=NOW, orders_count=9, spent=9),
        ]
        seen = queries.portrait(these(*people), today=today)
        assert (seen.people, seen.orders, seen.buyers) == (3, 3, 1)
        assert seen.average_order == 30_000
        assert seen.genders == {Gender.FEMALE: 1, Gender.UNKNOWN: 2}
        assert seen.bands == {0: 1, 1: 1, None: 1}  # eighteen today, eighteen tomorrow, nobody knows
        assert seen.provinces == {"48": 2, "": 1}
        assert seen.last_order_at == NOW

    def test_reach_leaves_out_withdrawn_and_saved(self, workspace: Any) -> None:
        people = [
            make_contact(consent_sms=Consent.GRANTED, consent_zalo=Consent.WITHDRAWN),
            make_contact(consent_sms=Consent.GRANTED, status=Status.SAVED),
            make_contact(consent_sms=Consent.BLOCKED),
        ]
        seen = queries.reach(these(*people))
        assert (seen.people, seen.channels[Channel.SMS], seen.channels[Channel.ZALO]) == (3, 1, 0)
