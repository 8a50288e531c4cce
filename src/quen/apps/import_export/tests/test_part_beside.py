"""The part of a batch that is written beside another gives way to whoever holds what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS

from quen.apps.contacts.models import BulkChange, Contact
from quen.apps.contacts.services.locks import UPSERT_BATCH
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.tests.import_helpers import draft_import
from quen.apps.import_export.tests.test_import_run import running
from quen.apps.import_export.types import ImportState
from quen.core.actors import SYSTEM
from quen.core.postgres.processes import wait_until

ROWS = 5_000


@pytest.fixture
def _afresh(committed_workspace: Any) -> Iterator[None]:
    yield
    connection.close()


@pytest.mark.usefixtures("_afresh")
class TestPartBeside:
    def test_gives_way_to_a_lock_that_is_held_for_long(self) -> None:
        # The main part waits for the one beside in the program, which no server sees: it would wait for ever.
        lines = [f"Trần {n} | 0905{n:06d}" for n in range(ROWS)]
        import_ = draft_import("\n".join(["Họ tên | SĐT", *lines]))
        services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        work = running(import_, batch=100, loaders=2)

        def has_begun() -> bool:
            assert work.poll() is None, work.stderr and work.stderr.read().decode()
            return bool(Import.objects.values_list("position", flat=True).get(pk=import_.pk))

        assert wait_until(has_begun, PATIENCE_SECONDS)
        with transaction.atomic(), connection.cursor() as cursor:
            BulkChange.objects.select_for_update().get(data__import=import_.pk)
            assert wait_until(UPSERT_BATCH.is_held, PATIENCE_SECONDS)
            cursor.execute(f"SET LOCAL lock_timeout = '{int(PATIENCE_SECONDS)}s'")
            # Of the main part, until the one beside has given way.
            UPSERT_BATCH.acquire()
        assert work.wait() == 0, work.stderr and work.stderr.read().decode()
        ended = queries.get_import(import_.pk)
        assert (ended.state, ended.created, ended.written_ahead) == (ImportState.DONE, ROWS, [])
        assert Contact.objects.count() == ROWS
