"""Groups for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import NOW

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import BulkOutcome
from quen.apps.groups import queries, services
from quen.apps.groups.models import ContactGroup
from quen.core import sql
from quen.core.actors import SYSTEM


def make_group(name: str = "VIP", *members: Contact, now: datetime = NOW, **changes: Any) -> ContactGroup:
    """Create a group with members who join at ``now``."""
    group = services.create_group(name=name, actor=SYSTEM, now=now, **changes)
    if members:
        join(group, *members, now=now)
    return group


def join(group: ContactGroup, *members: Contact, now: datetime = NOW) -> BulkOutcome:
    """Put contacts into a group."""
    relation = contacts.relation_of_ids([member.pk for member in members])
    outcome = services.add_members(groups=[group], contacts=relation, actor=SYSTEM, now=now)
    assert isinstance(outcome, BulkOutcome)
    return outcome


def members_of(group: ContactGroup) -> set[int]:
    """Return the ids of a group's members."""
    return {pk for (pk,) in sql.rows(queries.members(group.pk))}
