"""The search path of the database connection: errors, savepoints and schemas inside each other."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, InternalError, OperationalError, connection, transaction
from tests.cast import GOM_VIET, TRA_SEN

from quen.apps.accounts import queries
from quen.core import schemas

pytestmark = pytest.mark.usefixtures("database")


def schema_of(slug: str) -> str:
    return queries.get_workspace(slug).schema_name


def run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def current_schema() -> object:
    return run("SELECT current_schema()")[0][0]


class TestErrorThatLostItsState:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ('duplicate key value violates unique constraint "contact_email_unique_102037"', IntegrityError),
            (
                'null value in column "name" of relation "contacts_tag_102037" violates not-null constraint',
                IntegrityError,
            ),
            ("deadlock detected", OperationalError),
            ("the planner is at a loss", InternalError),
        ],
    )
    def test_has_the_class_it_had_on_the_node(self, text: str, kind: type[Exception]) -> None:
        with pytest.raises(kind) as raised, transaction.atomic():
            run(f"DO $$ BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = 'XX000'; END $$")
        assert raised.type is kind

    def test_is_a_violation_whoever_inserts(self) -> None:
        with schemas.use(schema_of(TRA_SEN)):
            run("CREATE TEMPORARY TABLE wanted (name text)")
            run("INSERT INTO wanted VALUES ('VIP'), ('VIP')")
            with pytest.raises(IntegrityError), transaction.atomic():
                run("INSERT INTO events_subscription (consumer, kind) SELECT name, 1 FROM wanted")


class TestErrorInAWorkspace:
    def test_leaves_the_outer_transaction_whole(self) -> None:
        tra_sen = schema_of(TRA_SEN)
        with transaction.atomic():
            run("CREATE TEMPORARY TABLE kept (n int)")
            with pytest.raises(DataError), transaction.atomic(), schemas.use(tra_sen):
                run("SELECT 1 / 0")
            run("INSERT INTO kept VALUES (1)")
            assert current_schema() == "public"
        assert run("SELECT n FROM kept") == [(1,)]

    def test_in_one_row_of_a_batch_costs_only_that_row(self) -> None:
        tra_sen = schema_of(TRA_SEN)
        run("CREATE TEMPORARY TABLE kept (n int CHECK (n <> 2))")
        with transaction.atomic():
            for n in (1, 2, 3):
                try:
                    with transaction.atomic(), schemas.use(tra_sen):
                        run(f"INSERT INTO kept VALUES ({n})")
                        assert current_schema() == tra_sen
                except IntegrityError:
                    assert n == 2
        assert run("SELECT n FROM kept ORDER BY n") == [(1,), (3,)]

    def test_with_schemas_and_savepoints_inside_each_other_returns_to_each_schema(self) -> None:
        tra_sen, gom_viet = schema_of(TRA_SEN), schema_of(GOM_VIET)
        with schemas.use(tra_sen), transaction.atomic():
            assert current_schema() == tra_sen
            with schemas.use(gom_viet), transaction.atomic():
                assert current_schema() == gom_viet
                with (
                    pytest.raises(DataError),
                    transaction.atomic(),
                    schemas.use("public"),
                    transaction.atomic(),
                    schemas.use(tra_sen),
                ):
                    run("SELECT 1 / 0")
                assert current_schema() == gom_viet
            assert current_schema() == tra_sen
        assert current_schema() == "public"

    def test_with_a_savepoint_of_ones_own_can_be_rolled_back(self) -> None:
        tra_sen, gom_viet = schema_of(TRA_SEN), schema_of(GOM_VIET)
        with schemas.use(tra_sen), transaction.atomic():
            savepoint = transaction.savepoint()
            with schemas.use(gom_viet), pytest.raises(DataError):
                run("SELECT 1 / 0")
            transaction.savepoint_rollback(savepoint)
            assert current_schema() == tra_sen
