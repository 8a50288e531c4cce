"""Factories of contacts, tags and fields: simple and valid by default."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, Field, Source, Tag
from quen.apps.contacts.types import ConsentProof, FieldFormat, Status
from quen.apps.events import queries as events
from quen.apps.events import registry as event_kinds
from quen.apps.import_export.registry import export_kind
from quen.apps.import_export.services import export_at_once
from quen.core import sql
from quen.core.actors import SYSTEM
from quen.core.sql import Relation
from quen.core.table_files import TableFormat

_numbers = count(1)

GROUND = ConsentProof(ground="Phiếu thành viên tại quầy", obtained_at=NOW - timedelta(days=1), method="paper")


def make_contact(**changes: Any) -> Contact:
    """Return a contact written past the services: any column may be set; ``tags`` takes names."""
    number = next(_numbers)
    tags = changes.pop("tags", ())
    columns: dict[str, Any] = {
        "full_name": f"Nguyễn Thị Mẫu {number}",
        "phone": f"+8490{number:07d}",
        "status": Status.NON_SUBSCRIBED,
        "member_since": NOW,
        "last_activity_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    contact = Contact.all_objects.create(**columns | changes)
    if tags:
        services.add_tags(contact=contact, names=tags, actor=SYSTEM, now=NOW)
    return contact


def exported(*contacts: Contact) -> list[dict[str, str]]:
    """Return the CSV export of contacts, of all without any, as one dictionary per row by heading."""
    chosen = contacts_relation(*contacts) if contacts else queries.relation_of(queries.contacts())
    rows = sql.compose("SELECT contact_id AS row_id FROM {chosen} p", chosen=chosen)
    _writer, chunks = export_at_once(export_kind("contacts"), rows, TableFormat.CSV)
    return list(csv.DictReader(io.StringIO(b"".join(chunks).decode("utf-8-sig"))))


def make_contacts(how_many: int) -> list[Contact]:
    """Return several contacts."""
    return [make_contact() for _ in range(how_many)]


def make_tag(name: str = "VIP") -> Tag:
    """Return a tag."""
    return queries.get_tag(services.ensure_tags([name])[0])


def make_field(**changes: Any) -> Field:
    """Return a custom field."""
    given: dict[str, Any] = {"name": "Tuổi", "format": FieldFormat.NUMBER, "actor": SYSTEM, "now": NOW}
    return services.create_field(**given | changes)


def make_source(**changes: Any) -> Source:
    """Return a source."""
    given: dict[str, Any] = {"code": "page", "name": "Trang Facebook"}
    return services.ensure_source(**given | changes)


def kinds_on_timeline(contact: Contact) -> list[str]:
    """Return the kinds of a contact's events, newest first."""
    kinds = [event_kinds.by_code(event.kind) for event in events.timeline(contact.pk)]
    return [kind.key for kind in kinds if kind is not None]


def contacts_relation(*contacts: Contact) -> Relation:
    """Return a Relation of the given contacts."""
    return queries.relation_of_ids([contact.pk for contact in contacts])
