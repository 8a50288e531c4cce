"""The website for other systems: events that the shop's own server tells, and who a visitor is."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import ConfigDict, Field

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel, RowId
from quen.apps.website import services
from quen.apps.website.types import MAX_EVENTS_PER_REQUEST, KnownBy, WebsiteScope

router = Router(tags=["Website"])
VisitorToken = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,40}$", examples=["5f0c6a8e9b7d4c3f2a1e0d9c"])]
_EXAMPLE: dict[str, Any] = {
    "visitor": "5f0c6a8e9b7d4c3f2a1e0d9c",
    "events": [
        {
            "id": "cart-2026-10-14-0001",
            "type": "cart",
            "value": "640000",
            "items": [{"code": "TS-100", "quantity": 2}],
        }
    ],
}


class CartLineIn(ApiModel):
    """A line of a cart."""

    code: Annotated[str, Field(max_length=100)] = ""
    name: Annotated[str, Field(max_length=120)] = ""
    quantity: Annotated[int, Field(ge=1, le=99_999)] = 1


class WebsiteEventIn(ApiModel):
    """Something that a visitor did."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
    """Yours; an event with an id that is already stored is ignored."""
    type: Literal["view", "product", "cart", "event"]
    age: Annotated[float, Field(ge=0, le=86_400)] = 0
    """How many seconds ago it happened."""
    url: Annotated[str, Field(max_length=2_000)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=100)] = ""
    """Of the product, as the shop writes it."""
    name: Annotated[str, Field(max_length=120)] = ""
    """Of the product, or of an event of your own."""
    value: Annotated[Decimal, Field(ge=0, lt=10**12)] | None = None
    items: Annotated[list[CartLineIn], Field(max_length=50)] = []
    """The lines of the cart."""
    data: Annotated[dict[str, str | float | bool], Field(max_length=20)] = {}
    """What an event of your own says: short values by short names."""


class WebsiteEventsIn(ApiModel):
    """Events of one visitor."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    visitor: VisitorToken
    """What `quen.visitor()` returns in the browser."""
    events: Annotated[list[WebsiteEventIn], Field(min_length=1, max_length=MAX_EVENTS_PER_REQUEST)]


class WebsiteEventsOut(ApiModel):
    """How many events were taken; they are processed shortly after."""

    accepted: int


class VisitorContactIn(ApiModel):
    """Who uses the browser."""

    model_config = ConfigDict(json_schema_extra={"example": {"contact_id": 1024}})

    contact_id: RowId


class VisitorOut(ApiModel):
    """A visitor."""

    visitor: str
    contact_id: int | None
    """None if the customer is gone."""


@router.post("/website/events", response=WebsiteEventsOut, summary="Tell what a visitor did")
@needs(WebsiteScope.WRITE, max_bytes=256 * 1024)
def record_website_events(request: ApiRequest, body: WebsiteEventsIn) -> WebsiteEventsOut:
    """Record events that your server knows and the browser does not, such as a cart. Ask for consent first."""
    events: list[dict[str, Any]] = [
        {name: value for name, value in each.model_dump(mode="json").items() if value} for each in body.events
    ]
    accepted = services.store_events(visitor=body.visitor, events=events, now=request.now)
    about(request, ())
    return WebsiteEventsOut(accepted=accepted)


@router.put("/website/visitors/{visitor}/contact", response=VisitorOut, summary="Say who a visitor is")
@needs(WebsiteScope.WRITE)
def identify_visitor(request: ApiRequest, visitor: VisitorToken, body: VisitorContactIn) -> VisitorOut:
    """Join a visitor with a customer. Call it only with a proof, such as a sign-in on your website.

    What was done in the browser before becomes the customer's, unless somebody else was known there.
    """
    known = services.identify(visitor, body.contact_id, request.now, known_by=KnownBy.API)
    about(request, [body.contact_id])
    return VisitorOut(visitor=visitor, contact_id=known.contact_id if known else None)
