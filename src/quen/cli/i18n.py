"""The reader's language on the command line, before Django is set up and without it."""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def language(environment: Mapping[str, str] = os.environ) -> str:
    """Give "vi" for a Vietnamese terminal (the first set of LC_ALL, LC_MESSAGES, LANG), else "en"."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "vi" if environment[name].lower().startswith("vi") else "en"
    return "en"


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("django", localedir=LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """Give a sentence in the terminal's language."""
    return _catalogue(language()).gettext(message)
