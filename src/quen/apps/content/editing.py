"""What ``content/editor.html`` draws; rooms that include it ask ``queries.editing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise

from quen.apps.content import registry
from quen.apps.content.models import Content, ContentVersion
from quen.apps.content.rules.checking import LONG_SUBJECT
from quen.apps.content.types import BodyFormat, MergeTag

LONG_PREVIEW = 90
EMOJI = [
    "🎁", "🎉", "✨", "🌸", "🪷", "🍵", "☕", "🛍️", "🧧", "💐",
    "❤️", "💝", "🌿", "🌙", "☀️", "⭐", "🔥", "⏰", "📦", "🚚",
    "💌", "📣", "👋", "🙏", "😊", "😍", "🥳", "🎂", "🍰", "🥮",
    "🎊", "🏮", "🌼", "🍃", "👗", "👟", "💄", "📱", "🏡", "✅",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class MenuTag:
    """A line of the merge-tag menu. insert: what is written into the text."""

    key: str
    label: str | Promise
    example: str | Promise
    insert: str


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A language of the content. written: it has words."""

    code: str
    name: str
    written: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Editing:
    """Everything ``content/editor.html`` draws."""

    content_id: int
    language: str
    languages: list[LanguageChoice]
    subject: str
    preview: str
    format: str
    body: str
    frozen: bool
    saved_at: datetime | None
    tags: list[tuple[str | Promise, list[MenuTag]]]
    most_subject: int = LONG_SUBJECT
    most_preview: int = LONG_PREVIEW

    @property
    def formats(self) -> list[dict[str, str]]:
        """Give the ways of writing, for a segment."""
        return [{"value": value, "text": str(text)} for value, text in BodyFormat.choices]

    @property
    def emoji(self) -> list[str]:
        """Give the signs of the emoji menu."""
        return EMOJI


def editing(content: Content, language: str = "", typed: Mapping[str, str] | None = None) -> Editing:
    """Give what the editor shows of a language; ``typed`` keeps what could not be saved."""
    versions = {version.language: version for version in ContentVersion.objects.filter(content=content)}
    language = language or content.default_language
    words = versions.get(language) or ContentVersion(format=_first_format(versions))
    said = typed or {}
    return Editing(
        content_id=content.pk,
        language=language,
        languages=[
            LanguageChoice(code, str(name), code in versions, code == language)
            for code, name in settings.LANGUAGES
        ],
        subject=said.get("subject", words.subject),
        preview=said.get("preview", words.preview),
        format=said.get("format", words.format),
        body=said.get("body", words.body),
        frozen=content.frozen_at is not None,
        saved_at=words.updated_at,
        tags=_menu(registry.tags(), language),
    )


def _first_format(versions: dict[str, ContentVersion]) -> str:
    return next((version.format for version in versions.values()), BodyFormat.RICH)


def _menu(tags: list[MergeTag], language: str) -> list[tuple[str | Promise, list[MenuTag]]]:
    groups: dict[str, tuple[str | Promise, list[MenuTag]]] = {}
    for tag in tags:
        fallback = tag.fallback.get(language, "")
        insert = f"{{{{ {tag.key} }}}}" if tag.shared else f'{{{{ {tag.key} | default: "{fallback}" }}}}'
        _label, lines = groups.setdefault(str(tag.group), (tag.group, []))
        lines.append(MenuTag(tag.key, tag.label, tag.example, insert))
    return list(groups.values())
