"""Services of the content app."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.channels import registry as channels
from quen.apps.channels.types import ContentPart, ContentSpec
from quen.apps.content import compiling
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules import limits
from quen.apps.content.types import BodyFormat, ContentFrozen, TextTooLong
from quen.core.text import clean, clean_lines


@transaction.atomic
def create_content(
    *,
    now: datetime,
    channel: str = "",
    default_language: str = "vi",
    subject: str = "",
    preview: str = "",
    format: str = BodyFormat.RICH,
    body: str = "",
) -> Content:
    """Create a content with one version in its default language. Raises what ``save_version`` raises.

    channel: key of a channel, which decides the parts of the text; empty takes the first one.
    """
    key = channel or channels.channels()[0].key
    content = Content.objects.create(channel=key, default_language=default_language, created_at=now)
    save_version(
        content=content,
        language=default_language,
        subject=subject,
        preview=preview,
        format=format,
        body=body,
        now=now,
    )
    return content


@transaction.atomic
def save_version(
    *,
    content: Content,
    language: str,
    body: str,
    now: datetime,
    subject: str = "",
    preview: str = "",
    format: str = BodyFormat.RICH,
) -> ContentVersion:
    """Save the text of one language and return it. Parts that the content's channel does not have are left empty.

    Raises TemplateBroken or a subclass (``field`` names subject, preview or body), TextTooLong, CompilersBusy,
    ContentFrozen; nothing is written then. Locks the content row, so that nothing is saved while it is being frozen.
    """
    spec = channels.channel(content.channel).content
    _ensure_short_enough(body, spec)
    subject = clean(subject) if ContentPart.SUBJECT in spec.parts else ""
    preview = clean(preview) if ContentPart.PREVIEW in spec.parts else ""
    if ContentPart.HTML not in spec.parts:
        format = BodyFormat.TEXT
    if format == BodyFormat.TEXT:
        body = clean_lines(body)
    # Before the row is locked: it may take seconds.
    compiling.ensure_valid(subject=subject, preview=preview, format=str(format), body=body)
    locked = _lock_unfrozen(content)
    version, _new = ContentVersion.objects.update_or_create(
        content=locked,
        language=language,
        defaults={
            "subject": subject,
            "preview": preview,
            "format": format,
            "body": body,
            "updated_at": now,
        },
    )
    return version


def _ensure_short_enough(body: str, spec: ContentSpec) -> None:
    limits.ensure_short(body)
    if spec.max_chars is not None and len(body) > spec.max_chars:
        raise TextTooLong(chars=len(body), limit=spec.max_chars)


@transaction.atomic
def copy_content(*, content: Content, now: datetime) -> Content:
    """Return an editable copy with every language, also of a frozen content."""
    copy = Content.objects.create(
        channel=content.channel, default_language=content.default_language, created_at=now
    )
    ContentVersion.objects.bulk_create(
        ContentVersion(
            content=copy,
            language=version.language,
            subject=version.subject,
            preview=version.preview,
            format=version.format,
            body=version.body,
            updated_at=now,
        )
        for version in content.versions.all()
    )
    return copy


@transaction.atomic
def freeze(content: Content, *, now: datetime) -> None:
    """Prevent any further changes. Idempotent."""
    Content.objects.filter(pk=content.pk, frozen_at=None).update(frozen_at=now)
    content.refresh_from_db(fields=["frozen_at"])


@transaction.atomic
def delete_content(*, content: Content) -> None:
    """Delete a content that was never sent. Raises ContentFrozen."""
    _lock_unfrozen(content).delete()


def _lock_unfrozen(content: Content) -> Content:
    locked = Content.objects.select_for_update().get(pk=content.pk)
    if locked.frozen_at is not None:
        raise ContentFrozen()
    return locked
