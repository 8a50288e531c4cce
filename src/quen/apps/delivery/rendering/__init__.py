"""Rendering of each recipient's message, in a subprocess that works ahead of the sender, or sends for it.

Runs without Django set-up and without a database: a job is complete in itself, the results are bytes.
"""

from quen.apps.delivery.rendering.render import MessageRenderer, joined, render_whole
from quen.apps.delivery.rendering.subprocess import NothingSent, RenderProcess
from quen.apps.delivery.rendering.types import (
    RENDER_FAILED,
    Recipient,
    RenderedParts,
    RenderFailure,
    RenderJob,
    RenderResult,
)

__all__ = [
    "RENDER_FAILED",
    "MessageRenderer",
    "NothingSent",
    "Recipient",
    "RenderFailure",
    "RenderJob",
    "RenderProcess",
    "RenderResult",
    "RenderedParts",
    "joined",
    "render_whole",
]
