"""Mails in the words of each reader, made beside the hand-over in a process of their own.

No Django set-up and no database in here: what comes in is whole, what goes out are bytes.
"""

from quen.apps.delivery.rendering.render import MailRenderer, joined, render_whole
from quen.apps.delivery.rendering.subprocess import RenderProcess
from quen.apps.delivery.rendering.types import (
    Recipient,
    RenderedParts,
    RenderFailure,
    RenderJob,
    RenderResult,
)

__all__ = [
    "MailRenderer",
    "Recipient",
    "RenderFailure",
    "RenderJob",
    "RenderProcess",
    "RenderResult",
    "RenderedParts",
    "joined",
    "render_whole",
]
