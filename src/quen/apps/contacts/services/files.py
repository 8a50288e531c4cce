"""Files of contacts: rows of the database, recognised by their own bytes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.db import transaction

from quen.apps.contacts.models import Contact, ContactFile
from quen.apps.contacts.rules.files import content_type_of, detect_kind
from quen.apps.contacts.services.consent import lock_contact
from quen.apps.contacts.types import ContactRows, EmptyContactFile, FileTooLong, TooManyFiles
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import sql
from quen.core.sql import Relation
from quen.core.text import clean

if TYPE_CHECKING:
    from quen.core.actors import Actor

FILES = ContactRows(model=ContactFile)
_NAME_CHARS = 200
_NAMELESS = "file"


@transaction.atomic
def add_file(
    *, contact: Contact, name: str, content: BinaryIO, size: int, actor: Actor, now: datetime
) -> ContactFile:
    """Store a file of a contact. name: as on the device; its ending decides nothing.

    Raises EmptyContactFile, FileTooLong, TooManyFiles. Locks the contact.
    """
    if not size:
        raise EmptyContactFile()
    if size > settings.CONTACT_FILE_MAX_BYTES:
        raise FileTooLong(limit_mb=settings.CONTACT_FILE_MAX_BYTES >> 20)
    contact = lock_contact(contact)
    if ContactFile.objects.filter(contact=contact).count() >= settings.CONTACT_FILES_MAX:
        raise TooManyFiles(limit=settings.CONTACT_FILES_MAX)
    kind = detect_kind(content, size)
    content.seek(0)
    stored = team.store_file(
        name=_clean_name(name), content=content, actor=actor, content_type=content_type_of(kind)
    )
    added = ContactFile.objects.create(
        contact=contact,
        file=stored,
        kind=kind,
        at=now,
        member_id=actor.member_id,
        member_name=actor.name[:120],
    )
    data = {"file": stored.name, "by": actor.name, "member": actor.member_id}
    events.record("file_added", contact_id=contact.pk, at=now, ref=added.pk, data=data)
    return added


@transaction.atomic
def delete_file(*, file: ContactFile, actor: Actor, now: datetime) -> None:
    """Delete a file with its content. The timeline names it no longer, and the log never does."""
    for event in event_queries.timeline(file.contact_id).filter(at=file.at, ref=file.pk):
        data = {key: value for key, value in (event.data or {}).items() if key != "file"}
        events.change_data(at=event.at, event_id=event.id, data=data)
    team.delete_files([file.file_id])
    team.audit(actor, "contacts.file_deleted", now=now, target=file.contact)


def erase_files(contacts: Relation) -> None:
    """Erase the files of the contacts of a Relation (contact_id)."""
    found = sql.compose(
        "SELECT f.file_id FROM contacts_contactfile f"
        " WHERE f.contact_id IN (SELECT contact_id FROM {contacts} p)",
        contacts=contacts,
    )
    team.delete_files([file_id for (file_id,) in sql.rows(found)])


def _clean_name(name: str) -> str:
    """Return the name of a file in one line, without folders; a long one keeps its ending."""
    name = clean(name.replace("\\", "/").rpartition("/")[2])
    if len(name) > _NAME_CHARS:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        name = (stem if ending else name)[: _NAME_CHARS - len(ending)].rstrip() + ending
    return name if name.strip(". ") else _NAMELESS
