"""Who may reach which message or launch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch, Message
from quen.apps.delivery.types import UNGATED, MessageState
from quen.apps.team.access import ensure
from quen.apps.team.types import Right
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.team.models import Member


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
