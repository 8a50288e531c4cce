"""Who may reach which message or launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.core.errors import NotFound
from quen.rooms.delivery import queries
from quen.rooms.delivery.models import Launch, Message
from quen.rooms.delivery.types import UNGATED, MessageState
from quen.rooms.team.access import ensure
from quen.rooms.team.types import Right

if TYPE_CHECKING:
    from quen.rooms.team.models import Member


def message_for(member: Member, message_id: int) -> Message:
    """Give a message. Raises NotFound, NotAllowed."""
    ensure(member, Right.VIEW_MESSAGES)
    return queries.get_message(message_id)


def launch_for(member: Member, launch_id: int) -> Launch:
    """Give a launch people steer: not a test, not a confirmation. Raises NotFound, NotAllowed."""
    ensure(member, Right.VIEW_MESSAGES)
    launch = queries.get_launch(launch_id)
    if launch.source in UNGATED:
        raise NotFound()
    return launch


def may_settle(member: Member, message: Message) -> bool:
    """Say whether a member may decide what an uncertain message is."""
    return message.state == MessageState.UNCERTAIN and member.can(Right.SEND_CAMPAIGNS)
