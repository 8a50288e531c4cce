"""Sources of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from quen.apps.contacts.models import Contact, Source
from quen.apps.contacts.services.consent import lock_contact
from quen.apps.contacts.types import SourceKind, SourceNameTaken
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import text
from quen.core.actors import Actor

if TYPE_CHECKING:
    from datetime import datetime


#: the sources of every workspace
STAFF, IMPORT = "staff", "import"


def ensure_source(*, code: str, name: str, kind: str = SourceKind.STAFF, external_id: str = "") -> Source:
    """Return the source with a code, created if it does not exist."""
    name = text.clean(name)
    defaults = {"name": _free_name(name, code), "kind": kind, "external_id": external_id}
    return Source.objects.get_or_create(code=code, defaults=defaults)[0]


@transaction.atomic
def create_source(*, name: str, kind: str, external_id: str = "", actor: Actor, now: datetime) -> Source:
    """Create a source. Raises SourceNameTaken."""
    name = text.clean(name)
    code = _free_code(name)
    source = _save(Source(name=name, code=code, kind=kind, external_id=text.clean(external_id)))
    team.audit(actor, "contacts.source_created", now=now, target=source, data={"name": name})
    return source


@transaction.atomic
def update_source(
    *, source: Source, name: str, kind: str, external_id: str, active: bool, actor: Actor, now: datetime
) -> Source:
    """Rename, change or deactivate a source; its contacts keep it. Raises SourceNameTaken."""
    source.name, source.kind, source.active = text.clean(name), kind, active
    source.external_id = text.clean(external_id)
    _save(source)
    team.audit(actor, "contacts.source_changed", now=now, target=source, data={"name": source.name})
    return source


@transaction.atomic
def correct_source(*, contact: Contact, source: Source, actor: Actor, now: datetime) -> None:
    """Correct where a contact first came from. Locks the contact."""
    contact = lock_contact(contact)
    if contact.first_source_id == source.pk:
        return
    contact.first_source, contact.updated_at = source, now
    contact.latest_source = contact.latest_source or source
    contact.save(update_fields=["first_source", "latest_source", "updated_at"])
    data = {"fields": ["first_source"]} | actor.as_data()
    events.record("contact_changed", contact_id=contact.pk, at=now, data=data)


def _save(source: Source) -> Source:
    names = Source.objects.exclude(pk=source.pk).values_list("name", flat=True)
    if source.name.upper() in {name.upper() for name in names}:
        raise SourceNameTaken(name=source.name)
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as clash:
        raise SourceNameTaken(name=source.name) from clash
    return source


def _free_code(name: str) -> str:
    base = slugify(text.fold(name))[:50] or "source"
    taken = set(Source.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code for n in range(1, len(taken) + 2) if (code := base if n == 1 else f"{base}-{n}") not in taken
    )


def _free_name(name: str, code: str) -> str:
    return f"{name} ({code})" if Source.objects.filter(name=name).exclude(code=code).exists() else name
