"""A process that dies while a returned workbook is compared or applied: whole batches or nothing, and nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.contacts import queries, services
from quen.apps.contacts.edit_sheets import steps
from quen.apps.contacts.models import Contact, EditSheet
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact
from quen.apps.contacts.tests.test_edit_sheets import (
    applied,
    brought_back,
    downloaded,
    in_english,
    put,
    workbook_of,
)
from quen.apps.contacts.types import EditSheetState
from quen.core.actors import SYSTEM

__all__ = ["in_english"]
KILLS = scaled(12, least=3)
#: statements between the deaths; comparing takes about forty, applying about sixty
STEP = 48 // KILLS
PEOPLE, BATCH = 6, 2

_KILLED = """
import os, sys
from datetime import datetime
import django; django.setup()
from django.db import connection
from django.conf import settings
schema, what, first, second, statement, now = sys.argv[1:7]
for target in (settings.DATABASES["default"], connection.settings_dict):
    target.update(NAME=sys.argv[7], HOST=sys.argv[8], PORT=sys.argv[9], USER=sys.argv[10], PASSWORD=sys.argv[11])
    target["OPTIONS"].pop("pool", None)
settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 2, 2
from quen.apps.contacts import services
from quen.apps.contacts.edit_sheets import steps
from quen.core import schemas
left = int(statement)
def watch(execute, sql, params, many, context):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
    return execute(sql, params, many, context)
clock = lambda: datetime.fromisoformat(now)
with schemas.use(schema), connection.execute_wrapper(watch):
    if what == "compare":
        steps.run_comparing(sheet_id=int(first), clock=clock)
    else:
        services.run_bulk_job(change_id=int(first), progress_id=int(second), clock=clock)
"""


def run_killed(schema: str, what: str, first: int, second: int, statement: int) -> None:
    """Run a step in a process of its own that is killed before its nth statement."""
    settings = connection.settings_dict
    dsn = [str(settings[key] or "") for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")]
    arguments = [schema, what, str(first), str(second), str(statement), NOW.isoformat()]
    process = subprocess.run(
        [sys.executable, "-c", _KILLED, *arguments, *dsn],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert process.returncode in (0, -signal.SIGKILL), process.stderr


def edited(number: int) -> tuple[EditSheet, list[Contact], Any]:
    people = [make_contact(full_name=f"Khách {number} {at}", note="cũ", tags=["VIP"]) for at in range(PEOPLE)]
    sheet, grid = downloaded(*people, columns=["note", "tags"])
    for person in people:
        put(grid, "Note", person, f"mới {person.pk}")
        put(grid, "Tags", person, "sỉ")
    return sheet, people, grid


@pytest.fixture(autouse=True)
def small_batches(settings: Any) -> None:
    settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 2, BATCH


class TestKilled:
    @proof("A process killed while a returned workbook is compared leaves all of it or nothing", kills=KILLS)
    def test_comparing_leaves_all_or_nothing(self, committed_workspace: Any) -> None:
        for statement in range(3, 3 + STEP * KILLS, STEP):
            sheet, _people, grid = edited(statement)
            steps.receive(
                sheet=sheet, content=[workbook_of(grid)], filename="khach.xlsx", actor=SYSTEM, now=NOW
            )
            run_killed(committed_workspace.schema_name, "compare", sheet.pk, 0, statement)
            sheet.refresh_from_db()
            whole = 2 * PEOPLE
            assert sheet.cells.count() == (whole if sheet.state == EditSheetState.REVIEW else 0)
            steps.run_comparing(sheet_id=sheet.pk, clock=lambda: NOW)
            sheet.refresh_from_db()
            assert (sheet.state, sheet.cells.count()) == (EditSheetState.REVIEW, whole)

    @proof(
        "A process killed while a returned workbook is applied leaves whole batches, none twice", kills=KILLS
    )
    def test_applying_leaves_whole_batches_and_goes_on(self, committed_workspace: Any) -> None:
        for statement in range(3, 3 + STEP * KILLS, STEP):
            sheet, people, grid = edited(statement)
            brought_back(sheet, grid)
            progress = applied(sheet)
            assert sheet.change_id is not None
            run_killed(committed_workspace.schema_name, "apply", sheet.change_id, progress.pk, statement)
            changed = [
                person for person in Contact.objects.filter(pk__in=_ids(people)) if person.note != "cũ"
            ]
            assert len(changed) % BATCH == 0
            assert queries.get_change(sheet.change_id).count == len(changed)
            services.run_bulk_job(change_id=sheet.change_id, progress_id=progress.pk, clock=lambda: NOW)
            for person in Contact.objects.filter(pk__in=_ids(people)):
                assert person.note == f"mới {person.pk}"
                assert kinds_on_timeline(person).count("contact_changed") == 1
                # VIP was added by the factory.
                assert kinds_on_timeline(person).count("tag_added") == 2
            assert queries.get_change(sheet.change_id).count == PEOPLE


def _ids(people: list[Contact]) -> list[int]:
    return [person.pk for person in people]
