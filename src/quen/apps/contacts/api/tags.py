"""Tags of a contact, and the list of tags."""

from __future__ import annotations

from typing import Any

from ninja import Router
from pydantic import ConfigDict

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel, RowId
from quen.apps.contacts import queries, services
from quen.apps.contacts.api.loading import load
from quen.apps.contacts.api.schemas import TagList
from quen.apps.contacts.types import ContactScope

router = Router(tags=["Tags"])


class TagNames(ApiModel):
    """Names of tags; one that does not exist is created when it is added. Capitals make no difference."""

    model_config = ConfigDict(json_schema_extra={"example": {"tags": ["VIP", "Khách sỉ"]}})

    tags: TagList


class TagsOfContact(ApiModel):
    """The tags of a contact."""

    contact_id: int
    tags: list[str]


class TagOut(ApiModel):
    """A tag."""

    id: int
    name: str
    description: str
    contacts: int
    """How many contacts have it."""


class TagsOut(ApiModel):
    """All tags."""

    data: list[TagOut]


@router.get("/tags", response=TagsOut, summary="List tags")
@needs(ContactScope.READ)
def list_tags(request: ApiRequest) -> dict[str, Any]:
    """List all tags by name, with how many contacts have each."""
    return {
        "data": [
            {"id": tag.id, "name": tag.name, "description": tag.description, "contacts": tag.contact_count}
            for tag in queries.tags_with_counts()
        ]
    }


@router.post("/contacts/{contact_id}/tags", response=TagsOfContact, summary="Add tags")
@needs(ContactScope.WRITE)
def add_contact_tags(request: ApiRequest, contact_id: RowId, body: TagNames) -> dict[str, Any]:
    """Add tags to a contact; those it has stay."""
    contact = load(request, contact_id)
    services.add_tags(contact=contact, names=body.tags, actor=request.actor, now=request.now)
    return _tags(request, contact.pk)


@router.post("/contacts/{contact_id}/tags/remove", response=TagsOfContact, summary="Remove tags")
@needs(ContactScope.WRITE)
def remove_contact_tags(request: ApiRequest, contact_id: RowId, body: TagNames) -> dict[str, Any]:
    """Remove these tags from a contact; the others stay."""
    contact = load(request, contact_id)
    services.remove_tags(contact=contact, names=body.tags, actor=request.actor, now=request.now)
    return _tags(request, contact.pk)


@router.put("/contacts/{contact_id}/tags", response=TagsOfContact, summary="Replace all tags")
@needs(ContactScope.WRITE)
def replace_contact_tags(request: ApiRequest, contact_id: RowId, body: TagNames) -> dict[str, Any]:
    """Replace all tags of a contact by these."""
    contact = load(request, contact_id)
    services.set_tags(contact=contact, names=body.tags, actor=request.actor, now=request.now)
    return _tags(request, contact.pk)


def _tags(request: ApiRequest, contact_id: int) -> dict[str, Any]:
    about(request, [contact_id])
    return {"contact_id": contact_id, "tags": queries.tags_of_many([contact_id]).get(contact_id, [])}
