"""Imports that are killed, stopped, run concurrently, dry-run and retried."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import (
    BulkChange,
    BulkChangeRow,
    ConsentEntry,
    Contact,
    ContactIdentity,
    ContactTag,
    Field,
    Tag,
)
from quen.apps.events.models import Event
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import, ImportIssue
from quen.apps.import_export.tests.import_helpers import (
    counts,
    draft_import,
    import_rows,
    refused_rows,
    run_draft,
)
from quen.apps.import_export.types import ImportState, InvalidImportState, IssueKind
from quen.apps.team import services as team
from quen.apps.team.models import Notification
from quen.core import jobs, schemas
from quen.core.actors import SYSTEM
from quen.core.postgres.processes import wait_until

_PROGRAM = """
import sys, django
django.setup()
from datetime import UTC, datetime
from quen.core import schemas
from quen.apps.import_export import services
from django.conf import settings
settings.IMPORT_BATCH_ROWS, settings.IMPORT_LOADERS = int(sys.argv[3]), int(sys.argv[4])
settings.IMPORT_PART_ROWS = 10
with schemas.use(sys.argv[1]):
    services.run_import(import_id=int(sys.argv[2]), clock=lambda: datetime(2026, 10, 14, 2, tzinfo=UTC))
"""
KILLED_ROWS, KILLS = scaled(20_000), scaled(20)
CONCURRENT_ROWS = scaled(20_000)
_SOURCE = Path(__file__).resolve().parents[4]


def running(import_: Import, *, batch: int, loaders: int = 1) -> subprocess.Popen[bytes]:
    """Start the import in a process of its own."""
    given = connection.get_connection_params()
    user = f"{given.get('user') or ''}:{given.get('password') or ''}"
    url = f"postgresql://{user}@/{given['dbname']}?host={given['host']}"
    env = {
        **os.environ,
        "DATABASE_URL": url + (f"&port={given['port']}" if given.get("port") else ""),
        "PYTHONPATH": str(_SOURCE),
        "DJANGO_SETTINGS_MODULE": "quen.config.settings",
    }
    words = [sys.executable, "-c", _PROGRAM, schemas.current(), str(import_.pk), str(batch), str(loaders)]
    return subprocess.Popen(words, env=env, stderr=subprocess.PIPE)


def file_of(start: int, until: int) -> str:
    """Return rows with everything an import writes: duplicates, refused rows, tags, consent, codes."""
    lines = ["Mã khách hàng | Họ tên | SĐT | Email | Tags | Nhận tin"]
    for n in range(start, until):
        email = f"a{n}@shop.vn" if n % 3 else ("sai@" if n % 2 else "")
        phone = "0909***123" if n % 41 == 0 else f"0905{n // 2 * 2 if n % 17 == 0 else n:06d}"
        code = "" if n % 41 == 0 else f"KH{n}" if n % 5 else ""
        lines.append(
            f"{code} | Trần {n} | {phone} | {email} | {'sỉ, quen' if n % 4 else ''} | {'Có' if n % 2 else ''}"
        )
    return "\n".join(lines)


def everything() -> dict[str, list[Any]]:
    """Return all that an import writes, without keys and times."""
    who = {
        pk: phone or email or name
        for pk, phone, email, name in Contact.objects.values_list("pk", "phone", "email", "full_name")
    }
    return {
        "people": sorted(
            map(
                str,
                Contact.objects.values_list(
                    "phone", "email", "full_name", "sort_key", "status", "consent_email"
                ),
            )
        ),
        "codes": sorted((i.external_id, who[i.contact_id]) for i in ContactIdentity.objects.all()),
        "tags": sorted((who[t.contact_id], t.tag.name) for t in ContactTag.objects.select_related("tag")),
        "consent": sorted((who[e.contact_id], e.consent) for e in ConsentEntry.objects.all()),
        "events": sorted((who[e.contact_id], e.kind, e.ref or 0) for e in Event.objects.all()),
        "changes": sorted(who[r.contact_id] for r in BulkChangeRow.objects.all()),
        "issues": sorted(ImportIssue.objects.values_list("row_number", "kind", "code")),
    }


def rows_of(import_: Import, code: str) -> list[int]:
    return [row for row, why in refused_rows(import_) if why == code]


@pytest.fixture
def _afresh(committed_workspace: Any) -> Iterator[None]:
    yield
    connection.close()


@pytest.mark.usefixtures("_afresh")
class TestKilled:
    @pytest.mark.parametrize("loaders", [1, 2])
    @proof("A killed and resumed import ends like an undisturbed one", rows=2 * KILLED_ROWS, kills=2 * KILLS)
    def test_and_resumed_it_ends_like_an_undisturbed_import(self, loaders: int) -> None:
        text = file_of(0, KILLED_ROWS)
        import_ = draft_import(text, conflict_policy="overwrite")
        services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        chance = random.Random(7)
        for moment in sorted(chance.sample(range(200, KILLED_ROWS - 600), KILLS)):
            work = running(import_, batch=100, loaders=loaders)
            self.reaches(import_, moment, work)
            time.sleep(chance.random() / 50)
            work.send_signal(signal.SIGKILL)
            work.wait()
            assert queries.get_import(import_.pk).state == ImportState.RUNNING
        assert services.resume_orphaned(now=NOW) == 1
        work = running(import_, batch=100, loaders=loaders)
        assert work.wait() == 0, work.stderr and work.stderr.read().decode()
        ended = queries.get_import(import_.pk)
        assert (ended.state, ended.rows, ended.position) == (ImportState.DONE, KILLED_ROWS, KILLED_ROWS)
        assert ended.written_ahead == []
        disturbed = everything(), counts(ended)
        self.empty()
        undisturbed = draft_import(text, conflict_policy="overwrite")
        with override_settings(IMPORT_BATCH_ROWS=100):
            ended = run_draft(undisturbed)
        assert (everything(), counts(ended)) == disturbed

    def test_between_two_parts_of_a_batch_the_other_part_is_written_on_resuming(self) -> None:
        lines = [f"Trần {n} | 0905{n:06d} | quen" for n in range(400)]
        import_rows("Họ tên | SĐT\nTrần 100 | 0905000100")
        import_ = draft_import("\n".join(["Họ tên | SĐT | Tags", *lines]), conflict_policy="overwrite")
        services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        with transaction.atomic():
            # The part with the person who is known waits for this lock; the other does not.
            Contact.objects.select_for_update().get(phone="+84905000100")
            work = running(import_, batch=100, loaders=2)

            def one_is_written() -> bool:
                assert work.poll() is None, work.stderr and work.stderr.read().decode()
                return bool(Import.objects.values_list("written_ahead", flat=True).get(pk=import_.pk))

            assert wait_until(one_is_written, PATIENCE_SECONDS)
            work.send_signal(signal.SIGKILL)
            work.wait()
        killed = queries.get_import(import_.pk)
        assert (killed.position, killed.rows) == (100, 150)
        assert Contact.objects.count() == 151
        work = running(import_, batch=70, loaders=2)
        assert work.wait() == 0, work.stderr and work.stderr.read().decode()
        ended = queries.get_import(import_.pk)
        assert (ended.state, ended.position, ended.rows) == (ImportState.DONE, 400, 400)
        assert (ended.created, ended.updated, ended.written_ahead) == (399, 1, [])
        undoable = BulkChangeRow.objects.filter(change_id=ended.change_id)
        assert Contact.objects.count() == ContactTag.objects.count() == undoable.count() == 400
        told = Event.objects.filter(data__contains={"import": import_.pk}).values_list("ref", flat=True)
        assert sorted(ref or 0 for ref in told) == list(range(2, 402))

    def reaches(self, import_: Import, moment: int, work: subprocess.Popen[bytes]) -> None:
        def reached() -> bool:
            assert work.poll() is None, work.stderr and work.stderr.read().decode()
            return Import.objects.values_list("position", flat=True).get(pk=import_.pk) >= moment

        assert wait_until(reached, PATIENCE_SECONDS), f"never came to row {moment}"

    def empty(self) -> None:
        for model in (Import, BulkChangeRow, ConsentEntry, ContactTag, ContactIdentity, Event, Tag):
            model._base_manager.all().delete()
        Contact.all_objects.all().delete()


@pytest.mark.usefixtures("_afresh")
class TestInTwoParts:
    FILE = file_of(0, 2_000)

    def test_everything_is_written_as_by_one_connection(self, settings: Any) -> None:
        settings.IMPORT_BATCH_ROWS, settings.IMPORT_PART_ROWS = 200, 10
        told = {}
        for loaders in (1, 2):
            settings.IMPORT_LOADERS = loaders
            ended = import_rows(self.FILE, conflict_policy="fill")
            told[loaders] = everything(), counts(ended)
            change = BulkChange.objects.get(pk=ended.change_id or 0)
            # One for each transaction.
            assert (len(change.data["instants"]) > 10) == (loaders == 2)
            contacts.undo_change(change=change, actor=SYSTEM, now=NOW)
            assert Contact.objects.count() == 0
            TestKilled().empty()
        assert told[1] == told[2]

    def test_people_who_are_known_are_updated_as_by_one_connection(self, settings: Any) -> None:
        settings.IMPORT_BATCH_ROWS, settings.IMPORT_PART_ROWS = 200, 10
        told = {}
        for loaders in (1, 2):
            settings.IMPORT_LOADERS = loaders
            import_rows(file_of(500, 700))
            ended = import_rows(self.FILE, conflict_policy="overwrite")
            told[loaders] = everything(), counts(ended)
            TestKilled().empty()
        assert told[1] == told[2]


@pytest.mark.usefixtures("_afresh")
class TestConcurrent:
    @pytest.mark.parametrize("loaders", [1, 2])
    @proof("Two imports of overlapping files create no contact twice", rows=4 * CONCURRENT_ROWS)
    def test_imports_of_overlapping_files_create_no_duplicates(self, loaders: int) -> None:
        half = CONCURRENT_ROWS // 2
        imports = [draft_import(file_of(0, CONCURRENT_ROWS)), draft_import(file_of(half, 3 * half))]
        for import_ in imports:
            services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        works = [running(import_, batch=150, loaders=loaders) for import_ in imports]
        for work in works:
            assert work.wait() == 0, work.stderr and work.stderr.read().decode()
        ended = [queries.get_import(import_.pk) for import_ in imports]
        assert [import_.state for import_ in ended] == [ImportState.DONE] * 2
        people = Contact.objects.count()
        assert people == sum(import_.created for import_ in ended)
        for column in ("phone", "email"):
            held = Contact.objects.exclude(**{column: None}).values_list(column, flat=True)
            assert len(held) == len(set(held))
        codes = ContactIdentity.objects.values_list("external_id", flat=True)
        assert len(codes) == len(set(codes))
        assert all(
            import_.created + import_.unchanged + import_.repeated + import_.refused == CONCURRENT_ROWS
            for import_ in ended
        )

    @proof("An import beside entries by hand creates no contact twice", rows=CONCURRENT_ROWS)
    def test_import_and_manual_entry_create_no_duplicates(self) -> None:
        import_ = draft_import(file_of(0, CONCURRENT_ROWS), conflict_policy="fill")
        services.validate_for_run(import_=import_, actor=SYSTEM, now=NOW)
        work = running(import_, batch=200)
        chance = random.Random(3)
        for n in chance.sample(range(CONCURRENT_ROWS), CONCURRENT_ROWS * 3 // 40):
            if n % 41 and n % 17:
                columns = {"phone": f"+84905{n:06d}", "full_name": f"Trần {n}"}
                times = dict.fromkeys(("member_since", "last_activity_at", "created_at", "updated_at"), NOW)
                Contact.all_objects.bulk_create([Contact(**columns, **times)], ignore_conflicts=True)
        assert work.wait() == 0, work.stderr and work.stderr.read().decode()
        ended = queries.get_import(import_.pk)
        assert ended.state == ImportState.DONE
        told = (ended.created, ended.updated, ended.unchanged, ended.repeated, ended.refused)
        assert sum(told) == CONCURRENT_ROWS
        phones = Contact.objects.exclude(phone=None).values_list("phone", flat=True)
        assert len(phones) == len(set(phones))


@pytest.mark.usefixtures("workspace")
class TestStopped:
    def test_resumes_after_the_last_row(self, an: Any, settings: Any) -> None:
        settings.IMPORT_BATCH_ROWS = 10
        import_ = draft_import(file_of(0, 40), actor=an.actor)
        services.validate_for_run(import_=import_, actor=an.actor, now=NOW)
        assert import_.progress is not None
        team.request_stop(import_.progress, now=NOW)
        services.run_import(import_id=import_.pk, clock=lambda: NOW)
        stopped = queries.get_import(import_.pk)
        assert (stopped.state, stopped.position) == (ImportState.STOPPED, 10)
        with pytest.raises(InvalidImportState):
            services.validate_for_run(import_=stopped, actor=an.actor, now=NOW)
        waiting = jobs.unfinished_count()
        services.resume(import_=stopped, actor=an.actor, now=NOW)
        assert jobs.unfinished_count() == waiting + 1
        services.run_import(import_id=import_.pk, clock=lambda: NOW)
        ended = queries.get_import(import_.pk)
        assert (ended.state, ended.rows, ended.position) == (ImportState.DONE, 40, 40)
        assert Event.objects.exclude(ref=None).count() == Contact.objects.count() == ended.created

    def test_stops_at_once_when_no_worker_runs_it(self, an: Any) -> None:
        import_ = draft_import("SĐT | Họ tên\n0905000001 | Lan", actor=an.actor)
        services.validate_for_run(import_=import_, actor=an.actor, now=NOW)
        services.stop(import_=import_, actor=an.actor, now=NOW)
        services.run_import(import_id=import_.pk, clock=lambda: NOW)
        assert queries.get_import(import_.pk).state == ImportState.STOPPED
        assert Contact.objects.count() == 0

    def test_notifies_the_member_who_started_it(self, an: Any) -> None:
        import_ = import_rows("SĐT | Họ tên\n0905000001 | Lan\n0905 | Mai", actor=an.actor)
        notice = Notification.objects.get(member=an)
        assert (notice.kind, notice.path) == ("import_export.import_done", f"/imports/{import_.pk}/")
        assert (notice.data["created"], notice.data["refused"]) == (1, 1)
        assert import_.progress is not None and import_.progress.done == 2

    def test_a_waiting_import_whose_job_was_lost_is_queued_again(self, an: Any) -> None:
        import_ = draft_import("SĐT | Họ tên\n0905000001 | Lan", actor=an.actor)
        services.validate_for_run(import_=import_, actor=an.actor, now=NOW)
        created = import_.progress.created_at if import_.progress else NOW
        assert services.resume_orphaned(now=created + timedelta(seconds=30)) == 0
        assert services.resume_orphaned(now=created + timedelta(minutes=5)) == 1


@pytest.mark.usefixtures("workspace")
class TestDryRun:
    FILE = file_of(0, 300)

    def test_reports_what_will_happen_and_writes_nothing(self, settings: Any) -> None:
        settings.IMPORT_BATCH_ROWS = 50
        import_rows(file_of(100, 200))
        before = everything(), Field.objects.count(), Tag.objects.count()
        import_ = draft_import(self.FILE, conflict_policy="fill", tags=["mới"])
        report = services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
        assert (everything(), Field.objects.count(), Tag.objects.count()) == before
        ended = run_draft(queries.get_import(import_.pk))
        names = ("rows", "created", "updated", "unchanged", "repeated", "refused", "warned")
        expected = {name: report[name] for name in names}
        assert expected == {name: getattr(ended, name) for name in expected}
        assert report["refusals"] == [
            {
                "code": code,
                "field": field,
                "count": count,
                "rows": [row for row, why in refused_rows(ended) if why == code][:20],
            }
            for code, field, count in queries.issue_counts(ended, IssueKind.REFUSED)
        ]

    def test_is_stored_with_the_import(self) -> None:
        import_ = draft_import("SĐT | Họ tên\n0905000001 | Lan\n | Mai")
        services.start_dry_run(import_=import_, actor=SYSTEM, now=NOW)
        services.run_dry_run(import_id=import_.pk, clock=lambda: NOW)
        stored = queries.get_import(import_.pk)
        assert stored.state == ImportState.DRAFT
        assert stored.dry_run_report is not None
        assert stored.dry_run_report["created"] == stored.dry_run_report["refused"] == 1


@pytest.mark.usefixtures("workspace")
class TestRefusedRows:
    def test_are_downloaded_corrected_and_imported_again(self, an: Any) -> None:
        import_ = import_rows(
            "Họ tên | SĐT | Công ty\nLan | 0905000001 | Sen\nMai | 0909***123 | =1+1",
            actor=an.actor,
            tags=["x"],
            targets={"SĐT": "phone"},
        )
        content = b"".join(services.refused_rows_csv(import_)).decode("utf-8-sig").splitlines()
        assert content[0].startswith("Họ tên,SĐT,Công ty,")
        assert content[1].startswith("Mai,0909***123,'=1+1,3,")
        corrected = "\n".join(content).replace("0909***123", "0909000123").encode()
        again = services.retry_refused(
            import_=import_, content=io.BytesIO(corrected), filename="sua.csv", actor=an.actor, now=NOW
        )
        assert again.retry_of == import_
        assert counts(run_draft(again)) == {"created": 1}
        assert set(ContactTag.objects.values_list("contact__full_name", "tag__name")) == {
            ("Lan", "x"),
            ("Mai", "x"),
        }


@pytest.mark.usefixtures("workspace")
class TestCleanup:
    def test_deletes_unfinished_imports_after_thirty_days(self, an: Any) -> None:
        draft = draft_import("SĐT | Họ tên\n0905000001 | Lan", actor=an.actor)
        ended = import_rows("SĐT | Họ tên\n0905000001 | Lan\n | Mai", actor=an.actor)
        assert services.expire_imports(now=NOW + timedelta(days=29)) == 0
        assert services.expire_imports(now=NOW + timedelta(days=31)) == 1
        assert not Import.objects.filter(pk=draft.pk).exists()
        stored = queries.get_import(ended.pk)
        assert stored.file is None
        assert ImportIssue.objects.filter(import_record=stored).exclude(cells=None).count() == 0

    def test_deletes_an_import_but_not_its_contacts(self, an: Any) -> None:
        import_ = import_rows("SĐT | Họ tên\n0905000001 | Lan", actor=an.actor)
        services.delete_import(import_=import_, actor=an.actor, now=NOW)
        assert (Import.objects.count(), Contact.objects.count()) == (0, 1)

    def test_keeps_the_matching_for_the_next_file(self, an: Any) -> None:
        text = "Mã lạ | SĐT\nA1 | 0905000001"
        draft_import(text, targets={"Mã lạ": "company"}, actor=an.actor)
        again = services.create_from_paste(
            text=text.replace(" | ", "\t"), actor=an.actor, now=NOW, kind="contacts"
        )
        assert [entry["target"] for entry in again.matching] == ["company", "phone"]
