"""Background tasks of the contacts app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import services
from quen.apps.contacts.edit_sheets import steps
from quen.apps.contacts.services.completeness import recheck_completeness
from quen.apps.contacts.services.edit_sheets import expire_edit_sheets
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core import clock, jobs


def _bulk_job_failed(*, change_id: int, progress_id: int, reference: str) -> None:
    _fail("contacts.run_bulk_job", change_id, progress_id, reference)


def _undo_failed(*, change_id: int, progress_id: int, reference: str) -> None:
    _fail("contacts.undo_change", change_id, progress_id, reference)


def _fail(job: str, change_id: int, progress_id: int, reference: str) -> None:
    arguments = {"change_id": change_id, "progress_id": progress_id}
    progress = team_queries.get_progress(progress_id)
    team.fail_progress(progress, reference=reference, job=job, arguments=arguments, now=clock.now())


@jobs.task("contacts.run_bulk_job", queue=jobs.BULK, failed=_bulk_job_failed)
def run_bulk_job(*, change_id: int, progress_id: int) -> None:
    """Apply an action to many contacts."""
    services.run_bulk_job(change_id=change_id, progress_id=progress_id, clock=clock.now)


@jobs.task("contacts.undo_change", queue=jobs.BULK, failed=_undo_failed)
def undo(*, change_id: int, progress_id: int) -> None:
    """Undo an action on many contacts."""
    services.run_undo_job(change_id=change_id, progress_id=progress_id, clock=clock.now)


def _format_job_failed(*, progress_id: int, reference: str) -> None:
    team.fail_progress(
        team_queries.get_progress(progress_id),
        reference=reference,
        job="contacts.change_format",
        arguments={"progress_id": progress_id},
        now=clock.now(),
    )


@jobs.task("contacts.change_format", queue=jobs.BULK, failed=_format_job_failed)
def change_format(*, progress_id: int) -> None:
    """Give a custom field another format and convert its values."""
    services.run_format_job(progress_id=progress_id, clock=clock.now)


@jobs.task("contacts.index_field", queue=jobs.BULK)
def index_field(*, field_id: int) -> None:
    """Create or drop the index of a custom field."""
    services.index_field(field_id)


@jobs.task("contacts.give_codes", queue=jobs.BULK)
def give_codes(*, change_id: int) -> None:
    """Give customer codes to the contacts that an import created."""
    services.give_codes_to_imported(change_id=change_id, now=clock.now())


@jobs.task("contacts.recheck_completeness", queue=jobs.BULK)
def recheck_contacts() -> None:
    """Mark the contacts that lack a field which the workspace requires now."""
    recheck_completeness(accounts.current_workspace().required_fields)


@jobs.task("contacts.erase_from_files", queue=jobs.BULK)
def erase_from_files(*, import_ids: list[int]) -> None:
    """Delete the stored files of imports with rows of erased people."""
    services.erase_from_files(import_ids=import_ids)


def _comparing_failed(*, sheet_id: int, reference: str) -> None:
    steps.record_failed_comparing(sheet_id=sheet_id, reference=reference, now=clock.now())


@jobs.task("contacts.compare_edit_sheet", queue=jobs.BULK, failed=_comparing_failed)
def compare_edit_sheet(*, sheet_id: int) -> None:
    """Compare a returned workbook with what its rows held, and with the records."""
    steps.run_comparing(sheet_id=sheet_id, clock=clock.now)


@jobs.periodic("contacts.purge_deleted", cron="40 18 * * *", queue=jobs.BULK, each_workspace=True)
def purge_deleted(now: datetime) -> None:
    """Erase contacts deleted 30 days ago, and delete workbooks for editing past their time."""
    services.purge_deleted(now=now)
    expire_edit_sheets(now=now)
