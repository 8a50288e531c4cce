"""The bodies of messages: written when a message is first sent, for a batch at once, and kept as they were sent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from quen.apps.events import registry as events
from quen.apps.webhooks import registry
from quen.apps.webhooks.services.contact_documents import contact_entries
from quen.apps.webhooks.services.messages import ERASED_KIND
from quen.apps.webhooks.services.posting import ReadyMessage
from quen.apps.webhooks.types import TEST_KIND, Occurrence
from quen.core import sql
from quen.core.sql import Relation


def write_bodies(messages: Sequence[ReadyMessage], *, now: datetime) -> list[ReadyMessage]:
    """Return the messages with their bodies; those without one get it, in the current transaction.

    A contact stands in it as the API shows it now, with the version of now: a message that waited long is not old news.
    """
    new = [message for message in messages if not message.body]
    if not new:
        return list(messages)
    bodies = _bodies(new, now=now)
    sql.execute(
        Relation(
            "UPDATE webhooks_webhookmessage m SET body = b.body"
            " FROM unnest(%(ids)s::bigint[], %(bodies)s::text[]) AS b (id, body) WHERE m.id = b.id",
            {"ids": list(bodies), "bodies": list(bodies.values())},
        )
    )
    return [replace(each, body=bodies[each.id]) if each.id in bodies else each for each in messages]


def as_text(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    """Return a body: type, timestamp and data, as Standard Webhooks recommends."""
    body = {"type": kind, "timestamp": _instant(at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_instant)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bodies(messages: Sequence[ReadyMessage], *, now: datetime) -> dict[int, str]:
    occurrences = _occurrences(messages)
    about = {each.contact_id for each in messages if each.contact_id is not None}
    entries = contact_entries(sorted(about), now=now)
    by_kind: dict[str, list[ReadyMessage]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    bodies = {}
    for name, same in by_kind.items():
        details = _details(name, [(each.contact_id or 0, occurrences[each.id]) for each in same])
        for message, more in zip(same, details, strict=True):
            data: dict[str, Any] = {}
            if message.contact_id is not None:
                by = _by(occurrences[message.id])
                data = {**entries[message.contact_id], **more, "by": by}
                if name == ERASED_KIND:
                    # Also of one who had been merged into somebody, who is erased as well.
                    data |= {"kind": "erased", "survivor_id": None, "contact": None}
            elif name == TEST_KIND:
                data = {"message": "Hello from Quen"}
            bodies[message.id] = as_text(name, message.at, data)
    return bodies


def _details(name: str, batch: Sequence[tuple[int, Sequence[Occurrence]]]) -> Sequence[Mapping[str, Any]]:
    kind = registry.find_kind(name)
    if kind is None or kind.details is None:
        return [{}] * len(batch)
    return kind.details(batch)


def _by(occurrences: Sequence[Occurrence]) -> dict[str, Any] | None:
    """Return who did it; None for the system."""
    data = occurrences[-1].data if occurrences else {}
    if not data.get("by") and not data.get("key"):
        return None
    return {"name": data.get("by", ""), "api_key_id": data.get("key")}


def _occurrences(messages: Sequence[ReadyMessage]) -> dict[int, list[Occurrence]]:
    rows = sql.rows(
        Relation(
            "SELECT id, occurrences FROM webhooks_webhookmessage WHERE id = ANY(%(ids)s)",
            {"ids": [each.id for each in messages]},
        )
    )
    found: dict[int, list[Occurrence]] = {each.id: [] for each in messages}
    for pk, stored in rows:
        listed = json.loads(stored) if isinstance(stored, str) else stored
        found[pk] = [Occurrence(_key(each["event"]), each["ref"], each["data"] or {}) for each in listed]
    return found


def _key(code: int) -> str:
    kind = events.by_code(code)
    return kind.key if kind is not None else ""
