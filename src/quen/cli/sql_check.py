"""Checks that all SQL of the product also runs on Citus, by the rules of docs/adding/sql.md.

Reads the statements of ``sql/*.sql``, of strings in Python and of migrations. It finds what shows in the text of one
statement; the rest is found by running the tests on a cluster (``bin/citus``). Needs no database.

python -m quen.cli.sql_check
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from quen.cli.sql_rules import RULES, Statement

PACKAGE: Final = Path(__file__).resolve().parents[1]
RULES_PAGE: Final = "docs/adding/sql.md"
#: their patterns look like statements
_OF_THE_CHECK: Final = ("sql_check.py", "sql_rules.py")

_IS_SQL: Final = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|MERGE INTO|TRUNCATE|UPDATE \S+ (AS \w+ |\w+ )?SET|DO UPDATE SET|FOR UPDATE"
    r"|(CREATE|ALTER|DROP) (OR REPLACE |TEMP |TEMPORARY |UNIQUE |CONSTRAINT )*"
    r"(TABLE|INDEX|VIEW|SEQUENCE|FUNCTION|PROCEDURE|TRIGGER)|DO \$|SET (LOCAL|SESSION) \w"
    r"|(date_trunc|to_char|to_tsvector|\w*to_tsquery|set_config|current_setting|nextval|setval|pg_(try_)?advisory_\w+)\()"
)
_COMMENT_OR_LITERAL: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_EXEMPTION: Final = re.compile(r"(?:--|#) citus: (?P<rule>[a-z-]+)[ \t]*(?P<reason>[^\n]*)")
_TEMPORARY: Final = re.compile(
    r"CREATE TEMP(?:ORARY)? TABLE (?:IF NOT EXISTS )?(?P<name>[a-z_]\w*)?(?P<gap>\{)?"
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of tables, by where they live. ``numbered`` draw their keys themselves."""

    public: frozenset[str]
    workspace: frozenset[str]
    numbered: frozenset[str]


def main() -> int:
    """Print each breach of a rule; return 1 when there is one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quen.config.settings_test")
    import django

    django.setup()
    found = list(breaches(statements(PACKAGE), product_tables()))
    for line in found:
        print(line)
    return 1 if found else 0


def product_tables() -> Tables:
    """Return the tables of the models, by where their app keeps them."""
    from django.apps import apps
    from django.conf import settings

    in_workspaces = settings.WORKSPACE_APPS
    models = [model._meta for model in apps.get_models(include_auto_created=True)]
    return Tables(
        public=frozenset(each.db_table for each in models if each.app_label not in in_workspaces),
        workspace=frozenset(each.db_table for each in models if each.app_label in in_workspaces),
        numbered=frozenset(each.db_table for each in models if each.auto_field is not None),
    )


def breaches(given: Iterable[Statement], tables: Tables) -> Iterator[str]:
    """Yield one line for each rule that a statement breaks, and for each exemption that is not one."""
    given = list(given)
    temporary = _temporary_tables(given)
    for raw in given:
        words = set(re.findall(r"\b[a-z_]\w*", raw.text))
        statement = Statement(
            raw.place,
            raw.text,
            raw.exempt,
            public=tables.public & words,
            workspace=tables.workspace & words,
            temporary=frozenset(word for word in words if temporary.fullmatch(word)),
            numbered=tables.numbered,
        )
        broken = {
            rule.name: rule
            for rule in RULES
            if (rule.everywhere or not statement.stays_on_coordinator) and rule.breaks(statement)
        }
        for name, reason in statement.exempt.items():
            if statement.workspace:
                yield f"{raw.place}: no rule is waived for a statement on workspace tables ({RULES_PAGE})"
            elif not reason or broken.pop(name, None) is None:
                yield f"{raw.place}: “citus: {name}” waives nothing or gives no reason ({RULES_PAGE})"
        for name, rule in broken.items():
            yield f"{raw.place}: {name}: {rule.advice} ({RULES_PAGE})"


def _temporary_tables(given: Iterable[Statement]) -> re.Pattern[str]:
    found = {
        re.escape(made["name"]) + (r"\w+" if made["gap"] else "")
        for statement in given
        for made in _TEMPORARY.finditer(statement.text)
        if made["name"]
    }
    return re.compile("|".join(sorted(found)) or r"(?!)")


def statements(folder: Path) -> Iterator[Statement]:
    """Yield the SQL below a folder, without that of tests."""
    for path in sorted(folder.rglob("*.sql")):
        yield read(path.read_text(encoding="utf-8"), _place(path))
    for path in sorted(folder.rglob("*.py")):
        if "tests" not in path.parts and path.name not in _OF_THE_CHECK:
            yield from in_python(path.read_text(encoding="utf-8"), _place(path))


def _place(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parents[1])) if path.is_relative_to(PACKAGE.parents[1]) else path.name


def read(sql: str, place: str, comments: str = "") -> Statement:
    """Return the statement of a text of SQL. ``comments``: lines of Python around it, which may waive a rule."""
    exempt = {found["rule"]: found["reason"].strip() for found in _EXEMPTION.finditer(sql + comments)}
    text = _COMMENT_OR_LITERAL.sub(lambda found: "''" if found[0].startswith("'") else " ", sql)
    text = re.sub(r"%\(\w+\)s|%s", "$1", text).replace("%%", "%")
    return Statement(place, " ".join(text.split()).rstrip("; "), exempt)


def in_python(source: str, place: str) -> Iterator[Statement]:
    """Yield the SQL in the strings of a module, docstrings left out. Joined strings and f-strings are one statement."""
    tree = ast.parse(source)
    lines = source.splitlines()
    constants = {
        target.id: text
        for node in tree.body
        if isinstance(node, ast.Assign) and (text := _text(node.value, {})) is not None
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in _strings(tree):
        text = _text(node, constants) or ""
        if _IS_SQL.search(text):
            first, last = node.lineno, node.end_lineno or node.lineno
            yield read(text, f"{place}:{first}", "\n" + "\n".join(lines[max(0, first - 3) : last]))


def _strings(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the outermost expressions that make a string."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.expr) and _text(child, {}) is not None:
            yield child
            for value in ast.walk(child):
                if isinstance(value, ast.FormattedValue):
                    yield from _strings(value)
        else:
            yield from _strings(child)


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    """Return the text of an expression that makes a string, with gaps for what is not known; None for another."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (value.value if isinstance(value, ast.FormattedValue) else value for value in node.values)
        return "".join(_known(part, constants) for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = _text(node.left, constants), _text(node.right, constants)
        if sides != (None, None):
            return _known(node.left, constants) + _known(node.right, constants)
    return None


def _known(node: ast.expr, constants: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return constants.get(node.id, "{gap}")
    return _text(node, constants) or "{gap}"


if __name__ == "__main__":
    sys.exit(main())
