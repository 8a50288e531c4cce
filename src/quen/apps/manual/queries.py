"""Reads and searches the manual."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from quen.apps.manual import registry
from quen.apps.manual.rendering import render
from quen.apps.manual.types import ManualHit, ManualPage, ManualSection, RenderedManualPage
from quen.core.text import clean, fold

#: in the repository the manual is beside src/, in an installed package inside this one
_FOLDERS: Final = (Path(__file__).resolve().parents[4] / "docs", Path(__file__).resolve().parent / "docs")
LANGUAGES: Final = ("vi", "en")
MAX_QUERY_CHARS: Final = 100
MAX_HITS: Final = 20
_EXCERPT_CHARS: Final = 160
_TITLE_SCORE, _PAGE_SCORE = 4, 2


@cache
def rendered(page: ManualPage, language: str) -> RenderedManualPage:
    """Return a page in a language. Links to other pages are relative to the page's own URL."""
    folder = language if language in LANGUAGES else "en"
    source = (_root() / folder / page.file_name(folder)).read_text(encoding="utf-8")
    return render(source, page, url_of=_url_of)


def titles(language: str) -> list[tuple[ManualPage, str]]:
    """Return all pages with their titles, in reading order."""
    return [(page, rendered(page, language).title) for page in registry.PAGES]


def search(query: str, language: str) -> list[ManualHit]:
    """Return the sections that contain every word of the query, best first; marks and case do not matter.

    A word in the section's title counts most, then one in the page's title, then one in the text.
    """
    words = fold(clean(query[:MAX_QUERY_CHARS])).split()
    if not words:
        return []
    found: list[tuple[int, ManualHit]] = []
    for page in registry.PAGES:
        shown = rendered(page, language)
        for section in shown.sections:
            score = _score(section, shown.title, words)
            if score:
                found.append((score, ManualHit(section, shown.title, _excerpt(section.text, words))))
    found.sort(key=lambda hit: -hit[0])
    return [hit for _score, hit in found[:MAX_HITS]]


@cache
def _root() -> Path:
    return next(folder for folder in _FOLDERS if (folder / "vi").is_dir())


def _url_of(target: str) -> str | None:
    """Return the URL of a link's target, relative to a page of the manual; None for files that are no page of it."""
    name, _hash, anchor = target.partition("#")
    suffix = f"#{unquote(anchor)}" if anchor else ""
    if not name:
        return suffix or None
    page = next((page for page in registry.PAGES if name in (f"{page.vi}.md", f"{page.en}.md")), None)
    if page is not None:
        return f"../{page.key}/{suffix}"
    return target if name.startswith(("https://", "http://")) else None


def _score(section: ManualSection, page_title: str, words: list[str]) -> int:
    title, text, above = fold(section.title), fold(section.text), fold(page_title)
    total = 0
    for word in words:
        score = _TITLE_SCORE * (word in title) + _PAGE_SCORE * (word in above) + (word in text)
        if not score:
            return 0
        total += score
    return total


def _excerpt(text: str, words: list[str]) -> str:
    """Return the text around the first word of the query, cut between words."""
    folded = fold(text)
    places = [place for word in words if (place := folded.find(word)) >= 0]
    start = max(0, min(places, default=0) - _EXCERPT_CHARS // 3)
    if start:
        start = text.find(" ", start) + 1
    end = start + _EXCERPT_CHARS
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
