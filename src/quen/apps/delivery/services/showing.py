"""A message in words once more: nothing is kept of each mail, so it is made again of what it was made of."""

from __future__ import annotations

from datetime import datetime

from quen.apps.channels.types import Outgoing
from quen.apps.delivery import queries
from quen.apps.delivery.models import Message
from quen.apps.delivery.press import Unwritten, Writer, bound
from quen.apps.delivery.services.loading import Wording


def words_of(message: Message, *, now: datetime) -> Outgoing | Unwritten:
    """Give the frozen words of a message with what is known of the person today, links untouched.

    Raises TemplateBroken, NotFound.
    """
    launch = queries.get_launch(message.launch_id)
    launch.track_opens = launch.track_clicks = False
    wording = Wording(shown=True)
    order = wording.order(launch, now)
    (made,) = Writer(order).write_all(wording.items(launch, [message], now))
    return made if isinstance(made, Unwritten) else bound(order, made)
