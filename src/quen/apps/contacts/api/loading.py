"""Contacts by their id, and values by the keys of services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from quen.apps.api.access import ApiRequest, about
from quen.apps.api.types import InvalidRequest, pointer, unknown_name
from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.queries.documents import contact_documents
from quen.apps.contacts.rules.labels import field_id_of, field_key
from quen.core.errors import DomainError


def load(request: ApiRequest, contact_id: int) -> Contact:
    """Return a contact; of one that was merged, the contact kept. Raises NotFound."""
    contact = queries.get_contact(contact_id)
    about(request, [contact.pk, contact_id])
    return contact


def document(contact_id: int, *, asked: int | None = None) -> dict[str, Any]:
    """Return a contact as other systems see it. asked: the id that the caller sent."""
    contact = queries.get_contact(contact_id)
    merged_from = asked if asked not in (None, contact.pk) else None
    return contact_documents([contact])[0] | {"merged_from": merged_from}


def fields_by_key() -> dict[str, Field]:
    """Return the custom fields in use by key."""
    return {field.key: field for field in queries.active_fields()}


def custom_values(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return custom values by the keys of services, "field_12". Raises InvalidRequest that names unknown ones."""
    unknown = [unknown_name(key, "fields") for key in given if key not in fields]
    wrong = [
        {"pointer": pointer(["fields", key]), "code": "invalid_value", "text": ""}
        for key, value in given.items()
        if isinstance(value, dict)
    ]
    if unknown or wrong:
        raise InvalidRequest(unknown or wrong)
    return {field_key(fields[key].pk): value for key, value in given.items()}


@contextmanager
def pointing_at(fields: Mapping[str, Field]) -> Iterator[None]:
    """Add the place in the body to a refusal that names a value."""
    try:
        yield
    except DomainError as refusal:
        key = str(refusal.params.get("key", ""))
        number = field_id_of(key)
        names = [key]
        if number is not None:
            names = ["fields", next((name for name, each in fields.items() if each.pk == number), key)]
        if key:
            refusal.errors = [{"pointer": pointer(names), "code": refusal.code, "text": str(refusal)}]  # type: ignore[attr-defined]  # read by presenters.problem
        raise
