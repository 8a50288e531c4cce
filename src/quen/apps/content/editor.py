"""What ``content/editor.html`` draws; rooms that include it ask ``queries.editing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise

from quen.apps.content import registry
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules.checks import MAX_SUBJECT_CHARS
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
    """A line of the merge-tag menu. insert: what is written into the text."""

    key: str
    label: str | Promise
    example: str | Promise
    insert: str


@dataclass(frozen=True, slots=True)
class EditorLanguage:
    """A language of the content. written: it has words."""

    code: str
    name: str
    has_content: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class EditorState:
    """Everything ``content/editor.html`` draws."""

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
    max_subject: int = MAX_SUBJECT_CHARS
    max_preview: int = MAX_PREVIEW_CHARS

    @property
    def formats(self) -> list[dict[str, str]]:
        """Give the ways of writing, for a segment."""
        return [{"value": value, "text": str(text)} for value, text in BodyFormat.choices]

    @property
    def emoji(self) -> list[str]:
        """Give the signs of the emoji menu."""
        return EMOJI


def editor_state(content: Content, language: str = "", typed: Mapping[str, str] | None = None) -> EditorState:
    """Give what the editor shows of a language; ``typed`` keeps what could not be saved."""
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
