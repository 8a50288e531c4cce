"""Render a stored message again: rendered text is not kept."""

from __future__ import annotations

from datetime import datetime

from quen.apps.channels.types import Outgoing
from quen.apps.delivery import queries
from quen.apps.delivery.models import Message
from quen.apps.delivery.rendering import MessageRenderer, RenderFailure, joined
from quen.apps.delivery.services.loading import MessageRenderContext


def render_message(message: Message, *, now: datetime) -> Outgoing | RenderFailure:
    """Return a message rendered from its frozen content and the contact's current data, without tracking links.

    Raises TemplateBroken, NotFound.
    """
    dispatch = queries.get_dispatch(message.dispatch_id)
    dispatch.track_opens = dispatch.track_clicks = False
    context = MessageRenderContext(include_parts=True)
    job = context.job(dispatch, now)
    (result,) = MessageRenderer(job).render_all(context.recipients(dispatch, [message], now))
    return result if isinstance(result, RenderFailure) else joined(job, result)
