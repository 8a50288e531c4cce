"""Webhooks for other systems: endpoints, the kinds that they can choose, and the log with replay."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

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
from quen.apps.webhooks import presenters, queries, registry, services
from quen.apps.webhooks.models import DeliveryAttempt, Endpoint, WebhookMessage
from quen.apps.webhooks.types import DESCRIPTION_MAX_CHARS, URL_MAX_CHARS, WebhookScope
from quen.core.paging import NEWEST_FIRST, Cursor, paginate

router = Router(tags=["Webhooks"])
Url = Annotated[str, Field(max_length=URL_MAX_CHARS)]
Kinds = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)]
Description = Annotated[str, Field(max_length=DESCRIPTION_MAX_CHARS)]
State = Literal["waiting", "delivered", "failed", "skipped"]
_EXAMPLE: dict[str, Any] = {
    "url": "https://erp.example.com/quen",
    "kinds": ["contact.created", "contact.updated", "contact.deleted", "contact.erased"],
    "description": "ERP",
}


class WebhookKindOut(ApiModel):
    """A kind of message."""

    name: str
    label: str
    description: str
    example: dict[str, Any]
    """What stands in `data` beside the contact, where the kind says more."""


class WebhookKinds(ApiModel):
    """The kinds that endpoints can choose."""

    data: list[WebhookKindOut]


class EndpointIn(ApiModel):
    """An endpoint to add."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    url: Url
    kinds: Kinds
    description: Description = ""
    include_own: bool = False
    """Whether messages about what the calling key itself changed are sent, too."""


class EndpointPatch(ApiModel):
    """What is to change of an endpoint. What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"kinds": ["contact.erased"]}})

    url: Url = ""
    kinds: Kinds = []
    description: Description = ""
    include_own: bool = False


class EndpointOut(ApiModel):
    """An endpoint."""

    id: int
    url: str
    description: str
    kinds: list[str]
    api_key_id: int | None
    """The key that the other system uses; what it changes is left out."""
    include_own: bool
    created_at: datetime
    paused_at: datetime | None
    pause_reason: str
    last_success_at: datetime | None
    failing_since: datetime | None


class EndpointList(ApiModel):
    """All endpoints."""

    data: list[EndpointOut]


class EndpointSecret(ApiModel):
    """An endpoint with a new secret, which is shown this one time."""

    endpoint: EndpointOut
    secret: str
    """Checks signatures, by the libraries of Standard Webhooks."""


class ResumeIn(ApiModel):
    """What becomes of the messages that were missed."""

    send_missed: bool = True


class ReplayIn(ApiModel):
    """How far back."""

    since: datetime


class ReplayOut(ApiModel):
    """How many messages are sent."""

    count: int


class MessageOut(ApiModel):
    """A message of the log."""

    id: int
    webhook_id: str
    """The same in the header `webhook-id` of each attempt."""
    kind: str
    contact_id: int | None
    state: State
    created_at: datetime
    attempts: int
    next_at: datetime
    last_status: int | None
    last_error: str


class AttemptOut(ApiModel):
    """One attempt to deliver a message."""

    at: datetime
    duration_ms: int
    status: int | None
    error: str
    answer: str
    """The beginning of the answer."""


class MessageDetail(MessageOut):
    """A message with its body and its attempts."""

    body: str
    """Exactly as sent; empty until the first attempt."""
    log: list[AttemptOut]


class EndpointDeleted(ApiModel):
    """What was deleted."""

    id: int
    deleted: bool


@router.get("/webhooks/kinds", response=WebhookKinds, summary="List kinds of webhooks")
@needs(WebhookScope.MANAGE)
def list_webhook_kinds(request: ApiRequest) -> WebhookKinds:
    """List the kinds of messages."""
    about(request, ())
    kinds = [
        WebhookKindOut(
            name=kind.name,
            label=str(kind.label),
            description=str(kind.description),
            example=dict(kind.example),
        )
        for kind in registry.kinds()
    ]
    return WebhookKinds(data=kinds)


@router.get("/webhooks", response=EndpointList, summary="List webhook endpoints")
@needs(WebhookScope.MANAGE)
def list_webhook_endpoints(request: ApiRequest) -> EndpointList:
    """List the endpoints; a workspace has up to 20."""
    about(request, ())
    return EndpointList(data=[_endpoint(each) for each in queries.endpoints()])


@router.post("/webhooks", response=EndpointSecret, summary="Add a webhook endpoint")
@needs(WebhookScope.MANAGE, transaction=False)
def create_webhook_endpoint(request: ApiRequest, body: EndpointIn) -> EndpointSecret:
    """Add an endpoint that belongs to the calling key. The secret is in this answer alone."""
    made = services.create_endpoint(
        url=body.url,
        kinds=body.kinds,
        description=body.description,
        own_key_id=request.api_key.pk,
        include_own=body.include_own,
        actor=request.actor,
        now=request.now,
    )
    return EndpointSecret(endpoint=_endpoint(made.endpoint), secret=made.secret)


@router.get("/webhooks/{endpoint_id}", response=EndpointOut, summary="Get a webhook endpoint")
@needs(WebhookScope.MANAGE)
def get_webhook_endpoint(request: ApiRequest, endpoint_id: RowId) -> EndpointOut:
    """Return an endpoint and how it is doing."""
    about(request, ())
    return _endpoint(queries.get_endpoint(endpoint_id))


@router.patch("/webhooks/{endpoint_id}", response=EndpointOut, summary="Change a webhook endpoint")
@needs(WebhookScope.MANAGE)
def update_webhook_endpoint(request: ApiRequest, endpoint_id: RowId, body: EndpointPatch) -> EndpointOut:
    """Change an endpoint."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    names = ("url", "kinds", "description", "own_key_id", "include_own")
    values = {name: getattr(endpoint, name) for name in names} | body.given()
    changed = services.update_endpoint(endpoint=endpoint, **values, actor=request.actor, now=request.now)
    return _endpoint(changed)


