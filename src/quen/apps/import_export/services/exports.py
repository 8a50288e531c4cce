"""Exports: which rows and columns; the file, which a job makes; the news of it, and its end after a week."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING, Final

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.accounts import queries as accounts
from quen.apps.import_export import queries, registry
from quen.apps.import_export.models import Export, ExportPart, ExportPreset
from quen.apps.import_export.registry import ExportColumn, ExportKind
from quen.apps.import_export.services.export_rows import ExportTable, ExportWriter
from quen.apps.import_export.services.locks import EXPORT_LOCK
from quen.apps.import_export.types import (
    ExportExpired,
    ExportNotFound,
    ExportState,
    NoExportColumns,
    NothingToExport,
    PresetNameTaken,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, pauses, sql, text
from quen.core.actors import Actor
from quen.core.job_outcomes import unexpected_text
from quen.core.sql import Relation
from quen.core.table_files import TableFormat
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.team.models import Member

Clock = Callable[[], datetime]
#: for how long a file is kept, and its link works
FILE_LIFETIME: Final = timedelta(days=7)
#: rows that are read at a time
PART_ROWS: Final = 10_000
_LOST_AFTER: Final = timedelta(minutes=2)
_SALT: Final = "import_export.export_file"


@transaction.atomic
def create_export(
    *,
    kind: ExportKind,
    rows: Relation,
    order: str = "c.id",
    name: str,
    format: TableFormat,
    columns: Sequence[str] = (),
    template: str = "",
    scope: str = "",
    actor: Actor,
    now: datetime,
) -> Export:
    """Fix which rows are exported, in which order and with which columns; ``start_export`` or ``run_export`` follows.

    rows: Relation with the column row_id.  order: an expression of SQL over the row ``c``.  name: of the file, without
    its ending.  columns: keys in the order of the file; those of the default without any.  template: instead of
    columns, a key of the kind's templates. Raises NothingToExport, NoExportColumns.
    """
    if not template and columns:
        known = {column.key for column in kind.columns()}
        columns = [key for key in dict.fromkeys(columns) if key in known]
        if not columns:
            raise NoExportColumns()
    export = Export.objects.create(
        kind=kind.key,
        filename=f"{name}.{format.value}",
        format=format.value,
        columns=list(columns),
        template=template,
        scope=scope,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        member_id=actor.member_id,
        member_name=actor.name,
        created_at=now,
    )
    statement = sql.text("import_export/fix_export_rows", table=kind.table, order=order, rows="{rows}")
    sql.execute(sql.compose(statement, rows=rows, export=export.pk, size=PART_ROWS))
    counted = (
        "SELECT coalesce(sum(cardinality(ids)), 0) FROM import_export_exportpart WHERE export_id = %(export)s"
    )
    export.total = int(sql.rows(Relation(counted, {"export": export.pk}))[0][0])
    if not export.total:
        raise NothingToExport()
    export.progress = team.start_progress(
        kind="import_export.export",
        title=_("Export to %(file)s") % {"file": export.filename},
        path=f"/imports/exports/{export.pk}/",
        actor=actor,
        total=export.total,
    )
    export.save(update_fields=["total", "progress"])
    data = {"contacts": export.total, "scope": scope, "format": format.value}
    team.audit(actor, kind.audit_kind, now=now, target=export, data=data)
    return export


def start_export(export: Export) -> None:
    """Have a job make the file."""
    jobs.enqueue("import_export.run_export", export_id=export.pk)


def run_export(*, export_id: int, clock: Clock) -> None:
    """Make the file of an export, unless another process does. Called again, it begins again from the first row."""
    with EXPORT_LOCK.session(export_id) as acquired:
        if not acquired:
            return
        export = queries.get_export(export_id)
        if export.state not in queries.ACTIVE_EXPORT_STATES:
            return
        with translation.override(export.language), tempfile.TemporaryFile(prefix="quen-export-") as file:
            while _write(export, file, clock):
                if _finish(export, file, clock()):
                    return
            _end(export, ExportState.STOPPED, clock())


def record_failed_export(*, export_id: int, reference: str, now: datetime) -> None:
    """End an export whose job failed unexpectedly, for its page to say so."""
    export = queries.get_export(export_id)
    if export.state in queries.ACTIVE_EXPORT_STATES:
        export.failure = unexpected_text(reference)
        _end(export, ExportState.FAILED, now)


@transaction.atomic
def stop_export(*, export: Export, now: datetime) -> None:
    """Stop an export after the rows that are being read; it leaves no file."""
    if export.state not in queries.ACTIVE_EXPORT_STATES:
        return
    if export.progress is not None:
        team.request_stop(export.progress, now=now)
    if not EXPORT_LOCK.is_held(export.pk):
        _end(export, ExportState.STOPPED, now)


@transaction.atomic
def delete_export(*, export: Export, actor: Actor, now: datetime) -> None:
    """Delete an export with its file, so that its link ends."""
    file_id = export.file_id
    team.audit(actor, "import_export.export_deleted", now=now, target=export, data={"file": export.filename})
    export.delete()
    if file_id is not None:
        team.delete_file(file_id)


def resume_orphaned_exports(*, now: datetime) -> int:
    """Queue exports whose worker died or whose job was lost; return how many."""
    requeued = 0
    for export in Export.objects.filter(state__in=queries.ACTIVE_EXPORT_STATES):
        queued_lately = export.state == ExportState.WAITING and export.created_at > now - _LOST_AFTER
        if not queued_lately and not EXPORT_LOCK.is_held(export.pk):
            start_export(export)
            requeued += 1
    return requeued


@transaction.atomic
def erase_exports(*, kind: str, row_ids: Collection[int]) -> int:
    """Delete the exports whose files hold one of these rows; return how many.

    One that is still being made begins again before it stores its file, without rows that are gone.
    """
    held = ExportPart.objects.filter(export__kind=kind, ids__overlap=list(row_ids)).values("export_id")
    found = list(Export.objects.select_for_update(of=("self",)).filter(pk__in=held).order_by("pk"))
    active = [export.pk for export in found if export.state in queries.ACTIVE_EXPORT_STATES]
    Export.objects.filter(pk__in=active).update(state=ExportState.WAITING)
    ended = [export for export in found if export.pk not in active]
    Export.objects.filter(pk__in=[export.pk for export in ended]).delete()
    for export in ended:
        if export.file_id is not None:
            team.delete_file(export.file_id)
    return len(ended)


def expire_exports(*, now: datetime) -> int:
    """Delete exports whose file is past its time, and those that left none, after as long; return how many."""
    past = Export.objects.filter(created_at__lt=now - FILE_LIFETIME, ended_at__lt=now - FILE_LIFETIME)
    file_ids = [pk for pk in past.values_list("file_id", flat=True) if pk is not None]
    deleted = past.delete()[0]
    for file_id in file_ids:
        team.delete_file(file_id)
    return deleted


# The link


def link_token(export: Export) -> str:
    """Return what the link to the file is signed with; ``export_of_link`` reads it until the file's last day."""
    return signing.dumps(export.pk, salt=_SALT)


