"""Endpoints: made, changed, paused, resumed, deleted."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from quen.apps.api import queries as api
from quen.apps.api.types import ApiRight
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import workspace_path
from quen.apps.webhooks import queries, registry, rules
from quen.apps.webhooks.models import Endpoint, WebhookMessage
from quen.apps.webhooks.services.waking import wake_sender
from quen.apps.webhooks.types import (
    DESCRIPTION_MAX_CHARS,
    MAX_ENDPOINTS,
    OVERLAP,
    URL_MAX_CHARS,
    EndpointPauseReason,
    OwnKeyUnknown,
    TooManyEndpoints,
    WebhookKindsMissing,
    WebhookKindUnknown,
    WebhookMessageState,
    WebhookUrlInvalid,
    WebhookUrlPrivate,
)
from quen.core import crypto, jobs, schemas
from quen.core.actors import SYSTEM, Actor
from quen.core.errors import NotFound
from quen.core.http import is_public
from quen.core.locks import AdvisoryLock
from quen.core.text import clean

#: the consumer of events
CONSUMER: Final = "webhooks"
_LOCK = AdvisoryLock("webhooks.endpoints")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CreatedEndpoint:
    """A new endpoint, or one with a new secret. The secret is shown once."""

    endpoint: Endpoint
    secret: str


@transaction.atomic
def create_endpoint(
    *,
    url: str,
    kinds: Sequence[str],
    description: str = "",
    own_key_id: int | None = None,
    include_own: bool = False,
    actor: Actor,
    now: datetime,
) -> CreatedEndpoint:
    """Create an endpoint and return it with its secret.

    Raises WebhookUrlInvalid, WebhookUrlPrivate, WebhookKindsMissing, WebhookKindUnknown, OwnKeyUnknown,
    TooManyEndpoints.
    """
    _LOCK.acquire()
    if queries.endpoints().count() >= MAX_ENDPOINTS:
        raise TooManyEndpoints(limit=MAX_ENDPOINTS)
    secret = rules.new_secret()
    endpoint = Endpoint.objects.create(
        url=read_url(url),
        description=clean(description)[:DESCRIPTION_MAX_CHARS],
        kinds=_read_kinds(kinds),
        secret=crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE),
        token=secrets.token_hex(16),
        own_key_id=_read_key(own_key_id),
        include_own=include_own,
        created_at=now,
        created_by=actor.name,
    )
    follow_events()
    team.audit(actor, "webhooks.created", now=now, target=endpoint, data={"place": endpoint.place})
    return CreatedEndpoint(endpoint, secret)


@transaction.atomic
def update_endpoint(
    *,
    endpoint: Endpoint,
    url: str,
    kinds: Sequence[str],
    description: str,
    own_key_id: int | None,
    include_own: bool,
    actor: Actor,
    now: datetime,
) -> Endpoint:
    """Change an endpoint and return it. Raises what create_endpoint raises, except TooManyEndpoints."""
    _LOCK.acquire()
    found = queries.get_endpoint(endpoint.pk)
    values = {
        "url": read_url(url),
        "kinds": _read_kinds(kinds),
        "description": clean(description)[:DESCRIPTION_MAX_CHARS],
        "own_key_id": _read_key(own_key_id),
        "include_own": include_own,
    }
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    if not changed:
        return found
    for name in changed:
        setattr(found, name, values[name])
    if "url" in changed:
        # Another address has a record of its own.
        found.failing_since, found.troubles, found.resting_until = None, 0, None
        changed += ["failing_since", "troubles", "resting_until"]
    found.save(update_fields=changed)
    follow_events()
    team.audit(actor, "webhooks.changed", now=now, target=found, data={"place": found.place})
    wake_sender()
    return found


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, actor: Actor, now: datetime) -> CreatedEndpoint:
    """Make a new secret and return it with the endpoint. For a day messages are signed with both."""
    found = _lock(endpoint)
    secret = rules.new_secret()
    found.previous_secret, found.previous_until = found.secret, now + OVERLAP
    found.secret = crypto.encrypt(secret, purpose=queries.SECRET_PURPOSE)
    found.save(update_fields=["secret", "previous_secret", "previous_until"])
    team.audit(actor, "webhooks.secret_rotated", now=now, target=found, data={"place": found.place})
    return CreatedEndpoint(found, secret)


@transaction.atomic
def pause_endpoint(*, endpoint: Endpoint, actor: Actor, now: datetime) -> None:
    """Stop sending to an endpoint. Messages are still written, and wait."""
    found = _lock(endpoint)
    if found.paused_at is None:
        _pause(found, EndpointPauseReason.MEMBER, now=now)
        team.audit(actor, "webhooks.paused", now=now, target=found, data={"place": found.place})


@transaction.atomic
def pause_failing(endpoint: Endpoint, reason: EndpointPauseReason, *, now: datetime) -> None:
    """Stop sending to an endpoint that takes nothing, and notify those who may manage webhooks."""
    _pause(endpoint, reason, now=now)
    data = {"place": endpoint.place, "reason": reason.value}
    team.audit(SYSTEM, "webhooks.paused", now=now, target=endpoint, data=data)
    for member in team_queries.members():
        if member.can(ApiRight.MANAGE):
            path = workspace_path(f"/webhooks/{endpoint.pk}/")
            team.notify(member, "webhooks.paused", now=now, path=path, data=data)


@transaction.atomic
def resume_endpoint(*, endpoint: Endpoint, send_missed: bool, actor: Actor, now: datetime) -> int:
    """Go on sending to an endpoint and return how many messages were waiting.

    send_missed: they are sent now; otherwise they are left out, and can still be sent from the log.
    """
    found = _lock(endpoint)
    if found.paused_at is None:
        return 0
    found.paused_at, found.pause_reason = None, ""
    found.failing_since, found.troubles, found.resting_until = None, 0, None
    found.save(update_fields=["paused_at", "pause_reason", "failing_since", "troubles", "resting_until"])
    # Including those that are queued as events: they happened while it was paused.
    events.drain(CONSUMER, now=now)
    waiting = WebhookMessage.objects.filter(endpoint=found, state=WebhookMessageState.WAITING)
    if send_missed:
        missed = waiting.update(next_at=now, attempts=0)
    else:
        missed = waiting.update(state=WebhookMessageState.SKIPPED, ended_at=now)
    data = {"place": found.place, "missed": missed, "sent": send_missed}
    team.audit(actor, "webhooks.resumed", now=now, target=found, data=data)
    wake_sender()
    return missed


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint, actor: Actor, now: datetime) -> None:
    """Delete an endpoint. A job deletes its messages."""
    _LOCK.acquire()
    found = _lock(endpoint)
    found.deleted_at = now
    found.save(update_fields=["deleted_at"])
    follow_events()
    team.audit(actor, "webhooks.deleted", now=now, target=found, data={"place": found.place})
    transaction.on_commit(partial(_enqueue_clearing, schemas.current()), robust=True)


def pause_all(*, now: datetime) -> None:
    """Pause every endpoint of a workspace that was restored: the original may be sending to the same systems."""
    queries.endpoints().filter(paused_at=None).update(
        paused_at=now, pause_reason=EndpointPauseReason.RESTORED
    )


def follow_events() -> None:
    """Receive exactly the kinds of events that an endpoint of this workspace wants to know of."""
    wanted: set[str] = set()
    for kinds in queries.endpoints().values_list("kinds", flat=True):
        wanted.update(key for name in kinds if (kind := registry.find_kind(name)) for key in kind.events)
    events.subscribe(CONSUMER, wanted)


def read_url(raw: str) -> str:
    """Return an address as stored. Raises WebhookUrlInvalid, WebhookUrlPrivate.

    A name is looked up only when something is sent: what it means may change at any time.
    """
    url = raw.strip()
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise WebhookUrlInvalid() from error
    if not port or not parts.hostname or parts.username or parts.password or len(url) > URL_MAX_CHARS:
        raise WebhookUrlInvalid()
    if any(character.isspace() or not character.isprintable() for character in url):
        raise WebhookUrlInvalid()
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        is_allowed = parts.scheme == "https"
    else:
        if not is_public(address, port):
            raise WebhookUrlPrivate()
        is_allowed = parts.scheme == "https" or f"{address}:{port}" in settings.HTTP_ALLOWED_ADDRESSES
    # Without encryption only to receivers that the operator named: customers' data would be read on the way.
    if not is_allowed:
        raise WebhookUrlInvalid()
    return url


def _read_kinds(kinds: Collection[str]) -> list[str]:
    if not kinds:
        raise WebhookKindsMissing()
    for name in kinds:
        if registry.find_kind(name) is None:
            raise WebhookKindUnknown(kind=name[:60])
    return [kind.name for kind in registry.kinds() if kind.name in kinds]


def _read_key(key_id: int | None) -> int | None:
    if key_id is not None and not api.keys().filter(pk=key_id).exists():
        raise OwnKeyUnknown()
    return key_id


def _lock(endpoint: Endpoint) -> Endpoint:
    found = queries.endpoints().select_for_update().filter(pk=endpoint.pk).first()
    if found is None:
        raise NotFound()
    return found


def _pause(endpoint: Endpoint, reason: EndpointPauseReason, *, now: datetime) -> None:
    endpoint.paused_at, endpoint.pause_reason = now, reason
    endpoint.save(update_fields=["paused_at", "pause_reason"])


def _enqueue_clearing(schema: str) -> None:
    with schemas.use(schema):
        jobs.enqueue_unique("webhooks.clear_deleted")
