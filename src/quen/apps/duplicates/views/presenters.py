"""The pairs of the desk, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from quen.apps.contacts import queries as contacts
from quen.apps.duplicates.models import DuplicatePair
from quen.apps.duplicates.services.decisions import order
from quen.apps.duplicates.types import Sign

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two contacts may be one. icon: whether it is the same, or nearly."""

    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair in the list."""

    id: int
    kept: Contact
    merged: Contact
    why: str


def pair_lines(pairs: Sequence[DuplicatePair]) -> list[PairLine]:
    """Return pairs as lines of the list; one of which a contact is gone is left out."""
    ids = {pk for pair in pairs for pk in (pair.first_contact_id, pair.second_contact_id)}
    found = contacts.contacts().defer("search", "note").in_bulk(list(ids))
    lines = []
    for pair in pairs:
        one, two = found.get(pair.first_contact_id), found.get(pair.second_contact_id)
        if one is not None and two is not None:
            kept, merged = order(one, two)
            first_reason, *others = (reason.text for reason in reasons(Sign(pair.signs)))
            why = ", ".join([first_reason, *(text[:1].lower() + text[1:] for text in others)])
            lines.append(PairLine(pair.pk, kept, merged, why))
    return lines


def reasons(signs: Sign) -> list[Reason]:
    """Return what two contacts have in common, most telling first."""
    texts: Mapping[Sign, tuple[str, str]] = {
        Sign.PHONE: (_("Same phone number"), "equal"),
        Sign.EMAIL: (_("Same email"), "equal"),
        Sign.EMAIL_NEAR: (_("Email typed differently"), "equal-approximately"),
        Sign.PHONE_NEAR: (_("Phone number one digit apart"), "equal-approximately"),
        Sign.BIRTHDAY: (_("Same date of birth"), "equal"),
        Sign.ADDRESS: (_("Same address"), "equal"),
        Sign.NAME: (_("Same name"), "equal"),
        Sign.NAME_NEAR: (_("Similar name"), "equal-approximately"),
    }
    return [Reason(*text) for sign, text in texts.items() if signs & sign]


def source_text(contact: Contact) -> str:
    """Return where a contact came from; empty where nobody knows."""
    return contact.first_source.name if contact.first_source else ""


def chosen(posted: Mapping[str, Any], comparison: contacts.MergeComparison) -> dict[str, str]:
    """Return what a form chose, by field. Of what both may keep, the ticks that are left."""
    choices = {}
    for value in comparison.open:
        if posted.get(value.key) in ("kept", "merged"):
            choices[value.key] = posted[value.key]
    for value in comparison.shared:
        if value.is_open:
            ticked = [side for side in ("kept", "merged") if f"{value.key}_{side}" in posted]
            if len(ticked) == 1:
                choices[value.key] = ticked[0]
    return choices
