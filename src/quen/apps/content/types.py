"""Enums, dataclasses and errors of the content app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ContentRight(StrEnum):
    """What a member may do with the texts of messages."""

    VIEW = "content.view"
    EDIT = "content.edit"


class BodyFormat(TextChoices):
    """How a body is written."""

    #: written in the editor; HTML without a page around it
    RICH = "rich", _("Editor")
    #: a complete HTML page
    HTML = "html", _("HTML")
    TEXT = "text", _("Plain text")


@dataclass(frozen=True, slots=True)
class MergeTag:
    """A placeholder for something about the recipient or the shop: ``{{ key | default: "…" }}``.

    fallback: by language, printed when no value is known and the author gave no default.
    shared: the same for every recipient; always known.
    """

    key: str
    label: str | Promise
    group: str | Promise
    example: str | Promise
    fallback: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ContentPurpose:
    """What a content is sent for, as far as its layout depends on it. reminders: overriding ones by language."""

    message_class: str
    reminders: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """One email, rendered for one recipient."""

    subject: str
    preview: str
    html: str
    text: str
    #: URLs in the HTML in order of first appearance; the position is the link's number
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentIssue:
    """An issue found by checking a text. blocking: it must not be sent like this.

    code: stable.  params: for ``text``.  rule: the law or reason.
    """

    code: str
    text: str | Promise
    blocking: bool
    params: Mapping[str, Any] = field(default_factory=dict)
    rule: str | Promise = ""


class VersionText(Protocol):
    """The text in one language."""

    @property
    def language(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def preview(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def body(self) -> str: ...


class TemplateBroken(DomainError):
    """The text cannot be rendered: a tag is unknown or not closed, or a limit is exceeded (see the subclasses)."""

    code = "template_broken"
    text = _("Line %(line)d: %(problem)s")
    field: ClassVar[str | None] = "body"


class TagsTooMany(TemplateBroken):
    """A text has more template tags than can be rendered for many recipients in time."""

    code = "tags_too_many"
    text = _("This text has %(count)d merge tags and blocks. It can have up to %(limit)d.")


class NestedTooDeep(TemplateBroken):
    """HTML elements are nested more deeply than email programs and our libraries can read."""

    code = "nested_too_deep"
    text = _("HTML elements are nested %(levels)d levels deep. Up to %(limit)d levels are possible.")


class ElementsTooMany(TemplateBroken):
    """HTML has too many elements."""

    code = "elements_too_many"
    text = _("This has %(count)d HTML elements. Up to %(limit)d are possible.")


class AttributesTooMany(TemplateBroken):
    """One HTML element has too many attributes."""

    code = "attributes_too_many"
    text = _("A “%(tag)s” element has %(count)d attributes. Up to %(limit)d are possible.")


class StylesTooLong(TemplateBroken):
    """The style sheets of a body exceed their limit."""

    code = "styles_too_long"
    text = _("The style sheets have %(kilobytes)d KB. Up to %(limit)d KB are possible.")


class StylesTooMany(TemplateBroken):
    """So many elements are compared with so many styles that it would take minutes."""

    code = "styles_too_many"
    text = _(
        "%(elements)d HTML elements with %(selectors)d style rules are too many together. Remove styles you don’t use."
    )


class ContentTooComplex(TemplateBroken):
    """Preparing a text took too long or failed."""

    code = "content_too_complex"
    text = _("This text takes too long to prepare. Make it shorter or simplify its HTML.")


class CompilersBusy(DomainError):
    """Too many texts are being prepared at the same moment."""

    code = "compilers_busy"
    status = 503
    text = _("Many previews are being prepared right now. Try again in a few seconds.")


class ContentFrozen(DomainError):
    """A message with this text was sent; it is kept unchanged as proof."""

    code = "content_frozen"
    status = 409
    text = _("This has been sent and can't be edited anymore. Duplicate it to make changes.")


class BodyTooLong(TemplateBroken):
    """A body exceeds its limit."""

    code = "body_too_long"
    text = _("This is %(kilobytes)d KB. Up to %(limit)d KB are possible.")


class TextTooLong(DomainError):
    """A text exceeds the limit of its channel."""

    code = "text_too_long"
    text = _("This text has %(chars)d characters. Messages on this channel can have up to %(limit)d.")
    field: ClassVar[str | None] = "body"
