"""Customer codes, further phone numbers and emails of one contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, ContactIdentity, ErasedIdentifier
from quen.apps.contacts.rules.identifiers import SYSTEMS
from quen.apps.contacts.types import CodeInUse, EmailInUse, PhoneInUse
from quen.core import keyed_hash, phones


def set_identifiers(contact: Contact, values: Mapping[str, Sequence[str]], *, now: datetime) -> list[str]:
    """Replace the identifiers of the given keys of rules.identifiers.SYSTEMS; return the keys that changed.

    Raises PhoneInUse, EmailInUse, CodeInUse when another contact has one.
    """
    return [key for key in SYSTEMS if key in values and _set(contact, SYSTEMS[key], values[key], now)]


def forget_erasure(contact: Contact) -> None:
    """Forget that somebody with a contact's identifiers was erased: they came back, and imports know them again."""
    if ErasedIdentifier.objects.exists():
        key = bytes(queries.contact_settings().erasure_key)
        digests = [keyed_hash.digest(key, kind, value) for kind, value in queries.identifiers_of(contact)]
        ErasedIdentifier.objects.filter(digest__in=digests).delete()


def keep_former(contact: Contact, before: Mapping[str, object], *, now: datetime) -> None:
    """Keep the former main phone or email as a further one, when one of the further ones has become the main one."""
    for system in ("phone", "email"):
        new, former = getattr(contact, system), before[system]
        if new != former and new and _own(contact, system).filter(external_id=new).delete()[0] and former:
            _own(contact, system).create(
                contact=contact, system=system, external_id=str(former), created_at=now
            )


def ensure_free(contact: Contact, systems: Sequence[str]) -> None:
    """Raise PhoneInUse or EmailInUse when the main phone or email is a further one of another contact."""
    for system in systems:
        value = getattr(contact, system)
        other = queries.find_by_identity(system, value) if value else None
        if other is not None and other.pk != contact.pk:
            raise _in_use(system, value, other)


def _set(contact: Contact, system: str, wanted: Sequence[str], now: datetime) -> bool:
    main = getattr(contact, system, None)
    wanted = [value for value in wanted if value != main]
    existing = set(_own(contact, system).values_list("external_id", flat=True))
    new = [value for value in wanted if value not in existing]
    for value in new:
        other = queries.find_by_identity(system, value) or _with_main(system, value)
        if other is not None and other.pk != contact.pk:
            raise _in_use(system, value, other)
    gone = existing - set(wanted)
    if gone:
        _own(contact, system).filter(external_id__in=gone).delete()
    try:
        with transaction.atomic():
            ContactIdentity.objects.bulk_create(
                ContactIdentity(contact=contact, system=system, external_id=value, created_at=now)
                for value in new
            )
    except IntegrityError as clash:
        for value in new:
            other = queries.find_by_identity(system, value)
            if other is not None:
                raise _in_use(system, value, other) from clash
        raise
    return bool(new or gone)


def _own(contact: Contact, system: str) -> QuerySet[ContactIdentity]:
    return ContactIdentity.objects.filter(contact=contact, system=system, deleted_at=None)


def _with_main(system: str, value: str) -> Contact | None:
    if system == "phone":
        return queries.find_by_phone(value)
    return queries.find_by_email(value) if system == "email" else None


def _in_use(system: str, value: str, other: Contact) -> PhoneInUse | EmailInUse | CodeInUse:
    if system == "phone":
        return PhoneInUse(name=str(other), phone=phones.display(value), contact_id=other.pk)
    if system == "email":
        return EmailInUse(name=str(other), email=value, contact_id=other.pk)
    return CodeInUse(name=str(other), code_typed=value, contact_id=other.pk)