def export_of_link(token: str) -> Export:
    """Return the export of a link. Raises ExportNotFound for a wrong one, ExportExpired after the file's last day."""
    try:
        export_id = signing.loads(token, salt=_SALT, max_age=FILE_LIFETIME)
    except signing.SignatureExpired as expired:
        raise ExportExpired() from expired
    except signing.BadSignature as wrong:
        raise ExportNotFound() from wrong
    export = queries.get_export(export_id)
    if export.file is None:
        raise ExportExpired()
    return export


def record_download(*, export: Export, actor: Actor, now: datetime) -> None:
    """Record in the audit log who downloaded the file."""
    data = {"file": export.filename, "rows": export.written}
    team.audit(actor, "import_export.export_downloaded", now=now, target=export, data=data)


# Saved columns


def save_preset(*, kind: str, name: str, columns: Sequence[str], actor: Actor, now: datetime) -> ExportPreset:
    """Keep columns under a name for everybody who may export. Raises NoExportColumns, PresetNameTaken."""
    if not columns:
        raise NoExportColumns()
    name = text.clean(name)
    # Compared here too: a server with the C locale treats accented letters of different case as different.
    taken = queries.export_presets(kind).values_list("name", flat=True)
    if name.upper() in {each.upper() for each in taken}:
        raise PresetNameTaken()
    try:
        with transaction.atomic():
            return ExportPreset.objects.create(
                kind=kind,
                name=name,
                columns=list(columns),
                member_id=actor.member_id,
                created_at=now,
            )
    except IntegrityError as clash:
        raise PresetNameTaken() from clash


def delete_preset(*, kind: str, preset_id: int) -> None:
    """Delete saved columns; those that are gone already are left alone."""
    ExportPreset.objects.filter(kind=kind, pk=preset_id).delete()


# Making the file


