"""Texts that a shop writes in several languages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import translation


def in_language(texts: Mapping[str, str], language: str = "") -> str:
    """Return the text in a language, by default the active one; else in Vietnamese, else in any."""
    wanted = (language or translation.get_language() or "vi")[:2]
    return texts.get(wanted) or texts.get("vi") or next(iter(texts.values()), "")
