"""Which messages and dispatches a member may reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.channels.types import ChannelRight
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.types import EXEMPT_SOURCES, DeliveryRight, MessageState
from quen.apps.team.access import ensure
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.team.models import Member


def message_for(member: Member, message_id: int) -> Message:
    """Return a message. Raises NotFound, NotAllowed."""
    ensure(member, ChannelRight.VIEW_MESSAGES)
    return queries.get_message(message_id)


def dispatch_for(member: Member, dispatch_id: int) -> Dispatch:
    """Return a dispatch that members manage: no test, no confirmation. Raises NotFound, NotAllowed."""
    ensure(member, ChannelRight.VIEW_MESSAGES)
    dispatch = queries.get_dispatch(dispatch_id)
    if dispatch.source in EXEMPT_SOURCES:
        raise NotFound()
    return dispatch


def may_resolve(member: Member, message: Message) -> bool:
    """Return whether a member may decide what became of an uncertain message."""
    return message.state == MessageState.UNKNOWN_OUTCOME and member.can(DeliveryRight.SEND)
