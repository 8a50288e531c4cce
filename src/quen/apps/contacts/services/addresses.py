"""Further addresses of a contact; its default one is among its values (CON-71)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts.models import Contact, ContactAddress
from quen.apps.contacts.rules import labels
from quen.apps.contacts.rules.addresses import complete_address
from quen.apps.contacts.rules.further_addresses import COLUMNS, further_address, is_empty
from quen.apps.contacts.rules.values import parse_values
from quen.apps.contacts.services.consent import lock_contact
from quen.apps.contacts.services.contacts import update_contact
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import AddressKnown, BadValue, EmptyAddress
from quen.apps.events import services as events

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.core.actors import Actor

Values = Mapping[str, Any]


@transaction.atomic
def add_address(
    *, workspace: Workspace, contact: Contact, values: Values, actor: Actor, now: datetime
) -> ContactAddress:
    """Add a further address. values: raw, by the keys of an address. Raises BadValue, EmptyAddress, AddressKnown."""
    contact = lock_contact(contact)
    columns = _read(workspace, values)
    _ensure_new(contact, columns)
    added = ContactAddress.objects.create(contact=contact, created_at=now, **columns)
    _record(contact, actor, now)
    return added


@transaction.atomic
def update_address(
    *, workspace: Workspace, address: ContactAddress, values: Values, actor: Actor, now: datetime
) -> ContactAddress:
    """Change a further address. Raises BadValue, EmptyAddress, AddressKnown."""
    contact = lock_contact(address.contact)
    columns = _read(workspace, values)
    if columns == _columns(address):
        return address
    _ensure_new(contact, columns)
    for name, value in columns.items():
        setattr(address, name, value)
    address.save(update_fields=list(columns))
    _record(contact, actor, now)
    return address


@transaction.atomic
def delete_address(*, address: ContactAddress, actor: Actor, now: datetime) -> None:
    """Delete a further address."""
    contact = lock_contact(address.contact)
    address.delete()
    _record(contact, actor, now)


@transaction.atomic
def make_address_default(
    *, workspace: Workspace, address: ContactAddress, actor: Actor, now: datetime
) -> Contact:
    """Make a further address the default one and return the contact; the former default takes its place."""
    contact = lock_contact(address.contact)
    former = further_address(_columns(contact))
    values = {name: value for name, value in _columns(address).items() if name in labels.LABELS}
    contact = update_contact(workspace=workspace, contact=contact, values=values, actor=actor, now=now)
    if is_empty(former) or former == further_address(_columns(contact)):
        address.delete()
        return contact
    for name, value in former.items():
        setattr(address, name, value)
    address.save(update_fields=list(former))
    return contact


def _read(workspace: Workspace, values: Values) -> dict[str, str]:
    parsed = parse_values(values, fields={}, zone=workspace.zone)
    for key, reason in parsed.refused.items():
        raise BadValue(value=str(values[key]), label=str(labels.LABELS[key]), key=key, reason=reason)
    columns = further_address(parsed.columns | complete_address(parsed.columns, {}))
    if is_empty(columns):
        raise EmptyAddress()
    return columns


def _ensure_new(contact: Contact, columns: Mapping[str, str]) -> None:
    further = map(_columns, ContactAddress.objects.filter(contact=contact))
    if columns in (further_address(_columns(contact)), *further):
        raise AddressKnown()


def _columns(of: Contact | ContactAddress) -> dict[str, str]:
    return {name: getattr(of, name) for name in COLUMNS}


def _record(contact: Contact, actor: Actor, now: datetime) -> None:
    Contact.objects.filter(pk=contact.pk).update(updated_at=now)
    data = {"fields": ["further_addresses"]} | actor_data(actor)
    events.record("contact_changed", contact_id=contact.pk, at=now, data=data)