@router.delete("/webhooks/{endpoint_id}", response=EndpointDeleted, summary="Delete a webhook endpoint")
@needs(WebhookScope.MANAGE)
def delete_webhook_endpoint(request: ApiRequest, endpoint_id: RowId) -> EndpointDeleted:
    """Delete an endpoint with its log. Messages that wait are not sent."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    services.delete_endpoint(endpoint=endpoint, actor=request.actor, now=request.now)
    return EndpointDeleted(id=endpoint.pk, deleted=True)


@router.post("/webhooks/{endpoint_id}/secret", response=EndpointSecret, summary="Make a new webhook secret")
@needs(WebhookScope.MANAGE, transaction=False)
def rotate_webhook_secret(request: ApiRequest, endpoint_id: RowId) -> EndpointSecret:
    """Make a new secret. For a day messages are signed with the old one, too."""
    endpoint = queries.get_endpoint(endpoint_id)
    made = services.rotate_secret(endpoint=endpoint, actor=request.actor, now=request.now)
    return EndpointSecret(endpoint=_endpoint(made.endpoint), secret=made.secret)


@router.post("/webhooks/{endpoint_id}/pause", response=EndpointOut, summary="Pause a webhook endpoint")
@needs(WebhookScope.MANAGE)
def pause_webhook_endpoint(request: ApiRequest, endpoint_id: RowId) -> EndpointOut:
    """Stop sending. What happens meanwhile is kept for 30 days."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    services.pause_endpoint(endpoint=endpoint, actor=request.actor, now=request.now)
    return _endpoint(queries.get_endpoint(endpoint_id))


@router.post("/webhooks/{endpoint_id}/resume", response=ReplayOut, summary="Resume a webhook endpoint")
@needs(WebhookScope.MANAGE)
def resume_webhook_endpoint(request: ApiRequest, endpoint_id: RowId, body: ResumeIn) -> ReplayOut:
    """Go on sending, with what was missed or without. Returns how many messages were missed."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    missed = services.resume_endpoint(
        endpoint=endpoint, send_missed=body.send_missed, actor=request.actor, now=request.now
    )
    return ReplayOut(count=missed)


@router.post("/webhooks/{endpoint_id}/test", response=MessageOut, summary="Send a test webhook")
@needs(WebhookScope.MANAGE)
def send_test_webhook(request: ApiRequest, endpoint_id: RowId) -> MessageOut:
    """Send a message of the kind `webhook.test`."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    return MessageOut(**_message(endpoint, services.send_test(endpoint=endpoint, now=request.now)))


