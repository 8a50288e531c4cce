"""Groups for other systems: the list, and who is in one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Router
from pydantic import ConfigDict, Field

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
from quen.apps.contacts import queries as contacts
from quen.apps.groups import queries, services
from quen.apps.groups.types import GroupScope

router = Router(tags=["Groups"])


class GroupOut(ApiModel):
    """A list of contacts kept by hand."""

    id: int
    name: str
    description: str
    active: bool
    contacts: int
    """How many are in it."""


class GroupsOut(ApiModel):
    """All groups."""

    data: list[GroupOut]


class GroupIn(ApiModel):
    """A group to create."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Khách sỉ miền Trung"}})

    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=500)] = ""


class MembersIn(ApiModel):
    """Contacts, up to 5,000."""

    model_config = ConfigDict(json_schema_extra={"example": {"contact_ids": [1024, 1025]}})

    contact_ids: Annotated[list[RowId], Field(min_length=1, max_length=5_000)]


class MembersChanged(ApiModel):
    """What became of the members of a group."""

    group_id: int
    changed: int
    """How many were put in or taken out; who was already there, or is not known, is not counted."""


class MemberOut(ApiModel):
    """A contact in a group."""

    contact_id: int
    joined_at: datetime


@router.get("/groups", response=GroupsOut, summary="List groups")
@needs(GroupScope.READ)
def list_groups(request: ApiRequest) -> dict[str, Any]:
    """List all groups by name."""
    sizes = queries.sizes()
    return {"data": [_group(each, sizes.get(each.pk, 0)) for each in queries.groups()]}


@router.post("/groups", response=GroupOut, summary="Create a group")
@needs(GroupScope.WRITE)
def create_group(request: ApiRequest, body: GroupIn) -> dict[str, Any]:
    """Create a group."""
    about(request, ())
    made = services.create_group(
        name=body.name, description=body.description, actor=request.actor, now=request.now
    )
    return _group(made, 0)


@router.get("/groups/{group_id}/members", response=ApiPage[MemberOut], summary="List members of a group")
@needs(GroupScope.READ)
def list_group_members(
    request: ApiRequest, group_id: RowId, limit: PageSize = PAGE_ROWS, cursor: PageCursor = None
) -> dict[str, Any]:
    """List who is in a group, by id."""
    group = queries.get_group(group_id)
    found = queries.members_after(group.pk, after=_place(cursor), limit=limit + 1)
    rows = list(found.items())
    alive = set(contacts.contacts().filter(pk__in=found).values_list("pk", flat=True))
    return {
        "data": [{"contact_id": pk, "joined_at": at} for pk, at in rows[:limit] if pk in alive],
        "next": str(rows[limit - 1][0]) if len(rows) > limit else None,
    }


@router.post("/groups/{group_id}/members", response=MembersChanged, summary="Put contacts into a group")
@needs(GroupScope.WRITE)
def add_group_members(request: ApiRequest, group_id: RowId, body: MembersIn) -> dict[str, Any]:
    """Put contacts into a group; who is in it keeps the day of joining."""
    about(request, ())
    group = queries.get_group(group_id)
    done = services.add_members(groups=[group], contacts=_people(body), actor=request.actor, now=request.now)
    return {"group_id": group.pk, "changed": getattr(done, "changed", 0)}


@router.post("/groups/{group_id}/members/remove", response=MembersChanged, summary="Take contacts out")
@needs(GroupScope.WRITE)
def remove_group_members(request: ApiRequest, group_id: RowId, body: MembersIn) -> dict[str, Any]:
    """Take contacts out of a group."""
    about(request, ())
    group = queries.get_group(group_id)
    done = services.remove_members(
        groups=[group], contacts=_people(body), actor=request.actor, now=request.now
    )
    return {"group_id": group.pk, "changed": getattr(done, "changed", 0)}


def _people(body: MembersIn) -> Any:
    """Return the contacts that are not deleted; of merged ones those they went into."""
    ends = contacts.survivors(body.contact_ids)
    wanted = {ends.get(pk, pk) for pk in body.contact_ids}
    return contacts.relation_of(contacts.contacts().filter(pk__in=wanted))


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest([unknown_parameter("cursor")])
    return int(cursor)


def _group(group: Any, size: int) -> dict[str, Any]:
    return {
        "id": group.pk,
        "name": group.name,
        "description": group.description,
        "active": group.active,
        "contacts": size,
    }
