"""What comes next on a connection: which launch, which of its messages, in which words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channels_registry
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.content import queries as content
from quen.apps.delivery.models import Chunk, Launch, Message, Window
from quen.apps.delivery.press import Item, Order
from quen.apps.delivery.rules.tracking import KEY_PURPOSE, Tracker
from quen.apps.delivery.services.memory import Meter
from quen.apps.delivery.services.tallies import move_tally
from quen.apps.delivery.types import MessageState
from quen.core import crypto, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

BATCH: Final = 250
#: ids a range of messages whose time has come spans at most
_RANGE: Final = 1_000
_RANGES_AT_ONCE: Final = 50


@dataclass(slots=True)
class Batch:
    """Messages of a launch to be handed over from an instant of the monotonic clock on."""

    launch: Launch
    order: Order
    items: list[Item]
    not_before: float
    #: the earliest next hand-overs as they were before this one was reckoned in
    meters: dict[Meter, float | None] = field(default_factory=dict)
    #: ranges that are empty once the batch has left, and the one that begins later then
    done: list[int] = field(default_factory=list)
    rest: tuple[int, int] | None = None


class Reading:
    """Reads a launch's waiting messages from front to back; what waits again behind us comes at the next reading."""

    def __init__(self) -> None:
        self._at: dict[int, int] = {}

    def restart(self, launch_id: int) -> bool:
        """Begin at the front again; False when that is where it stands."""
        return bool(self._at.pop(launch_id, 0))

    def next(self, launch: Launch, most: int) -> tuple[list[Message], list[int], tuple[int, int] | None]:
        """Give the next messages, the ranges that end with them, and where the last range goes on.

        Ranges in which nothing waits are dropped on the way: whoever lets a message wait again notes a range.
        """
        found: list[Message] = []
        done: list[int] = []
        while True:
            since = self._at.get(launch.pk, 0)
            ranges = Chunk.objects.filter(launch_id=launch.pk, last_id__gte=since).order_by("first_id", "id")
            several = list(ranges[:_RANGES_AT_ONCE])
            empty = []
            for chunk in several:
                wanted = most - len(found)
                some = _waiting(launch.pk, max(chunk.first_id, since), chunk.last_id, wanted)
                found += some
                if len(some) == wanted:
                    self._at[launch.pk] = some[-1].pk + 1
                    return found, done, (chunk.pk, some[-1].pk + 1)
                if some or chunk.first_id < since:
                    done.append(chunk.pk)
                else:
                    empty.append(chunk.pk)
                self._at[launch.pk] = since = max(since, chunk.last_id + 1)
            Chunk.objects.filter(pk__in=empty).delete()
            if found or not several:
                return found, done, None


def _waiting(launch_id: int, first: int, last: int, most: int) -> list[Message]:
    fields = ("id", "contact_id", "address", "language", "attempt", "tries")
    found = Message.objects.filter(pk__range=(first, last), launch_id=launch_id, state=MessageState.QUEUED)
    return list(found.order_by("pk").only(*fields)[:most])


def consume(batch: Batch) -> None:
    """Take what has left out of the ranges."""
    if batch.done:
        Chunk.objects.filter(pk__in=batch.done).delete()
    if batch.rest is not None:
        chunk_id, first = batch.rest
        Chunk.objects.filter(pk=chunk_id, first_id__lt=first).update(first_id=first)


@transaction.atomic
def wake_due(launch: Launch, *, now: datetime) -> int:
    """Let messages wait again whose time to be tried again has come; give how many."""
    # The launch first, as everywhere: see windows.
    Launch.objects.select_for_update(no_key=True).filter(pk=launch.pk).first()
    woken = sql.rows(
        Relation(
            "UPDATE delivery_message SET state = %(queued)s, due_at = NULL"
            " WHERE launch_id = %(launch)s AND due_at <= %(now)s AND state = %(deferred)s RETURNING id",
            {
                "launch": launch.pk,
                "now": now,
                "queued": MessageState.QUEUED,
                "deferred": MessageState.DEFERRED,
            },
        )
    )
    note_ranges(launch.pk, [message_id for (message_id,) in woken])
    move_tally({launch.pk: {"deferred": -len(woken), "queued": len(woken)}})
    return len(woken)


