"""Translation catalogues, without gettext's programs.

    python -m quen.cli.translations extract     update src/quen/locale/vi/parts from the code
    python -m quen.cli.translations check       report empty, fuzzy, missing and unused entries
    python -m quen.cli.translations compile     write the .mo file (it is not kept in the repository)

The msgid is the English text, so only the Vietnamese catalogue exists. It is split into parts, one per app; a text that
several apps use is in the part of the lowest of them. The .mo file is compiled from all parts.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quen.cli.base import find_commands
from quen.cli.build_lock import build_lock
from quen.cli.i18n import LOCALE
from quen.config.apps import APPS

PACKAGE = LOCALE.parent
PARTS = LOCALE / "vi" / "parts"
COMPILED = LOCALE / "vi" / "LC_MESSAGES" / "django.mo"
#: the lowest first; what is no app follows in alphabetical order
_APP_ORDER = ("core", "ui", *(app.name for app in APPS))
_KEYWORDS: dict[str, Any] = {
    # Modules that use both the lazy and the immediate function give the latter another name.
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "_gettext", "_now", "translated"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[#0 +-]*[\d.]*[a-zA-Z]|(%%)|\{(\w*)\}")
#: lines of a .po that change with every run and cause merge conflicts
_VOLATILE_HEADERS = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Last-Translator",
    "Language-Team",
    "Report-Msgid",
)


def extract() -> int:
    """Rewrite the parts: keep known translations, add new texts empty, drop unused ones."""
    old = _known()
    empty = total = 0
    parts = _parts_of_sentences()
    for part in sorted(set(parts.values())):
        keys = sorted(
            (key for key, owner in parts.items() if owner == part), key=lambda k: (_first(k[0]), k[1] or "")
        )
        total += len(keys)
        empty += sum(1 for key in keys if key not in old or not _filled(old[key].string))
        _write_part(PARTS / f"{part}.po", keys, old)
    for stray in PARTS.glob("*.po"):
        if stray.stem not in parts.values():
            stray.unlink()
    print(f"{total} sentences, {empty} without a translation")
    return 0


def _write_part(path: Path, keys: list[tuple[Any, str | None]], old: Mapping[Any, Any]) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalogue = Catalog(
        locale="vi", fuzzy=False, header_comment="# Quen in Vietnamese.", project="Quen", version="1"
    )
    for ids, context in keys:
        known = old.get((ids, context))
        catalogue.add(ids, string=known.string if known else None, context=context)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, no_location=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line for line in lines if not line.lstrip('"').startswith(_VOLATILE_HEADERS)))


def _known() -> dict[tuple[Any, str | None], Any]:
    """Read all parts. If several contain a text, the translated one of the lowest app is used."""
    from babel.messages.pofile import read_po

    known: dict[tuple[Any, str | None], Any] = {}
    for path in sorted(PARTS.glob("*.po"), key=lambda path: _order(path.stem), reverse=True):
        with path.open("rb") as file:
            for message in read_po(file, locale="vi"):
                key = (message.id, message.context)
                if message.id and (_filled(message.string) or key not in known):
                    known[key] = message
    return known


def _order(part: str) -> tuple[int, str]:
    return (_APP_ORDER.index(part) if part in _APP_ORDER else len(_APP_ORDER), part)


def check() -> int:
    """Print the problems of the catalogue; return 1 when there are any."""
    problems = list(faults())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def faults() -> Iterator[str]:
    """Yield the problems of the Vietnamese catalogue."""
    known = _known()
    if not known:
        yield f"There is no catalogue in {PARTS}: run `python -m quen.cli.translations extract`."
        return
    wanted = sentences()
    for ids, context in sorted(wanted - known.keys(), key=lambda found: str(found)):
        yield f"missing: {_first(ids)!r}" + (f" ({context})" if context else "")
    for key, message in known.items():
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
    """Write the .mo file when it is missing or older than a part."""
    with build_lock():
        _compile_stale()


def _compile_stale() -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    newest = max((path.stat().st_mtime_ns for path in PARTS.glob("*.po")), default=0)
    if COMPILED.exists() and COMPILED.stat().st_mtime_ns >= newest:
        return
    catalogue = Catalog(locale="vi", fuzzy=False)
    for (ids, context), message in _known().items():
        catalogue.add(ids, string=message.string, context=context)
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    partial = COMPILED.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as file:
        write_mo(file, catalogue)
    partial.replace(COMPILED)


def sentences() -> set[tuple[Any, str | None]]:
    """Return all marked texts of the code and the templates: (msgid or (singular, plural), context)."""
    return set(_parts_of_sentences())


def _parts_of_sentences() -> dict[tuple[Any, str | None], str]:
    """Return the part of each marked text."""
    parts: dict[tuple[Any, str | None], str] = {}
    sources = [path for pattern in ("*.py", "*.html", "*.txt") for path in PACKAGE.rglob(pattern)]
    for path in sorted(sources):
        if {"tests", "migrations"} & set(path.parts) or (
            path.suffix != ".py" and "templates" not in path.parts
        ):
            continue
        code = path.read_bytes() if path.suffix == ".py" else _template_as_code(path)
        for key in _marked(code):
            parts[key] = min(parts.get(key, "~"), _part_of(path), key=_order)
    for command in find_commands().values():
        parts.setdefault((command.summary, None), "cli")
    return parts


def _part_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    if parts[0] == "apps":
        return parts[1]
    return "core" if parts[0] == "config" else parts[0]


def _template_as_code(path: Path) -> bytes:
    from django.utils.translation.template import templatize

    # Django turns a template into calls between runs of X; brackets make the indentation irrelevant.
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
    """Run one of the three commands."""
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
