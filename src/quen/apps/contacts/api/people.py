"""One contact, the list, and what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import (
    PAGE_ROWS,
    ApiModel,
    ApiPage,
    InvalidRequest,
    PageCursor,
    PageSize,
    RowId,
    unknown_parameter,
)
from quen.apps.contacts import queries, services
from quen.apps.contacts.api.loading import custom_values, document, fields_by_key, load, pointing_at
from quen.apps.contacts.api.schemas import ContactOut, ContactPatch
from quen.apps.contacts.models import Contact
from quen.apps.contacts.queries.documents import contact_documents, documents_by_id
from quen.apps.contacts.queries.feed import ChangeKind, changes
from quen.apps.contacts.services.feed import catch_up_with_changes
from quen.apps.contacts.types import ContactScope
from quen.core import emails, phones
from quen.core.paging import BY_KEY, Cursor, Sort, paginate

router = Router(tags=["Contacts"])
_OLDEST_FIRST = Sort("id", BY_KEY)
_LARGEST = 2**63 - 1


class ContactChangeOut(ApiModel):
    """The latest change of a contact."""

    contact_id: int
    version: int
    at: datetime
    kind: Literal["changed", "deleted", "merged", "erased"]
    survivor_id: int | None
    """Of a merged contact: the contact it went into."""
    contact: ContactOut | None
    """The contact as it is now; null when it is gone."""


class ContactChangePage(ApiModel):
    """Changes in the order in which they were committed."""

    data: list[ContactChangeOut]
    next: str
    """Where to go on, also later: keep it, and ask again with it for what changed since."""
    more: bool
    """Whether there is more right now."""


class Deleted(ApiModel):
    """What was deleted."""

    id: int
    deleted: bool


@router.get("/contacts", response=ApiPage[ContactOut], summary="List contacts")
@needs(ContactScope.READ)
def list_contacts(
    request: ApiRequest,
    limit: PageSize = PAGE_ROWS,
    cursor: PageCursor = None,
    phone: Annotated[str | None, Query(max_length=100, description="Only the one with this number.")] = None,
    email: Annotated[str | None, Query(max_length=300, description="Only the one with this email.")] = None,
    customer_code: Annotated[
        str | None, Query(max_length=200, description="Only the one with this code.")
    ] = None,
) -> dict[str, Any]:
    """List all contacts, the oldest first. To stay in step read /contacts/changes instead of listing again."""
    for name, value in (("phone", phone), ("email", email), ("customer_code", customer_code)):
        if value is not None:
            found = _find(name, value)
            return {"data": contact_documents([found] if found else []), "next": None}
    if cursor is not None and Cursor.read(cursor, _OLDEST_FIRST) is None:
        raise InvalidRequest([unknown_parameter("cursor")])
    contacts = Contact.objects.select_related("first_source").defer("search")
    page = paginate(contacts, sort=_OLDEST_FIRST, size=limit, after=cursor)
    return {"data": contact_documents(page.rows), "next": str(page.next) if page.next else None}


def _find(name: str, value: str) -> Contact | None:
    if name == "customer_code":
        return queries.find_by_identity("code", value.strip())
    try:
        if name == "phone":
            number = phones.read(value).e164
            return queries.find_by_phone(number) or queries.find_by_identity("phone", number)
        address = emails.read(value)
        return queries.find_by_email(address) or queries.find_by_identity("email", address)
    except ValueError:
        return None


@router.get("/contacts/changes", response=ContactChangePage, summary="List changes of contacts")
@needs(ContactScope.READ)
def list_contact_changes(
    request: ApiRequest,
    limit: PageSize = PAGE_ROWS,
    cursor: PageCursor = None,
    updated_since: Annotated[
        datetime | None, Query(description="Only what changed from this instant on; with its zone.")
    ] = None,
) -> dict[str, Any]:
    """List who changed, in the order of commit: what was committed before the call and follows the cursor is never
    passed over. Each contact occurs once, with its latest change; deleted, merged and erased ones occur for 30 days.

    To stay in step: keep `next`, and go on with it. Without a cursor the list begins with the contact that changed
    longest ago.
    """
    after = _place(cursor)
    if updated_since is not None and updated_since.tzinfo is None:
        raise InvalidRequest([unknown_parameter("updated_since")])
    catch_up_with_changes(now=request.now)
    found = changes(after=after, since=updated_since, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    alive = documents_by_id([each.contact_id for each in found if each.kind == ChangeKind.CHANGED])
    return {
        "data": [
            {
                "contact_id": each.contact_id,
                "version": each.seq,
                "at": each.at,
                "kind": each.kind.value,
                "survivor_id": each.survivor_id,
                "contact": alive.get(each.contact_id),
            }
            for each in found
        ],
        "next": str(found[-1].seq if found else after),
        "more": more,
    }


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20 and int(cursor) <= _LARGEST):
        raise InvalidRequest([unknown_parameter("cursor")])
    return int(cursor)


@router.get("/contacts/{contact_id}", response=ContactOut, summary="Get a contact")
@needs(ContactScope.READ)
def get_contact(request: ApiRequest, contact_id: RowId) -> dict[str, Any]:
    """Return a contact. The id of one that was merged leads to the contact it went into; `merged_from` says so."""
    return document(contact_id, asked=contact_id)


@router.patch("/contacts/{contact_id}", response=ContactOut, summary="Change a contact")
@needs(ContactScope.WRITE)
def update_contact(request: ApiRequest, contact_id: RowId, body: ContactPatch) -> dict[str, Any]:
    """Change single values. Tags and consent have operations of their own."""
    contact = load(request, contact_id)
    fields = fields_by_key()
    given = body.given()
    values = custom_values(given.pop("fields", {}), fields)
    if "customer_codes" in given:
        values["customer_code"] = given.pop("customer_codes")
    with pointing_at(fields):
        services.update_contact(
            workspace=request.workspace,
            contact=contact,
            values=given | values,
            actor=request.actor,
            now=request.now,
        )
    return document(contact.pk, asked=contact_id)


@router.delete("/contacts/{contact_id}", response=Deleted, summary="Delete a contact")
@needs(ContactScope.DELETE)
def delete_contact(request: ApiRequest, contact_id: RowId) -> Deleted:
    """Delete a contact. Members can restore it for 30 days; then it is erased."""
    contact = load(request, contact_id)
    services.delete_contacts(ids=[contact.pk], actor=request.actor, now=request.now)
    return Deleted(id=contact.pk, deleted=True)


@router.post("/contacts/{contact_id}/restore", response=ContactOut, summary="Restore a deleted contact")
@needs(ContactScope.DELETE)
def restore_contact(request: ApiRequest, contact_id: RowId) -> dict[str, Any]:
    """Restore a contact that was deleted less than 30 days ago, unless another one has its phone or email now."""
    contact = queries.get_deleted_contact(contact_id)
    about(request, [contact.pk])
    services.restore_contact(contact=contact, actor=request.actor, now=request.now)
    return document(contact.pk, asked=contact_id)