def note_ranges(launch_id: int, ids: Sequence[int]) -> None:
    """Note where messages wait that lie here and there."""
    ranges: dict[int, list[int]] = {}
    for message_id in sorted(ids):
        ranges.setdefault(message_id // _RANGE, []).append(message_id)
    Chunk.objects.bulk_create(
        Chunk(launch_id=launch_id, first_id=run[0], last_id=run[-1]) for run in ranges.values()
    )


def heal(launch: Launch) -> bool:
    """Find waiting messages that no range knows: rows are the truth. Say whether there are any."""
    if (
        Chunk.objects.filter(launch_id=launch.pk).exists()
        or Window.objects.filter(launch_id=launch.pk).exists()
    ):
        return False
    lost = Message.objects.filter(launch_id=launch.pk, state=MessageState.QUEUED)
    span = lost.aggregate(first=Min("pk"), last=Max("pk"))
    if span["first"] is None:
        return False
    Chunk.objects.create(launch_id=launch.pk, first_id=span["first"], last_id=span["last"])
    return True


class Wording:
    """Makes orders of launches and items of their messages; words are read once a launch.

    shown: mails are made to be looked at.
    """

    def __init__(self, *, shown: bool = False) -> None:
        self._shown = shown
        self._workspace: Workspace = accounts.current_workspace()
        self._orders: dict[int, Order] = {}
        self._keys: dict[int, frozenset[str]] = {}

    def order(self, launch: Launch, now: datetime) -> Order:
        """Give what all mails of a launch have in common. Raises TemplateBroken."""
        if launch.pk not in self._orders:
            self._orders[launch.pk] = self._make(launch, now)
        return self._orders[launch.pk]

    def items(self, launch: Launch, messages: Sequence[Message], now: datetime) -> list[Item]:
        """Give what is known of each reader, one query a family of tags."""
        order = self._orders[launch.pk]
        people = {message.contact_id for message in messages if message.contact_id}
        values: dict[int, dict[str, object]] = {}
        if order.compiled is not None and people:
            values = content.values_of(order.compiled.keys, people, now=now)
        return [self._item(launch, message, values) for message in messages]

    def _item(self, launch: Launch, message: Message, values: dict[int, dict[str, object]]) -> Item:
        return Item(
            id=message.pk,
            contact_id=message.contact_id,
            address=message.address,
            language=message.language,
            attempt=message.attempt,
            tries=message.tries,
            values=values.get(message.contact_id, {}),
            opt_out_url=self._address(compliance.unsubscribe_url, launch, message),
            one_click_url=self._address(compliance.one_click_url, launch, message),
        )

    def _address(self, made: Callable[..., str], launch: Launch, message: Message) -> str:
        return made(
            workspace_id=self._workspace.pk,
            contact_id=message.contact_id,
            message_id=message.pk,
            channel=launch.kind,
        )

    def _make(self, launch: Launch, now: datetime) -> Order:
        compiled = None
        if not launch.ready:
            compiled = content.compiled(
                content.get_content(launch.content_id),
                workspace=self._workspace,
                message_class=launch.message_class,
                reminders=launch.reminders,
            )
        tracker = None
        if launch.track_opens or launch.track_clicks:
            tracker = Tracker(
                base_url=settings.BASE_URL,
                workspace_id=self._workspace.pk,
                key=crypto.derive_key(KEY_PURPOSE),
                opens=launch.track_opens,
                clicks=launch.track_clicks,
            )
        return Order(
            key=launch.pk,
            workspace_id=self._workspace.pk,
            compiled=compiled,
            ready=launch.ready,
            tracker=tracker,
            link_tags=launch.link_tags,
            from_name=launch.sender_name,
            from_address=launch.sender_address,
            reply_to=launch.reply_to,
            bulk=launch.message_class == MessageClass.MARKETING,
            at=now,
            shown=self._shown or not _leaves(launch),
        )


def anything_due(launch: Launch, *, now: datetime) -> bool:
    """Say whether the time of a message has come to be tried again."""
    return Message.objects.filter(launch_id=launch.pk, due_at__lte=now, state=MessageState.DEFERRED).exists()


def _leaves(launch: Launch) -> bool:
    return channels_registry.adapter(channels.get_connection(launch.connection_id).adapter).leaves
