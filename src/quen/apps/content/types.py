"""Words, shapes and refusals of the content room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class BodyFormat(TextChoices):
    """How a body was written."""

    #: written in the editor of the composer; HTML without a page around it
    RICH = "rich", _("Written here")
    #: a whole page of HTML
    HTML = "html", _("HTML")
    TEXT = "text", _("Plain text")


@dataclass(frozen=True, slots=True)
class MergeTag:
    """What a text may say about the reader: ``{{ key | default: "…" }}``.

    fallback: what stands there by language when nothing is known and the author said nothing.
    shared: the same for every reader; always known.
    """

    key: str
    label: str | Promise
    group: str | Promise
    example: str | Promise
    fallback: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ContentPurpose:
    """What a text is sent for, as far as its look depends on it. reminders: its own, by language."""

    message_class: str
    reminders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One message in the words of one reader."""

    subject: str
    preview: str
    html: str
    text: str
    #: addresses in the HTML in order of first appearance; the place is the link's number
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentIssue:
    """Something the check of a text found. ``blocks``: it may not be sent like this.

    code: stable. params: fill ``text``. rule: the law or reason, in words.
    """

    code: str
    text: str | Promise
    blocking: bool
    params: Mapping[str, Any] = field(default_factory=dict)
    rule: str | Promise = ""


class TemplateBroken(DomainError):
    """The text can't be read: a tag is unknown or not closed."""

    code = "template_broken"
    text = _("Line %(line)d: %(problem)s")
    field: ClassVar[str | None] = "body"


class ContentFrozen(DomainError):
    """Something was sent with these words; they stay as proof."""

    code = "content_frozen"
    status = 409
    text = _("This has been sent, so its words stay as they are. Copy it to write on.")


class BodyTooLong(DomainError):
    """A body has its limit."""

    code = "body_too_long"
    text = _("This is %(kilobytes)d KB. A mail may have %(limit)d KB.")
    field: ClassVar[str | None] = "body"
