"""The consent ledger over all people: what anybody agreed to or refused, newest first (CON-65)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.types import Channel, Consent
from quen.core import phones, text

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class LedgerWanted:
    """Which lines are asked for; empty asks for all. until: excluded."""

    words: str = ""
    channel: str = ""
    consent: int | None = None
    way: str = ""
    since: datetime | None = None
    until: datetime | None = None


def ledger(wanted: LedgerWanted) -> QuerySet[ConsentEntry]:
    """Give the lines of the ledger with people and proofs, newest first; ``id`` is the place in it."""
    found = ConsentEntry.objects.select_related("contact", "proof").order_by("-id")
    exact = {
        "channel": wanted.channel,
        "proof__way": wanted.way,
        "consent": wanted.consent,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    found = found.filter(**{key: value for key, value in exact.items() if value not in ("", None)})
    terms = text.search_terms(wanted.words)
    if terms:
        people = Contact.everyone.all()
        for term in terms:
            people = people.filter(search__contains=f" {term}")
        found = found.filter(contact_id__in=people.values("pk"))
    return found


def ledger_rows(wanted: LedgerWanted, *, zone: ZoneInfo, ways: dict[str, str]) -> Iterator[Sequence[Any]]:
    """Give the heading row, then the lines, read in batches. ways: the names of the ways."""
    yield [
        _("When"),
        _("Customer"),
        _("Phone"),
        _("Email"),
        _("Channel"),
        _("Purpose"),
        _("Answer"),
        _("Way"),
        _("Ground"),
        _("Wording"),
        _("Obtained on"),
        _("Recorded by"),
    ]
    lines, last = ledger(wanted), None
    while batch := list((lines.filter(id__lt=last) if last else lines)[:_BATCH]):
        for line in batch:
            yield _written(line, zone, ways)
        last = batch[-1].pk


def _written(line: ConsentEntry, zone: ZoneInfo, ways: dict[str, str]) -> list[Any]:
    proof, person = line.proof, line.contact
    obtained = f"{proof.obtained_at.astimezone(zone):%d/%m/%Y}" if proof.obtained_at else ""
    return [
        f"{line.at.astimezone(zone):%d/%m/%Y %H:%M}",
        person.full_name,
        phones.display(person.phone) if person.phone else "",
        person.email or "",
        str(Channel(line.channel).label),
        line.purpose,
        str(Consent(line.consent).label),
        ways.get(proof.way, proof.way),
        proof.ground,
        proof.wording,
        obtained,
        proof.member_name,
    ]
