"""Render the mail of one recipient: content, links, bytes."""

from __future__ import annotations

from collections.abc import Sequence

from quen.apps.channels.registry import build_mail
from quen.apps.channels.types import MailParts, Outgoing
from quen.apps.content.types import RenderedMail
from quen.apps.delivery.rendering.prepared import PreparedTemplate, can_prepare
from quen.apps.delivery.rendering.types import (
    LinkRewriter,
    Recipient,
    RenderedParts,
    RenderFailure,
    RenderJob,
    RenderResult,
)


class MailRenderer:
    """Renders the mails of one dispatch. What they share is prepared once per language."""

    def __init__(self, job: RenderJob) -> None:
        self._job = job
        self._link_rewriter = LinkRewriter(job.tracker, job.link_tags)
        self._prepared: dict[str, PreparedTemplate | None] = {}

    def render_all(self, recipients: Sequence[Recipient]) -> list[RenderResult]:
        """Return the mails of a batch in the same order. A failed one does not affect the others."""
        return [self._render_or_fail(recipient) for recipient in recipients]

    def _render_or_fail(self, recipient: Recipient) -> RenderResult:
        try:
            return self._render(recipient)
        except Exception as error:  # any error concerns this mail only
            return RenderFailure(recipient.id, f"{type(error).__name__}: {error}"[:300])

    def _render(self, recipient: Recipient) -> Outgoing | RenderedParts:
        template = self._prepared_for(recipient.language)
        if template is None:
            return render_whole(self._job, recipient)
        return RenderedParts(
            recipient.id, recipient.address, template.fill(recipient, _message_id(self._job, recipient))
        )

    def _prepared_for(self, language: str) -> PreparedTemplate | None:
        if language not in self._prepared:
            self._prepared[language] = self._prepare(language)
        return self._prepared[language]

    def _prepare(self, language: str) -> PreparedTemplate | None:
        job, compiled = self._job, self._job.compiled
        if compiled is None or job.include_parts or not can_prepare(compiled, language):
            return None
        parts = MailParts(
            from_name=job.from_name,
            from_address=job.from_address,
            to_address="",
            subject="",
            at=job.at,
            reply_to=job.reply_to,
            bulk=job.bulk,
        )
        return PreparedTemplate(compiled, language, self._link_rewriter, parts, bulk=job.bulk)


def joined(job: RenderJob, mail: Outgoing | RenderedParts) -> Outgoing:
    """Return a mail as one block of bytes. Done just before sending: whole mails are long to pass between processes."""
    if isinstance(mail, Outgoing):
        return mail
    return Outgoing(mail.key, job.from_address, mail.address, b"".join(mail.parts), smtp_safe=True)


def render_whole(job: RenderJob, recipient: Recipient) -> Outgoing:
    """Return one mail ready to send, rendered without a prepared template."""
    rendered, link_rewriter = _render_content(job, recipient), LinkRewriter(job.tracker, job.link_tags)
    token = link_rewriter.token(recipient.id)
    html = link_rewriter.add_open_pixel(
        link_rewriter.rewrite_links(rendered.html, token, recipient.opt_out_url), token
    )
    parts = MailParts(
        from_name=job.from_name,
        from_address=job.from_address,
        to_address=recipient.address,
        subject=rendered.subject,
        at=job.at,
        html=html,
        text=rendered.text,
        reply_to=job.reply_to,
        message_id=_message_id(job, recipient),
        one_click_url=recipient.one_click_url if job.bulk else "",
        bulk=job.bulk,
    )
    return Outgoing(
        key=recipient.id,
        sender=job.from_address,
        recipient=recipient.address,
        body=build_mail(parts),
        parts=_preview_parts(job, rendered, html, parts.one_click_url) if job.include_parts else {},
    )


def _message_id(job: RenderJob, recipient: Recipient) -> str:
    return f"{job.workspace_id}.{recipient.id}.{recipient.attempt}"


def _preview_parts(job: RenderJob, rendered: RenderedMail, html: str, one_click_url: str) -> dict[str, str]:
    return {
        "subject": rendered.subject,
        "html": html,
        "text": rendered.text,
        "from": f"{job.from_name} <{job.from_address}>",
        "reply_to": job.reply_to,
        "list_unsubscribe": one_click_url,
    }


def _render_content(job: RenderJob, recipient: Recipient) -> RenderedMail:
    if job.compiled is None:
        return RenderedMail(
            subject=job.prepared_content["subject"], preview="", html="", text=job.prepared_content["text"]
        )
    return job.compiled.render(recipient.language, recipient.values, recipient.opt_out_url)
