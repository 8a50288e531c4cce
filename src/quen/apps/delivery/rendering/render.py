"""Render the message of one recipient: content, links, bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from quen.apps.channels.registry import PreparingRenderer
from quen.apps.channels.types import Envelope, Outgoing
from quen.apps.content.types import RenderedMessage
from quen.apps.delivery.rendering.prepared import PreparedTemplate, prepare
from quen.apps.delivery.rendering.types import (
    LinkRewriter,
    Recipient,
    RenderedParts,
    RenderFailure,
    RenderJob,
    RenderResult,
)


class MessageRenderer:
    """Renders the messages of one dispatch. What they share is prepared once per language."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job
        self._link_rewriter = LinkRewriter(job.tracker, job.link_tags)
        self._prepared: dict[str, PreparedTemplate | None] = {}

    def render_all(self, recipients: Sequence[Recipient]) -> list[RenderResult]:
        """Return the messages of a batch in the same order. A failed one does not affect the others."""
        return [self._render_or_fail(recipient) for recipient in recipients]

    def _render_or_fail(self, recipient: Recipient) -> RenderResult:
        try:
            return self._render(recipient)
        except Exception as error:  # any error concerns this message only
            return RenderFailure(recipient.id, f"{type(error).__name__}: {error}"[:300])

    def _render(self, recipient: Recipient) -> Outgoing | RenderedParts:
        template = self._prepared_for(recipient.language)
        if template is None:
            return render_whole(self._job, recipient)
        envelope = recipient.envelope(self._job.workspace_id)
        return RenderedParts(recipient.id, recipient.address, template.fill(recipient, envelope))

    def _prepared_for(self, language: str) -> PreparedTemplate | None:
        if language not in self._prepared:
            self._prepared[language] = self._prepare(language)
        return self._prepared[language]

    def _prepare(self, language: str) -> PreparedTemplate | None:
        if self._job.compiled is None or not isinstance(self._job.renderer, PreparingRenderer):
            return None
        return prepare(self._job.compiled, language, self._link_rewriter, self._job.renderer)


def joined(job: RenderJob, message: Outgoing | RenderedParts) -> Outgoing:
    """Return a message in one piece. Done just before sending: whole messages are long to pass between processes."""
    if isinstance(message, Outgoing):
        return message
    # Nobody else's messages come in parts.
    return cast("PreparingRenderer", job.renderer).join(Envelope(message.key, message.address), message.parts)


def render_whole(job: RenderJob, recipient: Recipient) -> Outgoing:
    """Return one message ready to send, rendered without a prepared template."""
    content, link_rewriter = _render_content(job, recipient), LinkRewriter(job.tracker, job.link_tags)
    token = link_rewriter.token(recipient.id)
    html = link_rewriter.rewrite_links(content.html, token, recipient.opt_out_url)
    tracked = RenderedMessage(
        subject=content.subject,
        preview=content.preview,
        html=link_rewriter.add_open_pixel(html, token),
        text=content.text,
    )
    return job.renderer.build(recipient.envelope(job.workspace_id), tracked)


def _render_content(job: RenderJob, recipient: Recipient) -> RenderedMessage:
    if job.compiled is None:
        return RenderedMessage(
            subject=job.prepared_content.get("subject", ""),
            preview="",
            html="",
            text=job.prepared_content["text"],
        )
    return job.compiled.render(recipient.language, recipient.values, recipient.opt_out_url)
