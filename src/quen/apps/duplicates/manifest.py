"""What the duplicates app declares: the desk, its place in the sidebar, and what follows when contacts change."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.duplicates import queries, services
from quen.apps.events import registry as events
from quen.apps.events.types import Consumer
from quen.apps.manifest import Manifest
from quen.core import sql
from quen.core.sql import Relation
from quen.ui.nav import NavEntry

#: what contacts are compared by; other changes of a contact are no reason to compare it again
_COMPARED_TEXT = (
    "full_name family_name middle_name given_name salutation gender birth_on phone email province address_line"
    " other_phones other_emails"
)
_COMPARED = _COMPARED_TEXT.split()
#: the badge in the sidebar counts no further
_MOST_COUNTED = 999


def _note(batch: Relation, /, *, now: datetime) -> None:
    """Put contacts that changed in what they are compared by on the list of the next comparison."""
    changed = sql.compose(
        "SELECT contact_id FROM {batch} b WHERE kind <> %(changed)s OR data IS NULL OR NOT data ? 'fields'"
        " OR data -> 'fields' = '[]' OR data -> 'fields' ?| %(compared)s::text[]",
        batch=batch,
        changed=events.get("contact_changed").code,
        compared=_COMPARED,
    )
    services.note_changed(Relation(changed.text, changed.params, ("contact_id",)), now=now)


def _pairs_to_decide(_request: HttpRequest) -> int:
    return queries.pairs_to_decide().order_by()[:_MOST_COUNTED].count()


MANIFEST = Manifest(
    pages="duplicates/",
    manual_page="customers",
    navigation=(
        NavEntry(
            key="duplicates",
            label=_("Duplicates"),
            icon="merge",
            url_name="duplicates:desk",
            group="customers",
            order=50,
            right=ContactRight.VIEW,
            active_for=("duplicates:",),
            count=_pairs_to_decide,
        ),
    ),
    event_codes=range(1100, 1200),
    contact_panels=(
        contacts.ContactPanel(
            "duplicates",
            title=_("Duplicates"),
            order=90,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("duplicates:contact_panel", args=[contact_id]),
            slot="profile",
        ),
    ),
    consumers=(
        Consumer(
            "duplicates",
            _note,
            ("contact_created", "contact_changed", "contact_imported"),
            drain_after_seconds=30,
        ),
    ),
)


def register() -> None:
    """Register what happens here when contacts are deleted, restored, erased, merged and parted again."""
    contacts.on_delete("duplicates", services.forget)
    contacts.on_erase("duplicates", services.forget)
    contacts.on_restore("duplicates", _restored)
    contacts.on_merge(
        "duplicates",
        _merged,
        _parted,
        columns=dict.fromkeys(
            (
                "duplicates_duplicatepair.first_contact_id",
                "duplicates_duplicatepair.second_contact_id",
                "duplicates_matchkey.contact_id",
                "duplicates_changedcontact.contact_id",
            ),
            "compared again",
        ),
    )


def _restored(restored: Relation, now: datetime) -> None:
    services.note_changed(restored, now=now)


def _merged(pairs: Relation, now: datetime) -> None:
    services.forget(_column(pairs, "merged_id"), now)
    services.note_changed(_column(pairs, "kept_id"), now=now)


def _parted(pairs: Relation, now: datetime) -> None:
    for side in ("kept_id", "merged_id"):
        services.note_changed(_column(pairs, side), now=now)


def _column(pairs: Relation, name: str) -> Relation:
    found = sql.compose(f"SELECT {name} AS contact_id FROM {{pairs}} p", pairs=pairs)
    return Relation(found.text, found.params, ("contact_id",))
