"""Runs queued jobs inside a test."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from quen.core import schemas
from quen.core.database.base import PUBLIC


def run_queue() -> None:
    """Run all queued jobs in this thread. Threads of a real worker would outlive the test's database."""
    while (job := _next_job()) is not None:
        app.tasks[job[0]].func(**job[1])


def _next_job() -> tuple[str, dict[str, Any]] | None:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs"
            " WHERE status = 'todo') RETURNING task_name, args"
        )
        row = cursor.fetchone()
    return None if row is None else (row[0], json.loads(row[1]) if isinstance(row[1], str) else row[1])
