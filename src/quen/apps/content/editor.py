"""The state of ``content/editor.html``; apps that include the template get it from ``queries.editor_state``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from quen.apps.channels import registry as channels
from quen.apps.channels.types import ContentPart, ContentSpec, TextLength
from quen.apps.content import registry
from quen.apps.content.designs import BLANKS
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules.checks import MAX_SUBJECT_CHARS
from quen.apps.content.rules.tags import shown_length
from quen.apps.content.types import BodyFormat, MergeTag

MAX_PREVIEW_CHARS = 90
EMOJI = [
    "🎁", "🎉", "✨", "🌸", "🪷", "🍵", "☕", "🛍️", "🧧", "💐",
    "❤️", "💝", "🌿", "🌙", "☀️", "⭐", "🔥", "⏰", "📦", "🚚",
    "💌", "📣", "👋", "🙏", "😊", "😍", "🥳", "🎂", "🍰", "🥮",
    "🎊", "🏮", "🌼", "🍃", "👗", "👟", "💄", "📱", "🏡", "✅",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergeTagMenuItem:
    """An item of the merge tag menu. insert: the source that it adds to the text."""

    key: str
    label: str | Promise
    example: str | Promise
    insert: str


@dataclass(frozen=True, slots=True)
class EditorLanguage:
    """A language of the content."""

    code: str
    name: str
    has_content: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class EditorState:
    """Everything that ``content/editor.html`` shows. is_empty: nothing is written yet, in any language."""

    content_id: int
    language: str
    languages: list[EditorLanguage]
    subject: str
    preview: str
    format: str
    body: str
    frozen: bool
    saved_at: datetime | None
    tags: list[tuple[str | Promise, list[MergeTagMenuItem]]]
    spec: ContentSpec
    length: TextLength | None = None
    is_empty: bool = False
    max_subject: int = MAX_SUBJECT_CHARS
    max_preview: int = MAX_PREVIEW_CHARS

    @property
    def is_text_only(self) -> bool:
        """Whether the channel has plain text only."""
        return self.spec.parts == {ContentPart.TEXT}

    @property
    def chip_text(self) -> str:
        """How the chip of a tag with a fallback reads; the editor fills in label and fallback."""
        return _("%(label)s, or “%(fallback)s”")

    @property
    def subject_length(self) -> int:
        """The characters of the subject with its tags filled in."""
        return shown_length(self.subject)

    @property
    def preview_length(self) -> int:
        """The characters of the preview text with its tags filled in."""
        return shown_length(self.preview)

    @property
    def formats(self) -> list[dict[str, str]]:
        """The body formats, for a segmented control."""
        return [{"value": value, "text": str(text)} for value, text in BodyFormat.choices]

    @property
    def blanks_json(self) -> str:
        """The blanks of the starting designs, which the editor highlights, as JSON."""
        return json.dumps(BLANKS)

    @property
    def emoji(self) -> list[str]:
        """The emoji of the emoji menu."""
        return EMOJI


def editor_state(
    content: Content,
    language: str = "",
    typed: Mapping[str, str] | None = None,
    length: TextLength | None = None,
) -> EditorState:
    """Return the editor's state for a language.

    typed: the values that could not be saved.  length: as the channel counts the saved text.
    """
    versions = {version.language: version for version in ContentVersion.objects.filter(content=content)}
    language = language or content.default_language
    version = versions.get(language) or ContentVersion(format=_first_format(versions))
    values = typed or {}
    return EditorState(
        content_id=content.pk,
        language=language,
        languages=[
            EditorLanguage(code, str(name), code in versions, code == language)
            for code, name in settings.LANGUAGES
        ],
        subject=values.get("subject", version.subject),
        preview=values.get("preview", version.preview),
        format=values.get("format", version.format),
        body=values.get("body", version.body),
        frozen=content.frozen_at is not None,
        saved_at=version.updated_at,
        tags=_merge_tag_menu(registry.merge_tags(), language),
        spec=channels.channel(content.channel).content,
        length=length,
        is_empty=not typed
        and content.frozen_at is None
        and not any(each.subject or each.preview or each.body for each in versions.values()),
    )


def _first_format(versions: dict[str, ContentVersion]) -> str:
    return next((version.format for version in versions.values()), BodyFormat.RICH)


def _merge_tag_menu(
    tags: list[MergeTag], language: str
) -> list[tuple[str | Promise, list[MergeTagMenuItem]]]:
    groups: dict[str, tuple[str | Promise, list[MergeTagMenuItem]]] = {}
    for tag in tags:
        fallback = tag.fallback.get(language, "")
        insert = f"{{{{ {tag.key} }}}}" if tag.shared else f'{{{{ {tag.key} | default: "{fallback}" }}}}'
        _label, items = groups.setdefault(str(tag.group), (tag.group, []))
        items.append(MergeTagMenuItem(tag.key, tag.label, tag.example, insert))
    return list(groups.values())
