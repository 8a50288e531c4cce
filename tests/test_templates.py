"""Templates get ready-made values: outside ui/ none compares a value with a string, and lines stay readable."""

from __future__ import annotations

import re
from pathlib import Path

APPS = Path(__file__).resolve().parent.parent / "src/quen/apps"
MAX_LINE = 200
COMPARISON = re.compile(r'\{% (?:if|elif) [^%]*(?:==|!=) "[^"]+"')
CLASSES = re.compile(r'class="[^"]*"')
#: templates that still compare: this set may only shrink
COMPARING = {
    "contacts/templates/contacts/list/bulk_form.html",
}


def templates() -> list[Path]:
    return sorted(APPS.rglob("templates/**/*.html"))


def name_of(path: Path) -> str:
    return str(path.relative_to(APPS))


def test_no_template_compares_with_a_string() -> None:
    comparing = {name_of(path) for path in templates() if COMPARISON.search(path.read_text(encoding="utf-8"))}
    assert comparing - COMPARING == set()
    assert COMPARING - comparing == set(), "no longer compares: take it out of COMPARING"


def test_no_line_is_longer_than_a_reader_can_compare() -> None:
    long = {
        name_of(path)
        for path in templates()
        if any(
            len(CLASSES.sub("", line)) > MAX_LINE for line in path.read_text(encoding="utf-8").splitlines()
        )
    }
    assert long == set()
