"""What people did: the timeline, and batches of events from other systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router
from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import (
    PAGE_ROWS,
    ApiModel,
    ApiPage,
    CheckedLater,
    InvalidRequest,
    PageCursor,
    PageSize,
    RowId,
    field_error,
    pointer,
    unknown_parameter,
)
from quen.apps.contacts.api.loading import load
from quen.apps.contacts.api.schemas import RowError
from quen.apps.contacts.importing.issues import MESSAGES
from quen.apps.contacts.services.activity import Activity, record_activity
from quen.apps.contacts.types import ContactScope
from quen.apps.events import queries as events
from quen.apps.events import registry as event_kinds
from quen.core import emails, phones
from quen.core.errors import NotFound
from quen.core.paging import Cursor, Scan, Sort, SortColumn, assemble, instant

router = Router(tags=["Events"])
MAX_ROWS: Final = 10_000
MAX_BYTES: Final = 16 * 1024 * 1024
_OLDEST: Final = timedelta(days=5 * 365)
_NEWEST: Final = timedelta(days=1)
_NEWEST_FIRST = Sort("at", SortColumn("at", instant), descending=True)
_Plain = Annotated[str, Field(max_length=1_000)] | int | float | bool | None


class EventIn(ApiModel):
    """Something that a person did in another system."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Đặt lịch hẹn",
                "phone": "0905 123 456",
                "at": "2026-11-29T08:00:00+07:00",
                "properties": {"chi_nhanh": "Quận 1"},
            }
        }
    )

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What they did, as it stands in their timeline."""
    contact_id: RowId | None = None
    phone: Annotated[str, Field(max_length=100)] = ""
    email: Annotated[str, Field(max_length=300)] = ""
    customer_code: Annotated[str, Field(max_length=200)] = ""
    at: AwareDatetime | None = None
    """When; now, if it is left out. Up to five years ago."""
    value: Annotated[Decimal, Field(max_digits=15, decimal_places=4)] | None = None
    """An amount or a number that belongs to it."""
    properties: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=60)], _Plain], Field(max_length=30)
    ] = {}
    """Further facts: texts, numbers, yes or no."""


class EventsIn(ApiModel):
    """Events, up to 10,000."""

    events: Annotated[list[Annotated[Any, CheckedLater(EventIn)]], Field(min_length=1, max_length=MAX_ROWS)]


class EventResult(ApiModel):
    """What became of an event, at its place in the call."""

    status: Literal["recorded", "refused"]
    contact_id: int | None = None
    errors: list[RowError] = []


class EventsOut(ApiModel):
    """What became of each event, at its place."""

    recorded: int
    refused: int
    results: list[EventResult]


class TimelineEvent(ApiModel):
    """An entry of a timeline."""

    id: int
    kind: str
    at: datetime
    value: str | None
    data: dict[str, Any]


_ROW = TypeAdapter(EventIn)
_ROWS = TypeAdapter(list[EventIn])
_RESULTS = TypeAdapter(list[EventResult | None])


@router.get("/contacts/{contact_id}/events", response=ApiPage[TimelineEvent], summary="Read a timeline")
@needs(ContactScope.READ_EVENTS)
def list_contact_events(
    request: ApiRequest, contact_id: RowId, limit: PageSize = PAGE_ROWS, cursor: PageCursor = None
) -> dict[str, Any]:
    """List what a contact did and what happened to it, newest first."""
    contact = load(request, contact_id)
    timeline = events.timeline(contact.pk)

    def fetch(scan: Scan, wanted: int) -> list[tuple[Any, int, Any]]:
        at = scan.cursor
        older = Q(at__lt=at.value) | Q(at=at.value, id__lt=at.key) if at else Q()
        return [(event, event.id, event.at) for event in timeline.filter(older)[:wanted]]

    page = assemble(fetch, _NEWEST_FIRST, limit, _checked(cursor), None)
    return {
        "data": [
            {
                "id": event.id,
                "kind": kind.key if (kind := event_kinds.by_code(event.kind)) else str(event.kind),
                "at": event.at,
                "value": None if event.value is None else str(event.value),
                "data": event.data or {},
            }
            for event in page.rows
        ],
        "next": str(page.next) if page.next else None,
    }


@router.post("/events", response=EventsOut, summary="Record events")
@needs(ContactScope.RECORD_EVENTS, max_bytes=MAX_BYTES)
def record_events(request: ApiRequest, body: EventsIn) -> HttpResponse:
    """Record what people did elsewhere, up to 10,000 events a call. Each has its result at its own place; one about
    nobody who is known is refused, and nobody is created by it.
    """
    about(request, ())
    results: list[EventResult | None] = [None] * len(body.events)
    rows: list[Activity] = []
    places: list[int] = []
    for place, event in enumerate(_read(body.events)):
        found = event if isinstance(event, list) else _activity(event, place, request.now)
        if isinstance(found, list):
            results[place] = EventResult.model_construct(status="refused", contact_id=None, errors=found)
        else:
            rows.append(found)
            places.append(place)
    contact_ids = record_activity(rows=rows, actor=request.actor, now=request.now)
    for place, contact_id in zip(places, contact_ids, strict=True):
        errors = [] if contact_id else [_error("contact_not_found", _nobody(), place)]
        results[place] = EventResult.model_construct(
            status="refused" if errors else "recorded", contact_id=contact_id, errors=errors
        )
    recorded = sum(1 for each in results if each and each.status == "recorded")
    head = f'"recorded": {recorded}, "refused": {len(results) - recorded}, "results": '
    # Ten thousand results are written once, not checked again.
    return HttpResponse(
        b"{" + head.encode() + _RESULTS.dump_json(results) + b"}", content_type="application/json"
    )


def _checked(cursor: str | None) -> Cursor | None:
    found = Cursor.read(cursor, _NEWEST_FIRST)
    if cursor is not None and found is None:
        raise InvalidRequest([unknown_parameter("cursor")])
    return found


def _read(rows: list[Any]) -> list[Any]:
    """Return the events, or what is wrong with one."""
    try:
        return list(_ROWS.validate_python(rows))
    except ValidationError:
        return [_read_one(row, place) for place, row in enumerate(rows)]


def _read_one(row: Any, place: int) -> Any:
    try:
        return _ROW.validate_python(row)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False)
        return [
            _error(said["code"], said["text"], place, *each["loc"])
            for each in found
            if (said := field_error(each))
        ]


def _activity(event: EventIn, place: int, now: datetime) -> Activity | list[RowError]:
    at = event.at or now
    if not now - _OLDEST <= at <= now + _NEWEST:
        return [_error("out_of_range", str(MESSAGES["impossible"]), place, "at")]
    try:
        contact = _who(event)
    except ValueError as wrong:
        name = "phone" if event.phone else "email"
        code = getattr(wrong, "code", "syntax")
        return [_error(code, str(MESSAGES.get(code, MESSAGES["syntax"])), place, name)]
    if contact is None:
        return [_error("no_identifier", str(MESSAGES["no_identifier"]), place)]
    return Activity(event.name, contact, at, event.value, event.properties)


def _who(event: EventIn) -> int | tuple[str, str] | None:
    """Return what identifies the person; the first that is given. Raises ValueError."""
    if event.contact_id is not None:
        return event.contact_id
    if event.phone:
        return "phone", phones.read(event.phone).e164
    if event.email:
        return "email", emails.read(event.email)
    return ("code", event.customer_code) if event.customer_code else None


def _nobody() -> str:
    return str(NotFound())


def _error(
    code: str, text: str, place: int, *names: str | int, params: Mapping[str, Any] | None = None
) -> RowError:
    return RowError.model_construct(
        code=code, text=text, pointer=pointer(["events", place, *names]), params=dict(params or {})
    )
