"""Finds code that nothing uses: functions, classes, methods and properties that neither code nor a template names.

Vulture reads the code without its tests, so what only a test calls is found too. ``dead_code_allowed.txt`` lists what
a framework calls or what an app to come will register with, each with its reason.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ALLOWED = Path(__file__).with_name("dead_code_allowed.txt")
_EXCLUDED = ["*/tests/*", "*/migrations/*", "*/dist/*"]
#: what registers by decorating is used by having been decorated
_DECORATORS = [
    "@needs",
    "@jobs.*",
    "@register*",
    "@library.*",
    "@receiver",
    "@component*",
    "@task*",
    "@periodic*",
]


def main() -> int:
    """Print what is unused, and allowed names that are used again; return 1 when there is any."""
    allowed = dict(_allowed())
    found = dict(unused())
    wrong = [
        f"{place}: {name} is used by nothing"
        for place, name in found.items()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed)
    ]
    names = set(found.values())
    wrong += [
        f"{ALLOWED.name}: nothing unused is called {pattern}"
        for pattern in allowed
        if not fnmatch.filter(names, pattern)
    ]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def unused() -> Iterator[tuple[str, str]]:
    """Yield the place and the name of everything unused."""
    from vulture import Vulture

    reader = Vulture(ignore_names=[], ignore_decorators=_DECORATORS)
    reader.scavenge([str(PACKAGE)], exclude=_EXCLUDED)
    in_templates = _names_in_templates()
    for item in reader.get_unused_code(min_confidence=60):
        if item.typ in ("function", "class", "method", "property") and item.name not in in_templates:
            yield f"{Path(item.filename).relative_to(PACKAGE.parent)}:{item.first_lineno}", item.name


def _names_in_templates() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("templates/**/*") if path.is_file())
    return {name for text in texts for name in re.findall(r"\w+", text)}


def _allowed() -> Iterator[tuple[str, str]]:
    for line in ALLOWED.read_text(encoding="utf-8").splitlines():
        pattern, _, reason = line.partition("#")
        if pattern.strip():
            yield pattern.strip(), reason.strip()


if __name__ == "__main__":
    sys.exit(main())
