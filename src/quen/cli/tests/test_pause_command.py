"""``quen workspace pause | resume``; commands refuse a paused workspace in words, and doctor names it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)


def test_pauses_and_resumes(quen: Any) -> None:
    code, answer = quen("workspace", "pause", TRA_SEN, "--reason", "maintenance")[:2]
    assert (code, answer["reason"], bool(answer["paused_at"])) == (0, "maintenance", True)
    listed = {each["slug"]: bool(each["paused_at"]) for each in quen("workspace", "list")[1]}
    assert listed == {TRA_SEN: True, GOM_VIET: False}
    code, answer = quen("workspace", "resume", TRA_SEN)[:2]
    assert (code, answer["paused_at"]) == (0, "")
    assert quen("workspace", "resume", TRA_SEN)[1]["code"] == "workspace_not_paused"
    assert accounts.get_workspace(TRA_SEN).paused_at is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("segment", "list", "-w", TRA_SEN),
        ("sending", "show", "-w", TRA_SEN),
        ("channel", "show", "email", "-w", TRA_SEN),
        ("campaign", "report", "Trà", "-w", TRA_SEN),
        ("workspace", "archive", TRA_SEN),
    ],
)
def test_commands_refuse_a_paused_workspace_in_words(quen: Any, arguments: tuple[str, ...]) -> None:
    quen("workspace", "pause", TRA_SEN)
    code, answer, printed = quen(*arguments)
    assert (code, answer["code"]) == (1, "workspace_paused")
    assert "quen workspace resume tra-sen" in printed


def test_what_still_runs_is_named(quen: Any) -> None:
    from django.db import connection

    with schemas.use(accounts.get_workspace(TRA_SEN).schema_name):
        jobs.enqueue("segments.recompute_all_windowed")
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        worker = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker])
    code, answer = quen("workspace", "pause", TRA_SEN, "--wait", "0.1")[:2]
    assert (code, answer["code"]) == (1, "workspace_still_busy")
    assert answer["params"]["running"] == "segments.recompute_all_windowed"
    assert accounts.get_workspace(TRA_SEN).paused_at is not None


def test_doctor_names_failed_jobs_and_paused_workspaces(quen: Any) -> None:
    from django.db import connection

    quen("workspace", "pause", GOM_VIET)
    with schemas.use(accounts.get_workspace(TRA_SEN).schema_name):
        jobs.enqueue("segments.recompute_all_windowed")
        for consumer in ("segments", "segments", "compliance"):
            jobs.enqueue("events.drain", consumer=consumer)
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        for status in ("doing", "failed"):
            cursor.execute("UPDATE procrastinate_jobs SET status = %s", [status])
    checks = quen("doctor")[1]
    failed = [each for each in checks if each["name"] == "jobs"]
    assert {each["state"] for each in failed} == {"warn"}
    assert sorted(each["text"].partition(" × ")[0] for each in failed) == [
        "events.drain compliance failed 1",
        "events.drain segments failed 2",
        "segments.recompute_all_windowed failed 1",
    ]
    (paused,) = [each for each in checks if "resume" in each["advice"]]
    assert "Gốm Việt" in paused["text"]


def test_a_failed_calculation_is_said_by_the_segments_commands(quen: Any) -> None:
    from django.db import connection

    from quen.apps.segments import services
    from quen.apps.segments.tests.factories import DA_NANG
    from quen.core.actors import SYSTEM

    segment = services.create_segment(name="Đà Nẵng", tree=DA_NANG, actor=SYSTEM, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE contacts_contact RENAME COLUMN province TO away")
        services.compute_segment(segment.pk, now=NOW)
        cursor.execute("ALTER TABLE contacts_contact RENAME COLUMN away TO province")
    (listed,) = [each for each in quen("segment", "list", "-w", TRA_SEN)[1] if each["name"] == "Đà Nẵng"]
    assert "Something went wrong on our side" in listed["failure"]
