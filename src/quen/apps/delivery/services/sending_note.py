"""Why a dispatch does not go faster, or not at all, in words for its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channels_registry
from quen.apps.channels import services as channels_services
from quen.apps.channels.types import ConnectionState, NoConnection
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, InFlightBatch, Message
from quen.apps.delivery.types import ACTIVE_STATES, DispatchCounts, DispatchState
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection

#: a server's silence and its wish for less are told for so long after they were noted
_SILENCE_TOLD: Final = timedelta(seconds=45)
_SLOWDOWN_TOLD: Final = timedelta(minutes=5)
_LONG_PAUSE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SendingNote:
    """Why sending stands still or is slow.

    channel: key of the channel.  code: "paused", "preparing", "unreachable", "throttled", "slow", "behind", "rate",
    "retrying", "turn".  reply: the server's own words.  is_problem: something is wrong, not only slow.  retry_at: when
    it goes on.
    """

    channel: str
    code: str
    text: str
    reply: str = ""
    is_problem: bool = False
    retry_at: datetime | None = None

    @property
    def reply_meaning(self) -> str:
        """What the server's reply means, "" when its code is not known."""
        return channels_registry.channel(self.channel).explain_reply(self.reply) if self.reply else ""


def sending_note(
    dispatch: Dispatch, *, now: datetime, counts: DispatchCounts | None = None
) -> SendingNote | None:
    """Return why an unfinished dispatch does not simply send, None when it does or has ended."""
    if dispatch.state == DispatchState.PAUSED:
        return _paused(dispatch)
    if dispatch.state not in ACTIVE_STATES:
        return None
    known = counts or queries.counts(dispatch.pk)
    if dispatch.state == DispatchState.FANNING_OUT and not known.audience:
        return SendingNote(
            dispatch.channel,
            "preparing",
            _("The list of recipients is being prepared. Sending starts by itself."),
        )
    if not known.queued:
        return _retrying(dispatch, known)
    try:
        connection = channels.get_connection(dispatch.connection_id)
    except NoConnection:
        return None
    return (
        _unreachable(connection)
        or _silent(connection, now)
        or _throttled(connection, now)
        or _behind(dispatch, connection)
        or _limited(dispatch, connection)
        or _waiting_for_turn(dispatch)
    )


def _paused(dispatch: Dispatch) -> SendingNote:
    text = str(dispatch.error.get("text", ""))
    if not text:
        return SendingNote(
            dispatch.channel, "paused", _("Sending is paused. Nothing is sent until somebody resumes it.")
        )
    reason = channels_services.error_message(str(dispatch.error.get("code", "")), text)
    reply = text if text != reason else ""
    return SendingNote(
        dispatch.channel,
        "paused",
        _("Sending is paused: %(reason)s") % {"reason": reason},
        reply=reply,
        is_problem=True,
    )


def _retrying(dispatch: Dispatch, counts: DispatchCounts) -> SendingNote | None:
    if not counts.deferred:
        return None
    due = Message.objects.filter(dispatch_id=dispatch.pk, due_at__isnull=False).aggregate(at=Min("due_at"))
    text = ngettext(
        "%(n)s message was deferred by the recipient's server and will be retried.",
        "%(n)s messages were deferred by the recipients' servers and will be retried.",
        counts.deferred,
    ) % {"n": num(counts.deferred)}
    return SendingNote(dispatch.channel, "retrying", text, retry_at=due["at"])


def _unreachable(connection: Connection) -> SendingNote | None:
    if connection.state != ConnectionState.FAILING or not _delivers(connection):
        return None
    reason = channels_services.error_message(connection.last_error_code, connection.last_error)
    text = _("The provider can't be used: %(reason)s It is tried again every minute.") % {"reason": reason}
    reply = connection.last_error if connection.last_error != reason else ""
    return SendingNote(connection.channel, "unreachable", text, reply=reply, is_problem=True)


def _silent(connection: Connection, now: datetime) -> SendingNote | None:
    if connection.silent_at is None or connection.silent_at < now - _SILENCE_TOLD:
        return None
    seconds = round(connection.silent_seconds or 0)
    text = ngettext(
        "The provider is slow to reply: it has kept us waiting for %(n)s second.",
        "The provider is slow to reply: it has kept us waiting for %(n)s seconds.",
        seconds,
    ) % {"n": num(seconds)}
    return SendingNote(connection.channel, "slow", text)


def _throttled(connection: Connection, now: datetime) -> SendingNote | None:
    if connection.slowed_at is None or not (connection.found_rate or connection.found_connections):
        return None
    until = connection.slowed_until
    if connection.slowed_at < now - _SLOWDOWN_TOLD and (until is None or until < now):
        return None
    reply = connection.slowdown_reply
    if until is not None and until > now + _LONG_PAUSE:
        text = _("The provider wants a pause. Sending goes on by itself.")
        return SendingNote(connection.channel, "throttled", text, reply=reply, retry_at=until)
    rate = connection.found_rate
    if rate is None:
        text = _("The provider allows fewer connections at once, so sending is slower.")
    else:
        text = _(
            "The provider limits how fast it takes messages. Sending goes on at about %(rate)s a second."
        ) % {"rate": channels.shown_rate(rate)}
    return SendingNote(connection.channel, "throttled", text, reply=reply)


def _behind(dispatch: Dispatch, connection: Connection) -> SendingNote | None:
    earlier = next(
        (each for each in queries.active_dispatches(connection.pk) if each.state in ACTIVE_STATES), None
    )
    if earlier is None or earlier.pk == dispatch.pk or not queries.counts(earlier.pk).queued:
        return None
    return SendingNote(
        dispatch.channel, "behind", _("It waits until “%(name)s” has been sent.") % {"name": earlier.name}
    )


def _limited(dispatch: Dispatch, connection: Connection) -> SendingNote | None:
    rates = [each for each in (dispatch.rate_per_second, connection.rate_per_second) if each]
    if not rates:
        return None
    rate = min(rates)
    if rate < 1:
        text = _("Sending keeps to the set limit of %(rate)s messages a minute.")
        return SendingNote(dispatch.channel, "rate", text % {"rate": channels.shown_rate(rate * 60)})
    text = _("Sending keeps to the set limit of %(rate)s messages a second.")
    return SendingNote(dispatch.channel, "rate", text % {"rate": channels.shown_rate(rate)})


def _waiting_for_turn(dispatch: Dispatch) -> SendingNote | None:
    if InFlightBatch.objects.filter(dispatch_id=dispatch.pk).exists():
        return None
    return SendingNote(
        dispatch.channel, "turn", _("It waits for its turn: other messages are being sent right now.")
    )


def _delivers(connection: Connection) -> bool:
    return channels_registry.adapter(connection.channel, connection.adapter).delivers
