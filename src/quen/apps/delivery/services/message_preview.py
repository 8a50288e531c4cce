"""A message in words once more: nothing is kept of each mail, so it is made again of what it was made of."""

from __future__ import annotations

from datetime import datetime

from quen.apps.channels.types import Outgoing
from quen.apps.delivery import queries
from quen.apps.delivery.models import Message
from quen.apps.delivery.rendering import MailRenderer, RenderFailure, joined
from quen.apps.delivery.services.loading import MessageRenderContext


def render_message(message: Message, *, now: datetime) -> Outgoing | RenderFailure:
    """Give the frozen words of a message with what is known of the person today, links untouched.

    Raises TemplateBroken, NotFound.
    """
    dispatch = queries.get_dispatch(message.dispatch_id)
    dispatch.track_opens = dispatch.track_clicks = False
    context = MessageRenderContext(include_parts=True)
    job = context.job(dispatch, now)
    (mail,) = MailRenderer(job).render_all(context.recipients(dispatch, [message], now))
    return mail if isinstance(mail, RenderFailure) else joined(job, mail)
