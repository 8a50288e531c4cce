"""The consent log of all contacts: what anyone agreed to or refused, newest first (CON-65)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.contacts import registry
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.rules.search import SearchTerm, read_terms
from quen.apps.contacts.types import MARKETING, Channel, Consent
from quen.core import phones

_BATCH = 2_000
_PURPOSES = {MARKETING: gettext_lazy("News and offers")}


@dataclass(frozen=True, slots=True)
class ConsentLogFilter:
    """A filter of the consent log; an empty one matches every entry. until: exclusive.

    author: part of the name of who recorded it.
    """

    query: str = ""
    channel: str = ""
    purpose: str = ""
    author: str = ""
    consent: int | None = None
    method: str = ""
    since: datetime | None = None
    until: datetime | None = None


def purposes() -> dict[str, str]:
    """Return the label of every purpose by key, in the active language; those of other apps too."""
    labels = {**_PURPOSES, **registry.purpose_labels()}
    return {key: str(label) for key, label in labels.items()}


def consent_log(log_filter: ConsentLogFilter) -> QuerySet[ConsentEntry]:
    """Return matching entries with contacts and proofs, newest first; ``id`` is the key for paging."""
    found = ConsentEntry.objects.select_related("contact", "proof").order_by("-id")
    exact = {
        "channel": log_filter.channel,
        "purpose": log_filter.purpose,
        "proof__member_name__icontains": log_filter.author,
        "proof__method": log_filter.method,
        "consent": log_filter.consent,
        "at__gte": log_filter.since,
        "at__lt": log_filter.until,
    }
    found = found.filter(**{key: value for key, value in exact.items() if value not in ("", None)})
    terms = read_terms(log_filter.query)
    if terms:
        contacts = Contact.all_objects.all()
        for term in terms:
            contacts = contacts.filter(_looked_up(term))
        found = found.filter(contact_id__in=contacts.values("pk"))
    return found


def _looked_up(term: SearchTerm) -> Q:
    """Return the condition that a word, a phone or an email of a contact, even a deleted one, has a term."""
    found = Q(search__contains=f" {term.word}") | Q(search__contains=f" ={term.word}")
    for column, parts in (("phone", term.phones), ("email", (term.email,) if term.email else ())):
        for part in parts:
            found |= Q(**{f"{column}__{'contains' if part.anywhere else 'startswith'}": part.text})
    return found


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """Where in a file an answer stands. column: its heading, or "" when the author gave the answer for all rows.

    row: None in entries made before rows were kept.  confirmed_by: who confirmed that the customers agreed themselves.
    """

    file: str
    column: str
    row: int | None
    confirmed_by: str

    def __str__(self) -> str:
        parts = [_("file %(name)s") % {"name": self.file}]
        if self.column:
            parts.append(_("column “%(heading)s”") % {"heading": self.column})
        if self.row is not None:
            parts.append(_("row %(number)s") % {"number": self.row})
        if self.confirmed_by:
            parts.append(_("confirmed by %(name)s") % {"name": self.confirmed_by})
        return ", ".join(parts)


def file_origin(entry: ConsentEntry) -> FileOrigin | None:
    """Return where in a file an entry's answer stands, None when it comes from no file (CON-65, R-18)."""
    data = entry.proof.data
    if "file" not in data:
        return None
    headings = data.get("headings") or {}
    column = headings.get(str(entry.file_column), "") if entry.file_column is not None else ""
    if not column and entry.file_row is None:  # made before rows were kept
        column = ", ".join((data.get("columns") or {}).values())
    confirmed = bool(data.get("confirmed")) and entry.consent == Consent.GRANTED
    return FileOrigin(data["file"], column, entry.file_row, entry.proof.member_name if confirmed else "")


def channel_label(entry: ConsentEntry) -> str:
    """Return the name of the channel of an answer, "" for a purpose that is about no channel."""
    return str(Channel(entry.channel).label) if entry.channel else ""


def ground_of(entry: ConsentEntry) -> str:
    """Return the ground an author stated; a column of a file is a ground of its own."""
    return entry.proof.ground if entry.file_column is None else ""


def answer_time(entry: ConsentEntry) -> datetime | None:
    """Return when the person answered, where that is known."""
    if entry.file_column is not None:
        return entry.answered_at
    return entry.proof.obtained_at


def consent_log_rows(
    log_filter: ConsentLogFilter, *, zone: ZoneInfo, method_names: dict[str, str]
) -> Iterator[Sequence[Any]]:
    """Yield the heading row, then the matching entries, read in batches. method_names: label by method."""
    yield [
        _("When"),
        _("Customer"),
        _("Phone"),
        _("Email"),
        _("Channel"),
        _("Purpose"),
        _("Answer"),
        _("Method"),
        _("Proof"),
        _("Wording"),
        _("Obtained on"),
        _("Recorded by"),
        _("File"),
        _("Column"),
        _("Row"),
    ]
    lines, last, labels = consent_log(log_filter), None, purposes()
    while batch := list((lines.filter(id__lt=last) if last else lines)[:_BATCH]):
        for line in batch:
            yield _export_row(line, zone, method_names, labels)
        last = batch[-1].pk


def _export_row(
    line: ConsentEntry, zone: ZoneInfo, method_names: dict[str, str], purpose_labels: dict[str, str]
) -> list[Any]:
    proof, contact = line.proof, line.contact
    answered_at = answer_time(line)
    origin = file_origin(line)
    return [
        f"{line.at.astimezone(zone):%d/%m/%Y %H:%M}",
        contact.full_name,
        phones.display(contact.phone) if contact.phone else "",
        contact.email or "",
        channel_label(line),
        purpose_labels.get(line.purpose, line.purpose),
        str(Consent(line.consent).label),
        method_names.get(proof.method, proof.method),
        ground_of(line),
        proof.wording,
        f"{answered_at.astimezone(zone):%d/%m/%Y}" if answered_at else "",
        proof.member_name,
        *((origin.file, origin.column, origin.row) if origin else ("", "", "")),
    ]
