"""The catalogues, without gettext's programs.

    python -m quen.cli.translations extract     bring src/quen/locale/vi/… up to date with the code
    python -m quen.cli.translations check       refuse empty, fuzzy, missing and superfluous entries
    python -m quen.cli.translations compile     write the .mo files (they are not kept in the repository)

The msgid is the English sentence, so only the Vietnamese catalogue exists.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quen.cli.frame import commands
from quen.cli.words import LOCALE

PACKAGE = LOCALE.parent
CATALOGUE = LOCALE / "vi" / "LC_MESSAGES" / "django.po"
_KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[#0 +-]*[\d.]*[a-zA-Z]|(%%)|\{(\w*)\}")
#: lines of a .po that change with every run and make two people's work collide
_RESTLESS = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Last-Translator",
    "Language-Team",
    "Report-Msgid",
)


def extract() -> int:
    """Write the catalogue anew: known translations kept, new sentences empty, gone ones dropped."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    catalogue = Catalog(
        locale="vi", fuzzy=False, header_comment="# Quen in Vietnamese.", project="Quen", version="1"
    )
    old: Any = {}
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as file:
            old = {(message.id, message.context): message for message in read_po(file, locale="vi")}
    for ids, context in sorted(sentences(), key=lambda found: (_first(found[0]), found[1] or "")):
        known = old.get((ids, context))
        catalogue.add(ids, string=known.string if known else None, context=context)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, no_location=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text("".join(line for line in lines if not line.lstrip('"').startswith(_RESTLESS)))
    empty = sum(1 for message in catalogue if message.id and not _filled(message.string))
    print(f"{len(catalogue)} sentences, {empty} without a translation")
    return 0


def check() -> int:
    """Print what is wrong with the catalogue; give 1 when anything is."""
    wrong = list(faults())
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


def faults() -> Iterator[str]:
    """Say what keeps the Vietnamese catalogue from being complete."""
    from babel.messages.pofile import read_po

    if not CATALOGUE.exists():
        yield f"There is no catalogue at {CATALOGUE}: run `python -m quen.cli.translations extract`."
        return
    with CATALOGUE.open("rb") as file:
        have = {
            (message.id, message.context): message for message in read_po(file, locale="vi") if message.id
        }
    wanted = sentences()
    for ids, context in sorted(wanted - have.keys(), key=lambda found: str(found)):
        yield f"missing: {_first(ids)!r}" + (f" ({context})" if context else "")
    for key, message in have.items():
        name = repr(_first(message.id))
        if key not in wanted:
            yield f"no longer used: {name}"
        elif not _filled(message.string):
            yield f"empty: {name}"
        elif message.fuzzy:
            yield f"fuzzy: {name}"
        elif not _placeholders(_all(message.string)) <= _placeholders(_all(message.id)):
            yield f"unknown placeholder in the translation of {name}"
        elif isinstance(message.id, str) and _placeholders([message.id]) != _placeholders(
            _all(message.string)
        ):
            yield f"placeholders lost in the translation of {name}"


def compile_stale() -> None:
    """Write the .mo files that are missing or older than their .po."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        half = target.with_suffix(f".{os.getpid()}")
        with half.open("wb") as file:
            write_mo(file, catalogue)
        half.replace(target)


def sentences() -> set[tuple[Any, str | None]]:
    """Collect all marked sentences of the code and the templates: (msgid or (singular, plural), context)."""
    found: set[tuple[Any, str | None]] = {(command.summary, None) for command in commands().values()}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            found |= _marked(path.read_bytes())
    for pattern in ("*.html", "*.txt"):
        for path in sorted(PACKAGE.rglob(pattern)):
            if "templates" in path.parts:
                found |= _marked(_template_as_code(path))
    return found


def _template_as_code(path: Path) -> bytes:
    from django.utils.translation.template import templatize

    # Django turns a template into calls between words made of X; brackets make the indentation meaningless.
    lines = templatize(path.read_text(), origin=str(path)).splitlines()
    return ("(\n" + "\n".join(line for line in lines if not line.startswith("#")) + "\n)\n").encode()


def _marked(code: bytes) -> set[tuple[Any, str | None]]:
    from babel.messages.extract import extract as babel_extract

    found = set()
    for _line, ids, _comments, context in babel_extract(
        "python", io.BytesIO(code), keywords=_KEYWORDS, options={"encoding": "utf-8"}
    ):
        key = tuple(ids[:2]) if isinstance(ids, (tuple, list)) else ids
        if key:
            found.add((key, context))
    return found


def _first(ids: Any) -> str:
    return str(ids[0] if isinstance(ids, (tuple, list)) else ids)


def _all(strings: Any) -> list[str]:
    return list(strings) if isinstance(strings, (tuple, list)) else [strings]


def _filled(string: Any) -> bool:
    return all(_all(string)) and bool(_all(string))


def _placeholders(texts: list[str]) -> set[str]:
    return {
        match.group(1) or match.group(3) or "" for text in texts for match in _PLACEHOLDER.finditer(text)
    } - {""}


def main(arguments: list[str]) -> int:
    """Run one of the three."""
    if arguments == ["extract"]:
        return extract()
    if arguments == ["check"]:
        return check()
    if arguments == ["compile"]:
        compile_stale()
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
