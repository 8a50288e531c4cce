"""A shop that can send: people who agreed, words, a connection to a sink; and a second way to count."""

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
from quen.apps.delivery.models import Launch, Message
from quen.apps.delivery.queries import FIGURES
from quen.apps.delivery.types import Figures, MessageState
from quen.core.sql import Relation

BODY = '<p>Chào {{ full_name }}, ghé <a href="https://tra-sen.example/moi">trà mới</a> nhé.</p>'


def make_reader(number: int = 0, **changes: Any) -> Contact:
    """A person who agreed to mail."""
    given: dict[str, Any] = {"status": Status.SUBSCRIBED, "consent_email": Consent.GRANTED}
    if number:
        given["email"] = f"khach{number}@example.net"
    return make_contact(**given | changes)


def make_readers(how_many: int) -> list[Contact]:
    """khach1@example.net and so on."""
    return [make_reader(number) for number in range(1, how_many + 1)]


def connect(port: int = 0, *, rate: float | None = None, username: str = "", secret: str = "") -> Connection:
    """Let mail travel to a sink on this machine; to the sandbox without a port."""
    return channels_services.set_connection(
        kind="email",
        adapter="smtp" if port else "sandbox",
        settings={"host": "127.0.0.1", "port": port, "security": "none", "username": username}
        if port
        else {},
        secret=secret,
        rate_per_second=rate,
        actor=None,
        now=NOW,
    )


def make_sender() -> Sender:
    """Whoever writes."""
    found = channels.preferred_sender("email")
    if found is not None:
        return found
    return channels_services.add_sender(
        kind="email", name="Trà Sen", address="chao@tra-sen.example", reply_to="", actor=None, now=NOW
    )


def make_words(subject: str = "Trà mới về", body: str = BODY) -> int:
    """A text; gives its id."""
    return content.create_content(now=NOW, subject=subject, body=body).pk


def make_launch(people: Sequence[Contact] | Relation, **changes: Any) -> Launch:
    """A launch to some people."""
    meant = people if isinstance(people, Relation) else these([person.pk for person in people])
    given: dict[str, Any] = {
        "source": "campaign",
        "source_id": 1,
        "origin_at": NOW,
        "name": "Trà mới tháng Mười",
        "people": meant,
        "message_class": MessageClass.MARKETING,
        "sender": make_sender(),
        "reminders": {},
        "track_opens": True,
        "track_clicks": True,
        "rate_per_second": None,
        "actor": None,
        "now": NOW,
    } | changes
    given.setdefault("connection", channels.active_connection("email"))
    if "content_id" not in given:
        given["content_id"] = make_words()
    return services.launch(**given)


def these(ids: Sequence[int]) -> Relation:
    """The people of these ids."""
    return Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": list(ids)}, ("contact_id",))


def work_off(launch: Launch, *, batch: int = 50_000, seconds: float = 20, beside: bool = False) -> Figures:
    """Gather and hand over until nothing is left to be done now; both ways of counting agree at each step."""
    services.gather(launch_id=launch.pk, clock=lambda: NOW, batch=batch)
    recounted(launch.pk)
    hand_over(launch.connection_id, seconds=seconds, beside=beside)
    launch.refresh_from_db()
    return recounted(launch.pk)


def hand_over(connection_id: int, *, seconds: float = 20, beside: bool = False, now: Any = NOW) -> None:
    """Both lanes, one after the other."""
    for lane in ("prompt", "bulk"):
        while services.hand_over(
            connection_id=connection_id, lane=lane, clock=lambda: now, seconds=seconds, beside=beside
        ):
            pass


def recounted(launch_id: int) -> Figures:
    """Give the figures after counting the messages themselves and finding the same."""
    sums = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in FIGURES.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sums} FROM delivery_message WHERE launch_id = %s", [launch_id])
        counted = dict(zip(FIGURES, cursor.fetchone(), strict=True))
        cursor.execute(
            "SELECT reason, count(*) FROM delivery_message WHERE launch_id = %s AND state = %s GROUP BY 1 ORDER BY 1",
            [launch_id, MessageState.SKIPPED],
        )
        known = Figures(**counted, left_out=dict(cursor.fetchall()))
    assert queries.figures(launch_id) == known
    return known


def states(launch: Launch) -> dict[str, MessageState]:
    """Give where each address stands."""
    return {
        address: MessageState(state)
        for address, state in Message.objects.filter(launch_id=launch.pk).values_list("address", "state")
    }
