"""Translations of the command line, without Django: it works before Django is set up."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def language(environment: Mapping[str, str] = os.environ) -> str:
    """Return "vi" for a Vietnamese terminal (the first set of LC_ALL, LC_MESSAGES, LANG), otherwise "en"."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "vi" if environment[name].lower().startswith("vi") else "en"
    return "en"


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", localedir=LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """Return a message in the terminal's language."""
    return _catalogue(language()).gettext(message)


def gettext_noop(message: str) -> str:
    """Mark a message for translation and return it unchanged."""
    return message
