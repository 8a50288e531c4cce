"""Names of classes are unique, so that one name never means two things."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "src/quen"
#: names that Django and its users expect in many places
CONVENTIONAL = {"Meta", "Migration", "Media"}
#: names that still occur more than once: this set may only shrink
ALLOWED: set[str] = set()


def repeated_names() -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCES.rglob("*.py")):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name not in CONVENTIONAL:
                places[node.name].append(str(path.relative_to(SOURCES)))
    return {name: where for name, where in places.items() if len(where) > 1}


def test_every_class_has_a_name_of_its_own() -> None:
    repeated = repeated_names()
    assert {name: where for name, where in repeated.items() if name not in ALLOWED} == {}
    assert ALLOWED - repeated.keys() == set(), "no longer repeated: take them out of ALLOWED"
