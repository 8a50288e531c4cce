"""The list's filter as conditions, and the demographics that other apps show."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.audience import queries as audience
from quen.apps.audience.types import EvaluationContext
from quen.apps.contacts import queries
from quen.apps.contacts.list.filters import ContactFilter, ContactList
from quen.apps.contacts.tests.factories import contacts_relation, make_contact
from quen.apps.contacts.types import Channel, Consent, Gender, Status
from quen.core import sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def context(workspace: Any) -> EvaluationContext:
    return EvaluationContext(NOW, workspace.zone)


class TestFilterAsConditions:
    """The conditions that other apps receive match the same contacts as the list."""

    @pytest.mark.parametrize(
        "contact_filter",
        [
            ContactFilter(),
            ContactFilter(saved=True),
            ContactFilter(incomplete=True),
            ContactFilter(since=NOW.date() - timedelta(days=3)),
            ContactFilter(since=NOW.date() - timedelta(days=9), until=NOW.date() - timedelta(days=1)),
            ContactFilter(tree=audience.all_contacts(), incomplete=True, until=NOW.date()),
        ],
    )
    def test_conditions_and_list_find_the_same(
        self, context: EvaluationContext, contact_filter: ContactFilter
    ) -> None:
        for days in (0, 2, 5, 12):
            for status in (Status.SAVED, Status.SUBSCRIBED):
                make_contact(status=status, incomplete=days % 2 == 0, member_since=NOW - timedelta(days=days))
        tree = contact_filter.to_tree()
        assert tree is not None
        meant = audience.relation(tree, now=context.now, zone=context.zone)
        assert {row[0] for row in sql.rows(meant)} == {
            row[0] for row in sql.rows(ContactList(contact_filter, context).contacts())
        }

    def test_a_status_asked_for_is_not_narrowed(self, workspace: Any) -> None:
        tree = audience.parse({"field": "status", "op": "is", "value": ["saved", "subscribed"]})
        assert ContactFilter(tree=tree).to_tree() == tree

    def test_a_search_text_is_no_condition(self) -> None:
        assert ContactFilter(query="lan").to_tree() is None


class TestDemographics:
    def test_of_nobody_is_all_zero(self, workspace: Any) -> None:
        nobody = queries.demographics(contacts_relation(), today=NOW.date())
        assert (nobody.contacts, nobody.orders, nobody.spent) == (0, 0, Decimal(0))
        assert nobody.average_order is None
        assert nobody.reach == {Channel.EMAIL: 0, Channel.SMS: 0, Channel.ZALO: 0}

    def test_counts_each_contact_once_in_each_kind(self, workspace: Any) -> None:
        today = NOW.date()
        contacts = [
            make_contact(gender=Gender.FEMALE, birth_on=today.replace(year=today.year - 18), province="48"),
            make_contact(birth_on=today.replace(year=today.year - 18) + timedelta(days=1), province="48"),
            make_contact(orders_count=3, spent=90_000, last_order_at=NOW),
            make_contact(deleted_at=NOW, orders_count=9, spent=9),
        ]
        seen = queries.demographics(contacts_relation(*contacts), today=today)
        assert (seen.contacts, seen.orders, seen.buyers) == (3, 3, 1)
        assert seen.average_order == 30_000
        assert seen.genders == {Gender.FEMALE: 1, Gender.UNKNOWN: 2}
        assert seen.age_bands == {0: 1, 1: 1, None: 1}  # eighteen today, eighteen tomorrow, unknown
        assert seen.provinces == {"48": 2, "": 1}
        assert seen.last_order_at == NOW

    def test_reach_leaves_out_withdrawn_and_saved(self, workspace: Any) -> None:
        contacts = [
            make_contact(consent_sms=Consent.GRANTED, consent_zalo=Consent.WITHDRAWN),
            make_contact(consent_sms=Consent.GRANTED, status=Status.SAVED),
            make_contact(consent_sms=Consent.BLOCKED),
        ]
        seen = queries.channel_reach(contacts_relation(*contacts))
        assert (seen.contacts, seen.channels[Channel.SMS], seen.channels[Channel.ZALO]) == (3, 1, 0)
