"""Finding contacts who may be one person: only what changed is compared, under keys that few contacts share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from psycopg.types.json import Jsonb

from quen.apps.contacts import queries as contacts
from quen.apps.duplicates.models import ChangedContact, DuplicatePair, DuplicateScan, MatchKey
from quen.apps.duplicates.rules.judging import DOMAINS, judge
from quen.apps.duplicates.types import PairState, PairVerdict, Person
from quen.core import pauses, sql
from quen.core.facts import load
from quen.core.locks import AdvisoryLock
from quen.core.names import FAMILY_NAMES
from quen.core.sql import Relation

_SCANNING = AdvisoryLock("duplicates.scanning")
#: contacts of one transaction
BATCH_SIZE = 5_000
#: contacts under one key above which it says nothing: the number of a shop, the address of a market
MOST_UNDER_A_KEY = 30
_CONVERTED: Final = {
    entry["old"][1:]: entry["new"][1:] for entry in load("phone_prefixes")["conversion_2018"]["map"]
}
#: words of names that tell nobody apart
_COMMON: Final = sorted(FAMILY_NAMES | {"thi", "van"})


def scan(*, clock: Callable[[], datetime], batch_size: int = BATCH_SIZE) -> int:
    """Compare contacts that changed since the last scan with all others, and return how many changed.

    What is done is taken off the list with each batch, so that a scan that is interrupted goes on where it was. A
    second scan at the same time returns 0.
    """
    with _SCANNING.session() as alone:
        if not alone:
            return 0
        _begin(clock())
        while _write_keys(batch_size):
            pauses.give_way()
        compared = 0
        while done := _compare(batch_size, clock()):
            compared += done
            pauses.give_way()
        DuplicateScan.objects.filter(pk=1).update(finished_at=clock())
        return compared


def is_due() -> bool:
    """Return whether a contact is still to be compared, or all of them."""
    return (
        ChangedContact.objects.exists()
        or not DuplicateScan.objects.filter(finished_at__isnull=False).exists()
    )


def note_changed(changed: Relation, *, now: datetime) -> None:
    """Put contacts on the list of those to compare. changed: contact_id, NULL where any contact may have changed."""
    if sql.rows(sql.compose("SELECT 1 FROM {changed} c WHERE contact_id IS NULL LIMIT 1", changed=changed)):
        changed = contacts.all_contact_ids()
    sql.execute(
        sql.compose(
            "INSERT INTO duplicates_changedcontact (contact_id, keyed)"
            " SELECT DISTINCT contact_id, false FROM {changed} c WHERE contact_id IS NOT NULL"
            " ON CONFLICT (contact_id) DO UPDATE SET keyed = false",
            changed=changed,
        )
    )


def forget(gone: Relation, now: datetime) -> None:
    """Delete everything about contacts who are deleted or erased. gone: contact_id."""
    for table, column in (
        ("duplicates_matchkey", "contact_id"),
        ("duplicates_changedcontact", "contact_id"),
        ("duplicates_duplicatepair", "first_contact_id"),
        ("duplicates_duplicatepair", "second_contact_id"),
    ):
        sql.execute(
            sql.compose(
                f"DELETE FROM {table} WHERE {column} IN (SELECT contact_id FROM {{gone}} g)", gone=gone
            )
        )


def _begin(now: datetime) -> None:
    """The first scan of a workspace compares everybody."""
    with transaction.atomic():
        _scan, first = DuplicateScan.objects.get_or_create(pk=1, defaults={"started_at": now})
        if first:
            note_changed(contacts.all_contact_ids(), now=now)


@transaction.atomic
def _write_keys(batch_size: int) -> int:
    waiting = ChangedContact.objects.select_for_update().filter(keyed=False).order_by("contact_id")
    ids = list(waiting.values_list("contact_id", flat=True)[:batch_size])
    if not ids:
        return 0
    MatchKey.objects.filter(contact_id__in=ids).delete()
    people = contacts.people_to_compare(contacts.relation_of_ids(ids))
    statement = sql.compose(
        sql.text("duplicates/write_keys"),
        people=people,
        converted=Jsonb(_CONVERTED),
        domains=Jsonb(dict(DOMAINS)),
        common=_COMMON,
    )
    sql.execute(statement)
    return ChangedContact.objects.filter(contact_id__in=ids).update(keyed=True)


@transaction.atomic
def _compare(batch_size: int, now: datetime) -> int:
    waiting = ChangedContact.objects.select_for_update().filter(keyed=True).order_by("contact_id")
    ids = list(waiting.values_list("contact_id", flat=True)[:batch_size])
    if not ids:
        return 0
    candidates = sql.rows(
        Relation(sql.text("duplicates/candidates"), {"ids": sql.array(ids), "most": MOST_UNDER_A_KEY})
    )
    people = _people({pk for pair in candidates for pk in pair})
    found = {
        (first, second): verdict
        for first, second in candidates
        if first in people and second in people and (verdict := judge(people[first], people[second]))
    }
    _write_pairs(ids, found, people, now)
    ChangedContact.objects.filter(contact_id__in=ids).delete()
    return len(ids)


def _people(ids: Iterable[int]) -> dict[int, Person]:
    wanted = sorted(ids)
    rows = sql.rows(contacts.people_to_compare(contacts.relation_of_ids(wanted))) if wanted else []
    return {person.id: person for person in map(_person, rows)}


def _person(row: Sequence[Any]) -> Person:
    values = dict(zip(contacts.COMPARED_COLUMNS, row, strict=True))
    return Person(
        id=values["contact_id"],
        full_name=values["full_name"],
        gender=values["gender"],
        salutation=values["salutation"],
        birth_on=values["birth_on"],
        birth_is_lunar=values["birth_is_lunar"],
        province=values["province"],
        address=values["address"],
        phones=frozenset(map(_current, values["phones"])),
        emails=frozenset(each.lower() for each in values["emails"]),
    )


def _current(phone: str) -> str:
    """Return a number with the prefix that it has since 2018."""
    if len(phone) == len("+841682345678") and phone.startswith("+841"):
        return f"+84{_CONVERTED.get(phone[3:6], phone[3:6])}{phone[6:]}"
    return phone


def _write_pairs(
    ids: Sequence[int],
    found: Mapping[tuple[int, int], PairVerdict],
    people: Mapping[int, Person],
    now: datetime,
) -> None:
    """Write what was found about some contacts; what is no longer true of them goes.

    That two contacts are different people holds until an identifier of either changes.
    """
    known = {
        (pair.first_contact_id, pair.second_contact_id): pair
        for pair in DuplicatePair.objects.filter(first_contact_id__in=ids)
        | DuplicatePair.objects.filter(second_contact_id__in=ids)
    }
    stale = [pair.pk for key, pair in known.items() if key not in found and pair.state == PairState.OPEN]
    DuplicatePair.objects.filter(pk__in=stale).delete()
    new, changed = [], []
    for (first, second), verdict in found.items():
        digest = _digest(people[first], people[second])
        pair = known.get((first, second))
        values = {"kind": verdict.kind, "signs": int(verdict.signs), "score": verdict.score}
        if pair is None:
            pair = DuplicatePair(first_contact_id=first, second_contact_id=second, found_at=now)
            new.append(pair)
        elif digest != pair.identifiers or any(getattr(pair, key) != value for key, value in values.items()):
            changed.append(pair)
            if digest != pair.identifiers and pair.state == PairState.DIFFERENT:
                pair.state, pair.decided_at, pair.found_at = PairState.OPEN, None, now
        for key, value in (values | {"identifiers": digest}).items():
            setattr(pair, key, value)
    DuplicatePair.objects.bulk_create(new, batch_size=2_000)
    DuplicatePair.objects.bulk_update(
        changed,
        ["kind", "signs", "score", "identifiers", "state", "decided_at", "found_at"],
        batch_size=500,
    )


def _digest(mine: Person, other: Person) -> int:
    """Return a number that changes when a phone or an email of either person does."""
    text = repr([(person.id, sorted(person.phones), sorted(person.emails)) for person in (mine, other)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
