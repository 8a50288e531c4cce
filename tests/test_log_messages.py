"""Every kind of audit entry and notification has a message, so that nobody sees a bare code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from quen.apps.team import registry

APPS = Path(__file__).resolve().parent.parent / "src/quen/apps"


def kinds_in_calls(name: str) -> Iterator[tuple[str, str]]:
    """Yield the second argument, where it is a literal, of each call of a function, and its file."""
    for path in sorted(APPS.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            kind = node.args[1]
            if called == name and isinstance(kind, ast.Constant) and isinstance(kind.value, str):
                yield kind.value, str(path.relative_to(APPS))


class TestLogMessages:
    @pytest.mark.parametrize(
        ("call", "read"), [("audit", registry.audit_text), ("notify", registry.notification_text)]
    )
    def test_every_kind_has_a_message(self, call: str, read: object) -> None:
        known = registry._audit_messages if call == "audit" else registry._notifications
        used = dict(kinds_in_calls(call))
        assert used
        assert {kind: where for kind, where in used.items() if kind not in known} == {}

    def test_every_kind_has_a_name_in_the_filter_of_the_log(self) -> None:
        assert [kind for kind, label in registry.audit_kinds() if label == kind] == []
