"""Values of the manual."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A page of the manual: its key in URLs, and its file's name without ".md" in each language's folder."""

    key: str
    vi: str
    en: str

    def file_name(self, language: str) -> str:
        """Return the file's name in a language; English for every language without a translation."""
        return f"{self.vi if language == 'vi' else self.en}.md"


@dataclass(frozen=True, slots=True)
class ManualSection:
    """A heading with the text below it, up to the next heading. The page's own title is the section without anchor."""

    page: ManualPage
    title: str
    anchor: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class RenderedManualPage:
    """A page ready to be shown: its title, its sections, and safe HTML without the title."""

    title: str
    html: str
    sections: tuple[ManualSection, ...]


@dataclass(frozen=True, slots=True)
class ManualHit:
    """A section that matches a search: the page's title and the text around the first match."""

    section: ManualSection
    page_title: str
    excerpt: str
