"""After random changes through the real services, membership equals a full recomputation and its history adds up."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count, Q
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as people
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact, Tag
from quen.apps.contacts.tests.factories import GROUND, make_field
from quen.apps.contacts.types import Status
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.apps.events.models import ConsumerQueue, Event
from quen.apps.events.types import NewEvent
from quen.apps.segments import queries, services
from quen.apps.segments.models import Segment, SegmentMember
from quen.apps.segments.tests.factories import ENTERED, LEFT, member_ids
from quen.apps.segments.types import MembershipChange
from quen.core.actors import SYSTEM
from quen.core.errors import DomainError

KINDS = ("ordered", "product_viewed", "reviewed")
SERIES = scaled(20)
PROVINCES = ("48", "01", "79")


def trees(tags: list[int]) -> dict[str, Any]:
    """Return conditions of every kind: columns, sets, windows, negations, both branches of OR."""
    return {
        "nơi": {"field": "province", "op": "is", "value": ["48"]},
        "không thẻ": {"field": "tags", "op": "none", "value": tags[:1]},
        "đủ thẻ": {"field": "tags", "op": "all", "value": tags},
        "mua nhiều": {"event": "ordered", "op": "at_least", "times": 2, "last_days": 30},
        "đúng một": {"event": "product_viewed", "op": "exactly", "times": 1},
        "chưa": {"not": {"any": [{"event": "reviewed", "op": "at_least", "times": 1, "last_days": 90}]}},
        "hoặc": {
            "any": [
                {"event": "ordered", "op": "at_most", "times": 1, "last_days": 90},
                {"field": "custom.co", "op": "at_least", "value": 40},
                {
                    "all": [
                        {"field": "tags", "op": "any", "value": tags[1:]},
                        {"field": "status", "op": "is", "value": ["subscribed"]},
                    ]
                },
            ]
        },
        "đồng ý": {"field": "consent_sms", "op": "is_not", "value": ["withdrawn", "blocked"]},
        "đã mua": {"field": "orders_count", "op": "at_least", "value": 1},
        "tất cả": {},
    }


class RandomActions:
    """Performs random actions through the services."""

    def __init__(self, pick: random.Random, an: Any) -> None:
        self.pick, self.an, self.now = pick, an, NOW
        self.tags = ["VIP", "Sỉ"]
        self.born = 0
        self.actions: list[Callable[[], object]] = [
            self.add,
            self.add,
            self.change,
            self.change,
            self.tag,
            self.tag_many,
            self.set_status,
            self.refuse,
            self.do,
            self.do,
            self.do_many,
            self.delete,
            self.restore,
            self.fill,
            self.buy,
            self.edit,
            self.drop_tag,
            self.erase,
        ]

    def run(self, actions: int) -> None:
        for _deed in range(actions):
            self.now += timedelta(seconds=1)
            try:
                self.pick.choice(self.actions)()
            except DomainError:
                continue

    def someone(self) -> Contact | None:
        found = list(Contact.objects.order_by("pk"))
        return self.pick.choice(found) if found else None

    def some(self) -> list[int]:
        found = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        return self.pick.sample(found, k=min(len(found), 4))

    def add(self) -> None:
        self.born += 1
        contacts.create_contact(
            values={
                "full_name": f"Khách {self.born}",
                "phone": f"09012{self.born:05d}",
                "province": self.pick.choice(PROVINCES),
            },
            workspace=accounts.current_workspace(),
            actor=self.an.actor,
            now=self.now,
        )

    def change(self) -> None:
        if contact := self.someone():
            contacts.update_contact(
                contact=contact,
                values={"province": self.pick.choice(PROVINCES)},
                workspace=accounts.current_workspace(),
                actor=self.an.actor,
                now=self.now,
            )

    def fill(self) -> None:
        field = people.active_fields()[0]
        if contact := self.someone():
            contacts.update_contact(
                contact=contact,
                values={f"field_{field.pk}": self.pick.choice(["38", "41", ""])},
                workspace=accounts.current_workspace(),
                actor=self.an.actor,
                now=self.now,
            )

    def tag(self) -> None:
        verb = self.pick.choice([contacts.add_tags, contacts.remove_tags])
        if contact := self.someone():
            verb(contact=contact, names=[self.pick.choice(self.tags)], actor=self.an.actor, now=self.now)

    def tag_many(self) -> None:
        named = {self.pick.choice(["add", "remove"]): [self.pick.choice(self.tags)]}
        contacts.bulk_tag(
            contacts=people.relation_of_ids(self.some()), actor=self.an.actor, now=self.now, **named
        )

    def drop_tag(self) -> None:
        if self.pick.random() < 0.1:
            contacts.create_tag(name="Tạm", actor=self.an.actor, now=self.now)
            contacts.bulk_tag(
                contacts=people.relation_of_ids(self.some()), add=["Tạm"], actor=self.an.actor, now=self.now
            )
            passing = Tag.objects.get(name="Tạm")
            other = people.find_tags([self.pick.choice(self.tags)])
            contacts.merge_tags(
                tag=passing, into=next(iter(other.values())), actor=self.an.actor, now=self.now
            )

    def set_status(self) -> None:
        status = self.pick.choice([Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.SAVED])
        contacts.bulk_set_status(
            contacts=people.relation_of_ids(self.some()),
            status=status,
            proof=GROUND,
            actor=self.an.actor,
            now=self.now,
        )

    def refuse(self) -> None:
        if contact := self.someone():
            contacts.set_consent(contact=contact, channel="sms", consent=2, actor=self.an.actor, now=self.now)

    def do(self) -> None:
        if contact := self.someone():
            past = self.pick.choice([0, 3, 40, 100])
            events.record(self.pick.choice(KINDS), contact_id=contact.pk, at=NOW - timedelta(days=past))

    def do_many(self) -> None:
        kind = self.pick.choice(KINDS)
        events.record_many([NewEvent(kind, pk, self.now) for pk in self.some()])

    def buy(self) -> None:
        self.do()
        contacts.apply_totals(event_queries.order_totals())

    def delete(self) -> None:
        contacts.delete_contacts(ids=self.some()[:1], actor=self.an.actor, now=self.now)

    def restore(self) -> None:
        gone = list(people.deleted_contacts().values_list("pk", flat=True)[:2])
        contacts.restore_contacts(ids=gone, actor=self.an.actor, now=self.now)

    def erase(self) -> None:
        if self.pick.random() < 0.3:
            contacts.erase_contacts(
                contacts=people.relation_of_ids(self.some()[:1]), actor=self.an.actor, now=self.now
            )

    def edit(self) -> None:
        """Copy the conditions of one segment without references to another."""
        plain = list(queries.segments().filter(dependencies__segments=[]))
        segment, other = self.pick.sample(plain, k=2)
        services.update_segment(
            segment=segment, name=segment.name, tree=other.tree, actor=self.an.actor, now=self.now
        )


def build_segments() -> None:
    tags = contacts.ensure_tags(["VIP", "Sỉ"])
    created = {
        name: services.create_segment(name=name, tree=tree, actor=SYSTEM, now=NOW).pk
        for name, tree in trees(tags).items()
    }
    inner = [created["nơi"], created["mua nhiều"]]
    middle = services.create_segment(
        name="trong", tree={"field": "segment", "op": "in", "value": inner}, actor=SYSTEM, now=NOW
    )
    services.create_segment(
        name="A ngoài",
        tree=[
            {"field": "segment", "op": "not_in", "value": [middle.pk]},
            {
                "any": [
                    {"field": "segment", "op": "in", "value": [created["chưa"]]},
                    {"event": "segment_left", "op": "at_least", "times": 1},
                ]
            },
        ],
        actor=SYSTEM,
        now=NOW,
    )


def histories(segment: Segment) -> dict[int, int]:
    """Return entered minus left by contact, from the recorded events."""
    records = (
        Event.objects.filter(kind__in=[ENTERED, LEFT], ref=segment.pk)
        .order_by()
        .values("contact_id")
        .annotate(came=Count("id", filter=Q(kind=ENTERED)), went=Count("id", filter=Q(kind=LEFT)))
    )
    return {row["contact_id"]: row["came"] - row["went"] for row in records}


@proof("Segments kept up to date equal a full recomputation", series_of_96_changes=SERIES)
@pytest.mark.parametrize("seed", range(SERIES))
def test_membership_equals_a_full_recomputation(workspace: Any, an: Any, seed: int) -> None:
    make_field(name="Cỡ")
    build_segments()
    shop = RandomActions(random.Random(seed), an)  # seeded, so that a failure can be reproduced
    for _round in range(8):
        shop.run(12)
        services.flush(now=shop.now)
    assert not ConsumerQueue.objects.filter(consumer=services.CONSUMER).exists()
    for segment in queries.segments():
        members = member_ids(segment)
        assert services.recompute_segment(segment, now=shop.now) == MembershipChange(0, 0), segment.name
        assert segment.size == len(members)
        sums = histories(segment)
        assert {pk for pk, sum_ in sums.items() if sum_} == members, segment.name
        assert set(sums.values()) <= {0, 1}
        assert sum(day.entered - day.left for day in segment.days.all()) == len(members)
    alive = set(Contact.objects.values_list("pk", flat=True))
    assert set(SegmentMember.objects.values_list("contact_id", flat=True)) <= alive
    assert SegmentMember.objects.exists()
