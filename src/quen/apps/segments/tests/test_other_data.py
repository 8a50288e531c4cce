"""Conditions on data of other apps: segments follow as soon as the app announces the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.segments import services
from quen.apps.segments.models import Segment
from quen.apps.segments.tests.factories import make_segment, member_ids
from quen.apps.segments.types import MembershipChange

LATER = NOW + timedelta(minutes=5)
RICH = {"field": "points", "op": "at_least", "value": 100}


@dataclass(frozen=True, eq=False)
class Points(ConditionType):
    """Points in a wallet, kept by an app that segments know nothing about."""

    key: str = "points"
    label: Any = "Points"
    group: str = "tags_and_status"
    reads: frozenset[str] = frozenset({"tests.points"})
    operators: tuple[Operator, ...] = (
        Operator("at_least", "at least", (Argument("value", ArgumentKind.NUMBER, "Points"),)),
    )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        text = "SELECT contact_id FROM tests_wallet WHERE points >= %(points)s"
        return Clause(SqlFragment(text, {"points": condition["value"]}), selects=True, unique=True)

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        return format_sentence("with **%(value)s** points", value=condition["value"])


@pytest.fixture(autouse=True)
def _wallets(workspace: Any) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tests_wallet (contact_id bigint PRIMARY KEY, points int NOT NULL)")
    registry.register_condition_types([Points()])
    yield
    registry.unregister_condition_type("field", "points")


def give(contact_id: int, points: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tests_wallet VALUES (%s, %s) ON CONFLICT (contact_id) DO UPDATE SET points = %s",
            [contact_id, points, points],
        )
    events.notify_changed(contacts.relation_of_ids([contact_id]), fields=["tests.points"], at=LATER)


def flushed(segment: Segment) -> set[int]:
    services.flush(now=LATER)
    found = member_ids(segment)
    assert services.recompute_segment(segment, now=LATER) == MembershipChange(0, 0)
    return found


class TestNames:
    def test_are_stored_in_full(self) -> None:
        assert make_segment("Giàu điểm", RICH).dependencies["fields"] == ["tests.points"]

    def test_the_segment_follows_announced_changes(self) -> None:
        lan, mai = make_contact(), make_contact()
        segment = make_segment("Giàu điểm", RICH)
        give(lan.pk, 120)
        give(mai.pk, 20)
        assert flushed(segment) == {lan.pk}
        give(lan.pk, 99)
        give(mai.pk, 100)
        assert flushed(segment) == {mai.pk}

    def test_a_segment_that_refers_to_it_follows_too(self) -> None:
        lan = make_contact()
        inner = make_segment("Giàu điểm", RICH)
        outer = make_segment("Ngoài", {"field": "segment", "op": "in", "value": [inner.pk]})
        give(lan.pk, 120)
        assert flushed(outer) == {lan.pk}

    def test_other_data_does_not_concern_it(self) -> None:
        lan = make_contact()
        segment = make_segment("Giàu điểm", RICH)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO tests_wallet VALUES (%s, 500)", [lan.pk])
        events.notify_changed(contacts.relation_of_ids([lan.pk]), fields=["tests.level", "points"], at=LATER)
        services.flush(now=LATER)
        assert member_ids(segment) == set()