def export_at_once(
    kind: ExportKind, rows: Relation, format: TableFormat
) -> tuple[ExportWriter, Iterator[bytes]]:
    """Return a writer and the chunks of its file, for the command line. rows: Relation with the column row_id."""
    ids = [row_id for (row_id,) in sql.rows(sql.compose("SELECT row_id FROM {rows} r ORDER BY 1", rows=rows))]
    columns = [column for column in kind.columns() if column.default]
    writer = ExportWriter(ExportTable(kind.table, columns, accounts.current_workspace().zone), format)
    return writer, writer.chunks(ids[at : at + PART_ROWS] for at in range(0, len(ids), PART_ROWS))


def _columns(export: Export, kind: ExportKind) -> list[ExportColumn]:
    if export.template:
        return list(next(each for each in kind.templates() if each.key == export.template).columns)
    columns = kind.columns()
    if not export.columns:
        return [column for column in columns if column.default]
    by_key = {column.key: column for column in columns}
    return [by_key[key] for key in export.columns if key in by_key]


def _write(export: Export, file: IO[bytes], clock: Clock) -> bool:
    """Write the file; return False if somebody stopped it."""
    Export.objects.filter(pk=export.pk).update(state=ExportState.RUNNING)
    file.seek(0)
    file.truncate()
    kind = registry.export_kind(export.kind)
    table = ExportTable(kind.table, _columns(export, kind), accounts.current_workspace().zone)
    writer = ExportWriter(table, TableFormat(export.format), kind.returning_file(export.pk))
    for chunk in writer.chunks(_parts(export, clock)):
        file.write(chunk)
    export.written = writer.written
    return export.progress is None or not team.stop_requested(export.progress)


def _parts(export: Export, clock: Clock) -> Iterator[list[int]]:
    """Yield the ids of the export in their order, and report the progress; end early when somebody stops it."""
    done = 0
    for position in range(-(-export.total // PART_ROWS)):
        part = ExportPart.objects.filter(export_id=export.pk, position=position).first()
        if part is None:  # the export was deleted
            return
        ids = part.ids
        yield ids
        done += len(ids)
        if export.progress is not None:
            team.update_progress(export.progress, done=done, now=clock())
            if team.stop_requested(export.progress):
                return
        pauses.give_way()


@transaction.atomic
def _finish(export: Export, file: IO[bytes], now: datetime) -> bool:
    """Store the file and tell who asked for it, in one transaction.

    Of an export that was deleted meanwhile nothing is stored. Return False when somebody in the file was erased
    meanwhile: it is to be made again.
    """
    found = Export.objects.select_for_update(of=("self",)).filter(pk=export.pk).first()
    if found is None:
        if export.progress is not None and not export.progress.is_ended:
            team.end_progress(export.progress, state=ProgressState.STOPPED, now=now)
        return True
    if found.state == ExportState.WAITING:
        return False
    file.seek(0)
    export.expires_at = now + FILE_LIFETIME
    export.file = team.store_file(
        name=export.filename,
        content=file,
        actor=team_queries.actor_of(export.member_id),
        content_type=TableFormat(export.format).content_type,
        expires_at=export.expires_at,
    )
    _end(export, ExportState.DONE, now)
    _notify(export, now)
    return True


def _end(export: Export, state: ExportState, now: datetime) -> None:
    if state is not ExportState.DONE:
        export.parts.all().delete()
    export.state, export.ended_at = state, now
    export.save(update_fields=["state", "ended_at", "written", "file", "expires_at", "failure"])
    if export.progress is not None and not export.progress.is_ended:
        team.end_progress(export.progress, state=ProgressState(state.value), now=now)


def _notify(export: Export, now: datetime) -> None:
    """Send a notification and an email with the link (R-24), also to those who want all of them (IMX-29)."""
    for member in queries.interested_members(export.member_id):
        data = {"file": export.filename, "rows": export.written}
        team.notify(
            member, "import_export.export_done", now=now, path=f"/imports/exports/{export.pk}/", data=data
        )
        _send_mail(export, member)


def _send_mail(export: Export, member: Member) -> None:
    workspace = accounts.current_workspace()
    user = accounts.users_by_id([member.user_id]).get(member.user_id)
    with translation.override(user.language if user else None):
        rows = ngettext("%(n)s row", "%(n)s rows", export.written) % {"n": num(export.written)}
        body = _(
            "“%(file)s” is ready: %(rows)s.\n\n%(link)s\n\n"
            "The link works for %(days)d days. It asks you to sign in, and each download is recorded."
        )
        link = f"{settings.BASE_URL}/w/{workspace.slug}/imports/exports/files/{link_token(export)}/"
        team.email_member(
            member,
            subject=_("Your export is ready: %(file)s") % {"file": export.filename},
            text=body % {"file": export.filename, "rows": rows, "link": link, "days": FILE_LIFETIME.days},
        )
