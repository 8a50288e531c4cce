"""Who may reach which message or dispatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.types import EXEMPT_SOURCES, MessageState
from quen.apps.team.access import ensure
from quen.apps.team.types import Right
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.team.models import Member


def message_for(member: Member, message_id: int) -> Message:
    """Give a message. Raises NotFound, NotAllowed."""
    ensure(member, Right.VIEW_MESSAGES)
    return queries.get_message(message_id)


def dispatch_for(member: Member, dispatch_id: int) -> Dispatch:
    """Give a dispatch people steer: not a test, not a confirmation. Raises NotFound, NotAllowed."""
    ensure(member, Right.VIEW_MESSAGES)
    dispatch = queries.get_dispatch(dispatch_id)
    if dispatch.source in EXEMPT_SOURCES:
        raise NotFound()
    return dispatch


def may_resolve(member: Member, message: Message) -> bool:
    """Say whether a member may decide what an uncertain message is."""
    return message.state == MessageState.UNKNOWN_OUTCOME and member.can(Right.SEND_CAMPAIGNS)
