"""Subscribers, content, a connection to a sink, dispatches, and a second way to count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from tests.cast import NOW

from quen.apps.channels import queries as channels
from quen.apps.channels import services as channels_services
from quen.apps.channels.models import Connection, Sender
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.content import services as content
from quen.apps.delivery import queries, services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.queries import COUNTER_CONDITIONS
from quen.apps.delivery.types import DispatchCounts, MessageState
from quen.core.actors import SYSTEM
from quen.core.sql import Relation

BODY = '<p>Chào {{ full_name }}, ghé <a href="https://tra-sen.example/moi">trà mới</a> nhé.</p>'


def make_subscriber(number: int = 0, **changes: Any) -> Contact:
    """A contact who consented to email."""
    given: dict[str, Any] = {"status": Status.SUBSCRIBED, "consent_email": Consent.GRANTED}
    if number:
        given["email"] = f"khach{number}@example.net"
    return make_contact(**given | changes)


def make_subscribers(count: int) -> list[Contact]:
    """khach1@example.net and so on."""
    return [make_subscriber(number) for number in range(1, count + 1)]


def make_connection(
    port: int = 0, *, rate: float | None = None, username: str = "", secret: str = ""
) -> Connection:
    """Connect email to a sink on this machine; to the sandbox without a port."""
    return channels_services.set_connection(
        channel="email",
        adapter="smtp" if port else "sandbox",
        settings={"host": "127.0.0.1", "port": port, "security": "none", "username": username}
        if port
        else {},
        secret=secret,
        rate_per_second=rate,
        actor=SYSTEM,
        now=NOW,
    )


def make_sender() -> Sender:
    """The shop's sender."""
    found = channels.preferred_sender("email")
    if found is not None:
        return found
    return channels_services.add_sender(
        channel="email", name="Trà Sen", address="chao@tra-sen.example", reply_to="", actor=SYSTEM, now=NOW
    )


def make_content(subject: str = "Trà mới về", body: str = BODY) -> int:
    """Create content and return its id."""
    return content.create_content(now=NOW, subject=subject, body=body).pk


def make_dispatch(contacts: Sequence[Contact] | Relation, **changes: Any) -> Dispatch:
    """A dispatch to some contacts."""
    relation = (
        contacts
        if isinstance(contacts, Relation)
        else contacts_relation([contact.pk for contact in contacts])
    )
    given: dict[str, Any] = {
        "source": "campaign",
        "source_id": 1,
        "scheduled_for": NOW,
        "name": "Trà mới tháng Mười",
        "contacts": relation,
        "message_class": MessageClass.MARKETING,
        "sender": make_sender(),
        "permission_reminders": {},
        "track_opens": True,
        "track_clicks": True,
        "rate_per_second": None,
        "actor": SYSTEM,
        "now": NOW,
    } | changes
    given.setdefault("connection", channels.active_connection("email"))
    if "content_id" not in given:
        given["content_id"] = make_content()
    return services.create_dispatch(**given)


def contacts_relation(ids: Sequence[int]) -> Relation:
    """The contacts with these ids."""
    return Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": list(ids)}, ("contact_id",))


def run_dispatch(
    dispatch: Dispatch, *, batch_size: int = 50_000, seconds: float = 20, render_in_subprocess: bool = False
) -> DispatchCounts:
    """Fan out and send until nothing is left to do now; recounts after each step."""
    services.fan_out(dispatch_id=dispatch.pk, clock=lambda: NOW, batch_size=batch_size)
    recount(dispatch.pk)
    deliver_all(dispatch.connection_id, seconds=seconds, render_in_subprocess=render_in_subprocess)
    dispatch.refresh_from_db()
    return recount(dispatch.pk)


def deliver_all(
    connection_id: int, *, seconds: float = 20, render_in_subprocess: bool = False, now: Any = NOW
) -> None:
    """Send both priorities, one after the other."""
    for priority in ("transactional", "bulk"):
        while services.deliver(
            connection_id=connection_id,
            priority=priority,
            clock=lambda: now,
            seconds=seconds,
            render_in_subprocess=render_in_subprocess,
        ):
            pass


def recount(dispatch_id: int) -> DispatchCounts:
    """Return the counts after recounting the messages and comparing."""
    sums = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in COUNTER_CONDITIONS.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sums} FROM delivery_message WHERE dispatch_id = %s", [dispatch_id])
        counted = dict(zip(COUNTER_CONDITIONS, cursor.fetchone(), strict=True))
        cursor.execute(
            "SELECT reason, count(*) FROM delivery_message WHERE dispatch_id = %s AND state = %s GROUP BY 1 ORDER BY 1",
            [dispatch_id, MessageState.SKIPPED],
        )
        known = DispatchCounts(**counted, skipped_by_reason=dict(cursor.fetchall()))
    assert queries.counts(dispatch_id) == known
    return known
