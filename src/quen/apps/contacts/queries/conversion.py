"""What another format would do to the values of a custom field, read a batch at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.conversion import convert_value
from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.types import FormatCheck, Misfit
from quen.core import sql
from quen.core.sql import Relation

_MAX_EXAMPLES = 5
#: different values that are counted apart; a field with more has no examples worth counting
_MAX_COUNTED = 10_000


def check_format(field: Field, format_: str, options: FieldOptions) -> FormatCheck:
    """Return how many values fit another format, and examples of those that don't with their numbers."""
    fitting, several = 0, False
    fits: dict[str, bool] = {}
    misfits, before_after = Counter[str](), dict[str, str]()
    for batch in _values(field, after=0):
        for _contact, stored in batch:
            known = fits.get(stored)
            if known is None:
                value = json.loads(stored)
                known, code, converted = _fits(field, value, format_, options)
                several = several or code == "several"
                if len(fits) < _MAX_COUNTED:
                    fits[stored] = known
                if known and converted != value and len(before_after) < _MAX_EXAMPLES:
                    before_after[shown(field, value)] = _plain(converted, options)
            if known:
                fitting += 1
            else:
                misfits[stored if stored in misfits or len(misfits) < _MAX_COUNTED else ""] += 1
    examples = [
        (shown(field, json.loads(stored)), count)
        for stored, count in misfits.most_common(_MAX_EXAMPLES + 1)
        if stored
    ]
    return FormatCheck(
        values=fitting + misfits.total(),
        misfits=misfits.total(),
        examples=examples[:_MAX_EXAMPLES],
        conversions=list(before_after.items()),
        several=several,
    )


def misfits(
    field: Field, format_: str, options: FieldOptions, *, after: int, size: int
) -> tuple[list[Misfit], int]:
    """Return the next contacts whose value does not fit another format, and where the following ones begin, or 0."""
    found: list[tuple[int, Any]] = []
    for batch in _values(field, after=after):
        for contact_id, stored in batch:
            value = json.loads(stored)
            if not _fits(field, value, format_, options)[0]:
                found.append((contact_id, value))
                if len(found) > size:
                    break
        if len(found) > size:
            break
    shown_now = found[:size]
    contacts = Contact.all_objects.in_bulk([pk for pk, _value in shown_now])
    rows = [Misfit(contacts[pk], shown(field, value)) for pk, value in shown_now if pk in contacts]
    return rows, shown_now[-1][0] if len(found) > size else 0


def suggested_options(field: Field, *, limit: int = 50) -> list[str]:
    """Return the different values of a field, the most frequent first; none if there are more than limit."""
    key = str(field.pk)
    rows = sql.rows(
        Relation(
            "SELECT attrs ->> %(key)s, count(*) FROM contacts_contact WHERE attrs ? %(key)s"
            " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s",
            {"key": key, "limit": limit + 1},
        )
    )
    return [value for value, _count in rows] if len(rows) <= limit else []


def shown(field: Field, value: Any) -> str:
    """Return a stored value as text for an example."""
    words = field.in_words(value)
    return ", ".join(map(str, words)) if isinstance(words, list) else str(words)


def _plain(value: Any, options: FieldOptions) -> str:
    words = options.in_words(value) if isinstance(value, str | list) else value
    return ", ".join(map(str, words)) if isinstance(words, list) else str(words)


def _fits(field: Field, value: Any, format_: str, options: FieldOptions) -> tuple[bool, str, Any]:
    try:
        return True, "", convert_value(field, value, format_, options)
    except ValueError as refusal:
        return False, getattr(refusal, "code", "syntax"), None


def _values(field: Field, *, after: int) -> Iterator[list[tuple[int, str]]]:
    """Yield pairs of contact id and value as JSON text, deleted contacts included, in order."""
    last = after
    while True:
        rows = sql.rows(
            Relation(
                "SELECT id, (attrs -> %(key)s)::text FROM contacts_contact"
                " WHERE attrs ? %(key)s AND id > %(last)s ORDER BY id LIMIT %(size)s",
                {"key": str(field.pk), "last": last, "size": settings.BULK_BATCH_CONTACTS},
            )
        )
        if not rows:
            return
        yield rows
        last = rows[-1][0]
