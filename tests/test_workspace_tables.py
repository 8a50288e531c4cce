"""What a workspace's schema may contain, so that it can be placed on any node: read from PostgreSQL's own catalog.

A trigger, a function or a key that leads out of the schema works on one server and fails on Citus, or does something
else there without an error (docs/decisions/0018-citus.md).
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from quen.apps.accounts import queries
from quen.apps.events import services as events
from quen.core import schemas
from tests.cast import TRA_SEN
from tests.citus_cluster import ports

pytestmark = pytest.mark.usefixtures("database")

#: an expression that is a literal, perhaps with a cast
CONSTANT = r"^('.*'|\(?-?[0-9.]+\)?|true|false|NULL)(::[a-z0-9 ,()\[\]]+)?$"
#: each returns the names of what is wrong in the schema %(schema)s
CHECKS = {
    "a table without a primary key": """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)""",
    "a trigger": """
        SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal""",
    "a function": "SELECT proname FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace",
    "a view, or a foreign or unlogged table": """
        SELECT relname FROM pg_class
         WHERE relnamespace = %(schema)s::regnamespace
           AND (relkind NOT IN ('r', 'p', 'i', 'I', 'S') OR relpersistence <> 'p')""",
    "a sequence of its own": """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'S'
           AND NOT EXISTS (SELECT 1 FROM pg_depend d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')""",
    "a type": """
        SELECT typname FROM pg_type
         WHERE typnamespace = %(schema)s::regnamespace AND typtype IN ('e', 'd', 'r')""",
    "a rule or a policy": """
        SELECT r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
         WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p')
         UNION ALL
        SELECT p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = %(schema)s::regnamespace""",
    "a table that inherits": """
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition""",
    "a foreign key out of the schema, or a deferrable one": """
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
         WHERE k.connamespace = %(schema)s::regnamespace AND k.contype = 'f'
           AND (c.relnamespace <> k.connamespace OR k.condeferrable)""",
    "a default that is no constant": """
        SELECT c.relname || '.' || a.attname
          FROM pg_attrdef d
          JOIN pg_class c ON c.oid = d.adrelid
          JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
         WHERE c.relnamespace = %(schema)s::regnamespace AND a.attgenerated = ''
           AND pg_get_expr(d.adbin, d.adrelid) !~ %(constant)s""",
    "a foreign key of the shared schema into it": """
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid
         WHERE k.contype = 'f' AND c.relnamespace = %(schema)s::regnamespace
           AND k.connamespace <> c.relnamespace""",
}
BREACHES = {
    "a table without a primary key": ["CREATE TABLE thing (n int)"],
    "a trigger": [
        "CREATE FUNCTION public.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER thing BEFORE INSERT ON contacts_tag FOR EACH ROW EXECUTE FUNCTION public.act()",
    ],
    "a function": ["CREATE FUNCTION thing() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    "a view, or a foreign or unlogged table": ["CREATE VIEW thing AS SELECT id FROM contacts_tag"],
    "a sequence of its own": ["CREATE SEQUENCE thing"],
    "a type": ["CREATE TYPE thing AS ENUM ('a')"],
    "a rule or a policy": ["CREATE POLICY thing ON contacts_tag"],
    "a table that inherits": ["CREATE TABLE thing () INHERITS (contacts_tag)"],
    "a foreign key out of the schema, or a deferrable one": [
        "CREATE TABLE of_user (n int PRIMARY KEY, CONSTRAINT thing FOREIGN KEY (n) REFERENCES public.accounts_user)"
    ],
    "a default that is no constant": ["CREATE TABLE thing (n int PRIMARY KEY, at timestamptz DEFAULT now())"],
    "a foreign key of the shared schema into it": [
        "CREATE TABLE public.shared (n bigint, CONSTRAINT thing FOREIGN KEY (n) REFERENCES contacts_tag)"
    ],
}


def found(check: str, schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(CHECKS[check], {"schema": schema, "constant": CONSTANT})
        return [name for (name,) in cursor.fetchall()]


def workspace_schema() -> str:
    return queries.get_workspace(TRA_SEN).schema_name


class TestWorkspaceTables:
    @pytest.mark.parametrize("check", CHECKS)
    def test_none_of_a_workspace_is(self, check: str) -> None:
        schema = workspace_schema()
        with schemas.use(schema):
            events.ensure_partitions(
                since=datetime(2031, 1, 1, tzinfo=UTC), until=datetime(2031, 2, 1, tzinfo=UTC)
            )
            assert "2031-02" in events.partition_months()
        assert found(check, schema) == []

    @pytest.mark.parametrize("check", CHECKS)
    def test_none_of_the_template_is(self, check: str) -> None:
        assert found(check, schemas.TEMPLATE) == []

    @pytest.mark.skipif(bool(ports()), reason="a cluster refuses most of them itself")
    @pytest.mark.parametrize("check", BREACHES)
    def test_one_would_be_found(self, check: str) -> None:
        schema = workspace_schema()
        with schemas.use(schema), connection.cursor() as cursor:
            for statement in BREACHES[check]:
                cursor.execute(statement)
        assert [name for name in found(check, schema) if name.startswith("thing")]

    def test_each_check_has_its_breach(self) -> None:
        assert CHECKS.keys() == BREACHES.keys()