@router.get("/webhooks/{endpoint_id}/messages", response=ApiPage[MessageOut], summary="List webhook messages")
@needs(WebhookScope.MANAGE)
def list_webhook_messages(
    request: ApiRequest,
    endpoint_id: RowId,
    limit: PageSize = PAGE_ROWS,
    cursor: PageCursor = None,
    state: State | None = None,
) -> dict[str, Any]:
    """List the messages of the last 30 days, the newest first."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    if cursor is not None and Cursor.read(cursor, NEWEST_FIRST) is None:
        raise InvalidRequest([unknown_parameter("cursor")])
    found = paginate(queries.messages_of(endpoint, state=state or ""), size=limit, after=cursor)
    return {
        "data": [_message(endpoint, each) for each in found.rows],
        "next": str(found.next) if found.next else None,
    }


@router.get(
    "/webhooks/{endpoint_id}/messages/{message_id}", response=MessageDetail, summary="Get a webhook message"
)
@needs(WebhookScope.MANAGE)
def get_webhook_message(request: ApiRequest, endpoint_id: RowId, message_id: RowId) -> MessageDetail:
    """Return a message with its body and its attempts, the newest first."""
    endpoint = queries.get_endpoint(endpoint_id)
    message = queries.get_message(endpoint, message_id)
    about(request, [message.contact_id] if message.contact_id else ())
    log = [_attempt(each) for each in queries.attempts_of(message)]
    return MessageDetail(**_message(endpoint, message), body=message.body, log=log)


@router.post(
    "/webhooks/{endpoint_id}/messages/{message_id}/replay",
    response=MessageOut,
    summary="Send a webhook message again",
)
@needs(WebhookScope.MANAGE)
def replay_webhook_message(request: ApiRequest, endpoint_id: RowId, message_id: RowId) -> MessageOut:
    """Send a message again, with the same id and body, whether or not it arrived."""
    about(request, ())
    endpoint = queries.get_endpoint(endpoint_id)
    services.replay(endpoint=endpoint, message_id=message_id, actor=request.actor, now=request.now)
    return MessageOut(**_message(endpoint, queries.get_message(endpoint, message_id)))


@router.post("/webhooks/{endpoint_id}/replay", response=ReplayOut, summary="Send failed webhooks again")
@needs(WebhookScope.MANAGE)
def replay_failed_webhooks(request: ApiRequest, endpoint_id: RowId, body: ReplayIn) -> ReplayOut:
    """Send again what was given up or left out since a time."""
    about(request, ())
    if body.since.tzinfo is None:
        raise InvalidRequest([unknown_parameter("since")])
    endpoint = queries.get_endpoint(endpoint_id)
    count = services.replay_failed(endpoint=endpoint, since=body.since, actor=request.actor, now=request.now)
    return ReplayOut(count=count)


def _endpoint(endpoint: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=endpoint.pk,
        url=endpoint.url,
        description=endpoint.description,
        kinds=endpoint.kinds,
        api_key_id=endpoint.own_key_id,
        include_own=endpoint.include_own,
        created_at=endpoint.created_at,
        paused_at=endpoint.paused_at,
        pause_reason=endpoint.pause_reason,
        last_success_at=endpoint.last_success_at,
        failing_since=endpoint.failing_since,
    )


def _message(endpoint: Endpoint, message: WebhookMessage) -> dict[str, Any]:
    return {
        "id": message.pk,
        "webhook_id": presenters.message_name(endpoint, message),
        "kind": message.kind,
        "contact_id": message.contact_id,
        "state": message.state,
        "created_at": message.created_at,
        "attempts": message.attempts,
        "next_at": message.next_at,
        "last_status": message.last_status,
        "last_error": message.last_error,
    }


def _attempt(attempt: DeliveryAttempt) -> AttemptOut:
    return AttemptOut(
        at=attempt.at,
        duration_ms=attempt.duration_ms,
        status=attempt.status,
        error=attempt.error,
        answer=attempt.answer,
    )
