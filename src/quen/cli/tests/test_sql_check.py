"""The lint of SQL finds what Citus would refuse or answer differently, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from quen.cli import sql_check
from quen.cli.sql_check import PACKAGE, RULES_PAGE, breaches, in_python, product_tables, read
from quen.cli.sql_rules import RULES, Statement

_MIGRATION = "src/quen/apps/events/migrations/0001_initial.py"
_TEMPORARY = read("CREATE TEMP TABLE upsert_changed (contact_id bigint)", "stage.sql")


def _examples() -> Iterator[tuple[str, str, list[Statement]]]:
    """Yield the rule, "wrong" or "right", and the statements of each example of the page."""
    page = (PACKAGE.parents[1] / RULES_PAGE).read_text(encoding="utf-8")
    for section in page.split("\n### ")[1:]:
        rule = section.split("`")[1]
        blocks = re.findall(r"```(sql|python)\n(.*?)```", section, re.DOTALL)
        for verdict, (language, text) in zip(("wrong", "right"), blocks, strict=True):
            found = list(in_python(text, _MIGRATION)) if language == "python" else [read(text, "example.sql")]
            yield rule, verdict, found


def _broken(*statements: Statement) -> list[str]:
    return [line.split(": ")[1] for line in breaches([_TEMPORARY, *statements], product_tables())]


def _in_python(source: str) -> list[str]:
    return _broken(*in_python(source, "module.py"))


@pytest.mark.parametrize(("rule", "verdict", "statements"), list(_examples()))
def test_the_examples_of_the_page(rule: str, verdict: str, statements: list[Statement]) -> None:
    assert _broken(*statements) == ([rule] if verdict == "wrong" else [])


def test_every_rule_is_on_the_page() -> None:
    assert sorted({rule for rule, _verdict, _statements in _examples()}) == sorted(
        rule.name for rule in RULES
    )


def test_the_product_keeps_the_rules() -> None:
    assert list(breaches(sql_check.statements(PACKAGE), product_tables())) == []


class TestReadingPython:
    def test_a_joined_string_is_one_statement(self) -> None:
        assert _in_python(
            'rows("WITH m AS (SELECT id FROM delivery_message FOR UPDATE)" " UPDATE delivery_message SET state = 1")'
        ) == ["lock-first"]
        assert _in_python('rows("DELETE FROM " + table + " WHERE EXISTS (SELECT FROM contacts_tag)")') == [
            "select-something"
        ]

    def test_an_f_string_with_its_constants_is_one_statement(self) -> None:
        constant = '_LOCKED = "SELECT id FROM delivery_message FOR UPDATE"'
        source = constant + '\nrows(f"WITH m AS ({_LOCKED}) {_MORE}DELETE FROM x")'
        assert _in_python(source) == ["lock-first"]

    def test_a_string_inside_of_an_f_string_is_read_too(self) -> None:
        source = """rows(f"SELECT 1 FROM {name('EXISTS (SELECT FROM x)')}")"""
        assert _in_python(source) == ["select-something"]

    def test_docstrings_and_sentences_are_no_statements(self) -> None:
        assert _in_python('"""EXISTS (SELECT FROM x)."""\nsay = "Select from the list; then update it"') == []

    def test_the_place_is_the_line(self) -> None:
        (found,) = breaches(in_python('a = 1\nb = "SELECT FROM x"', "module.py"), product_tables())
        assert found.startswith("module.py:2: select-something: ")
        assert RULES_PAGE in found


class TestReadingSql:
    def test_comments_and_literals_say_nothing(self) -> None:
        assert (
            _broken(
                read("-- EXISTS (SELECT FROM x)\nSELECT 'SELECT FROM; FOR UPDATE' /* SELECT FROM */", "a.sql")
            )
            == []
        )

    def test_the_parameter_sign_is_no_similarity(self) -> None:
        assert _broken(read("SELECT %(a)s % 2, 5 %% 3 FROM contacts_contact", "a.sql")) == []
        assert _broken(read("SELECT id FROM contacts_contact WHERE full_name %% %(text)s", "a.sql")) == [
            "no-session"
        ]


class TestInsertsOfSteps:
    _LEFT = "WITH gone AS (DELETE FROM contacts_contacttag RETURNING contact_id) "

    def test_the_insert_that_ends_a_statement_may_read_any_step(self) -> None:
        statement = self._LEFT + "INSERT INTO contacts_bulkchangerow (contact_id) SELECT contact_id FROM gone"
        assert _broken(read(statement, "a.sql")) == []

    def test_one_before_it_reads_a_table_of_the_workspace_too(self) -> None:
        insert = (
            "noted AS (INSERT INTO contacts_bulkchangerow (contact_id) SELECT contact_id FROM gone{more})"
        )
        statement = self._LEFT.rstrip() + ", " + insert + " SELECT 1"
        assert _broken(read(statement.format(more=""), "a.sql")) == ["node-inserts"]
        more = " JOIN contacts_contact c ON c.id = contact_id"
        assert _broken(read(statement.format(more=more), "a.sql")) == []

    def test_what_python_puts_in_is_a_step(self) -> None:
        statement = (
            "WITH found AS MATERIALIZED {found}, noted AS (INSERT INTO contacts_bulkchangerow (contact_id)"
            " SELECT contact_id FROM found) SELECT 1"
        )
        assert _broken(read(statement, "a.sql")) == ["node-inserts"]

    def test_numbers_are_drawn_beside_an_update(self) -> None:
        beside = (
            "WITH changed AS (UPDATE contacts_contact SET company = '' RETURNING id),"
            " numbered AS MATERIALIZED (SELECT random() AS n, id FROM changed) SELECT n, id FROM numbered"
        )
        assert _broken(read(beside, "a.sql")) == []
        inside = "UPDATE contacts_contact SET company = x.n FROM (SELECT random() AS n) x"
        assert _broken(read(inside, "a.sql")) == ["no-volatile"]


class TestStatementsOfTheCoordinator:
    @pytest.mark.parametrize(
        "statement",
        [
            "WITH j AS (SELECT id FROM accounts_user FOR UPDATE) UPDATE accounts_user SET name = random()",
            "ALTER TABLE upsert_changed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY",
            "SELECT current_setting('wal_level'), extname FROM pg_extension",
        ],
    )
    def test_may_do_what_they_like(self, statement: str) -> None:
        assert _broken(read(statement, "a.sql")) == []

    def test_may_be_exempted_where_the_table_is_not_named(self) -> None:
        statement = 'run(f"SELECT setval(x, (SELECT max(id) FROM {table}))")'
        assert _in_python(statement) == ["sequences"]
        assert _in_python(f"# citus: sequences The table is in public.\n{statement}") == []
        assert "gives no reason" in _message(f"# citus: sequences\n{statement}")
        assert "waives nothing" in _message("# citus: lock-first For a reason.\nrun('SELECT 1')")

    def test_a_statement_on_workspace_tables_is_never_exempted(self) -> None:
        message = _message(
            "# citus: sequences I know.\nrun('SELECT setval(x, (SELECT max(id) FROM contacts_tag))')"
        )
        assert "no rule is waived" in message
        assert "sequences:" in message


def _message(source: str) -> str:
    return "\n".join(breaches(in_python(source, "module.py"), product_tables()))
