"""The consent log of all contacts: what anyone agreed to or refused, newest first (CON-65)."""

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
class ConsentLogFilter:
    """A filter of the consent log; an empty one matches every entry. until: exclusive."""

    query: str = ""
    channel: str = ""
    consent: int | None = None
    method: str = ""
    since: datetime | None = None
    until: datetime | None = None


def consent_log(log_filter: ConsentLogFilter) -> QuerySet[ConsentEntry]:
    """Return matching entries with contacts and proofs, newest first; ``id`` is the key for paging."""
    found = ConsentEntry.objects.select_related("contact", "proof").order_by("-id")
    exact = {
        "channel": log_filter.channel,
        "proof__method": log_filter.method,
        "consent": log_filter.consent,
        "at__gte": log_filter.since,
        "at__lt": log_filter.until,
    }
    found = found.filter(**{key: value for key, value in exact.items() if value not in ("", None)})
    terms = text.search_terms(log_filter.query)
    if terms:
        contacts = Contact.all_objects.all()
        for term in terms:
            contacts = contacts.filter(search__contains=f" {term}")
        found = found.filter(contact_id__in=contacts.values("pk"))
    return found


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
    ]
    lines, last = consent_log(log_filter), None
    while batch := list((lines.filter(id__lt=last) if last else lines)[:_BATCH]):
        for line in batch:
            yield _export_row(line, zone, method_names)
        last = batch[-1].pk


def _export_row(line: ConsentEntry, zone: ZoneInfo, method_names: dict[str, str]) -> list[Any]:
    proof, contact = line.proof, line.contact
    obtained = f"{proof.obtained_at.astimezone(zone):%d/%m/%Y}" if proof.obtained_at else ""
    return [
        f"{line.at.astimezone(zone):%d/%m/%Y %H:%M}",
        contact.full_name,
        phones.display(contact.phone) if contact.phone else "",
        contact.email or "",
        str(Channel(line.channel).label),
        line.purpose,
        str(Consent(line.consent).label),
        method_names.get(proof.method, proof.method),
        proof.ground,
        proof.wording,
        obtained,
        proof.member_name,
    ]
