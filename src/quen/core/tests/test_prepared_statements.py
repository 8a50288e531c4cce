"""Prepared statements return the same results, in every schema."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from quen.core import schemas, sql
from quen.core.sql import Relation

pytestmark = pytest.mark.django_db


def prepared_count() -> int:
    return int(sql.rows(Relation("SELECT count(*) FROM pg_prepared_statements"))[0][0])


def test_a_statement_stays_prepared_until_it_is_discarded() -> None:
    sql.discard_prepared()
    with sql.prepared_statements():
        for number in (1, 2, 3):
            statement = sql.compose(
                "SELECT %(a)s + n FROM {more} m", a=1, more=Relation("SELECT %(n)s::int AS n", {"n": number})
            )
            assert sql.rows(statement) == [(1 + number,)]
    assert prepared_count() == 1
    sql.discard_prepared()
    assert prepared_count() == 0


def test_a_prepared_statement_follows_the_schema() -> None:
    with connection.cursor() as cursor:
        for name in ("plan_one", "plan_two"):
            cursor.execute(f"CREATE SCHEMA {name}")
            cursor.execute(f"CREATE TABLE {name}.texts AS SELECT '{name}' AS word")
    for name in ("plan_one", "plan_two", "plan_one"):
        with schemas.use(name), sql.prepared_statements():
            assert sql.rows(Relation("SELECT word FROM texts")) == [(name,)]


def test_refusals_are_djangos() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE once (n int PRIMARY KEY)")
    one = Relation("INSERT INTO once VALUES (%(n)s)", {"n": 1})
    with sql.prepared_statements():
        assert sql.execute(one) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            sql.execute(one)
