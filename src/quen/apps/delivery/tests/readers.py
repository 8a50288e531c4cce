"""Messages that were handed over, and hits on them, for the tests of what readers do."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch, Message, Tally
from quen.apps.delivery.services.tallies import figures_at, move_tally
from quen.apps.delivery.types import LaunchState, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events.models import Event
from quen.apps.ingest.types import Kept

HANDED = NOW
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
APPLE = "Mozilla/5.0"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"
SHOP = "https://trasen.example/"
READING = ("opened", "opened_by_machine", "clicked", "unsubscribed", "complained")
_numbers = count(1)


def make_launch(**changes: Any) -> Launch:
    """A launch that is being sent."""
    columns: dict[str, Any] = {
        "source": "campaign",
        "source_id": next(_numbers),
        "origin_at": NOW,
        "message_class": "marketing",
        "name": "Trà mùa thu",
        "connection_id": 1,
        "content_id": 1,
        "sender_name": "Trà Sen",
        "sender_address": "chao@trasen.example",
        "state": LaunchState.SENDING,
        "created_at": NOW,
    }
    return Launch.objects.create(**columns | changes)


def make_message(launch: Launch, **changes: Any) -> Message:
    """A message that was accepted at HANDED, counted in its launch's figures."""
    number = next(_numbers)
    columns: dict[str, Any] = {
        "launch_id": launch.pk,
        "contact_id": 10_000 + number,
        "origin_at": launch.origin_at,
        "address": f"khach{number}@example.vn",
        "state": MessageState.ACCEPTED,
        "handed_at": HANDED,
    }
    message = Message.objects.create(**columns | changes)
    move_tally({launch.pk: dict.fromkeys(figures_at(message.state, message.reason), 1)})
    return message


def later(seconds: float) -> datetime:
    """So many seconds after hand-over."""
    return HANDED + timedelta(seconds=seconds)


def opened(message: Message, seconds: float, *, agent: str = PHONE, number: int | None = None) -> Kept:
    """Somebody's program loaded the image."""
    return Kept(number or next(_numbers), later(seconds), {"message": message.pk, "agent": agent})


def clicked(
    message: Message, seconds: float, path: str = "", *, agent: str = PHONE, number: int | None = None
) -> Kept:
    """Somebody, or something, followed a link."""
    body = {"message": message.pk, "agent": agent, "url": SHOP + path}
    return Kept(number or next(_numbers), later(seconds), body)


def tallied(launch: Launch) -> dict[str, int]:
    """The figures of a launch that tell what readers did and are not zero."""
    return {figure: people for figure, people in _figures(launch).items() if figure in READING}


def standing(launch: Launch) -> dict[str, int]:
    """The figures of a launch that tell where messages stand, found the same in the messages themselves."""
    told = {figure: people for figure, people in _figures(launch).items() if figure not in READING}
    assert told == {key: people for key in told if (people := queries.people_at(launch.pk, key).count())}
    assert sum(told.values()) == Message.objects.filter(launch_id=launch.pk).count()
    return told


def _figures(launch: Launch) -> dict[str, int]:
    return dict(Tally.objects.filter(launch_id=launch.pk).exclude(people=0).values_list("figure", "people"))


def counted(launch: Launch) -> dict[str, int]:
    """The same figures of opens and clicks, counted from the messages."""
    sums = {key: queries.people_at(launch.pk, key).count() for key in READING}
    return {key: people for key, people in sums.items() if people}


def told(message: Message) -> list[str]:
    """The kinds of events about a message, in order."""
    codes = Event.objects.filter(ref=message.pk).order_by("at", "id").values_list("kind", flat=True)
    return [kind.key for code in codes if (kind := kinds.by_code(code)) is not None]
