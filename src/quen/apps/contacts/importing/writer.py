"""Write the rows of files as contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries
from quen.apps.contacts.importing.cell_parsers import CellParsers, RowScratch
from quen.apps.contacts.importing.prepare import PreparedContacts, Preparer
from quen.apps.contacts.importing.targets import FIELD_PREFIX, columns_of, consent_channels
from quen.apps.contacts.models import BulkChange, ConsentProofRow
from quen.apps.contacts.rules.statuses import email_consent_for
from quen.apps.contacts.services import ensure_source, ensure_tags
from quen.apps.contacts.services.staging.schema import StagingSchema, build_schema
from quen.apps.contacts.services.staging.upserter import ContactUpserter, UpsertOptions
from quen.apps.contacts.types import BulkAction, Channel, Consent, SourceKind, Status
from quen.apps.import_export.registry import BatchOutcome, ImportContext, Row
from quen.apps.import_export.types import ConflictPolicy
from quen.core import sql
from quen.core.sql import Relation

_EMAIL = Channel.EMAIL.value


@dataclass(frozen=True, slots=True)
class ContactImportWriter:
    """Writes one import, or tries it in a dry run.

    columns: the names of a staged row's values.  change_id: the bulk change with which the import is undone.
    """

    columns: Sequence[str]
    change_id: int | None
    _preparer: Preparer
    _upserter: ContactUpserter

    def prepare(self, rows: Sequence[Row]) -> PreparedContacts:
        """Parse cells into staged rows, without the database."""
        return self._preparer.prepare(rows)

    def write(self, prepared: PreparedContacts, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        outcome = _outcome_before(prepared)
        self._upserter.write(prepared.staged, outcome, now=now)
        if count := outcome.created + outcome.updated:
            instant = now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
            params = {"change": self.change_id, "instant": instant, "count": count}
            sql.execute(Relation(sql.text("contacts/import_record_batch"), params))
        return outcome

    def dry_run(self, prepared: PreparedContacts) -> BatchOutcome:
        """Return what write would do. New contacts are kept in temporary tables until close."""
        outcome = _outcome_before(prepared)
        self._upserter.dry_run(prepared.staged, outcome)
        return outcome

    def close(self) -> None:
        """Release what dry_run kept between batches."""
        self._upserter.close()


def open_writer(context: ImportContext, *, now: datetime) -> ContactImportWriter:
    """Return a writer; creates the bulk change of the import, or continues with the existing one."""
    plan = _plan(context)
    change_id = context.change_id or _create_change(context, now)
    proof_id = _ensure_proof(context, change_id, now) if plan.schema.channels else None
    data = {"import": context.import_id, "file": context.filename}
    options = UpsertOptions(
        policy=plan.policy,
        required=plan.required,
        unique_fields=plan.unique_fields,
        all_tags=ensure_tags(plan.tags),
        source_id=context.settings.get("source_id") or _import_source(),
        change_id=change_id,
        proof_id=proof_id,
        created_event="contact_imported",
        changed_event="contact_imported",
        created_data=data,
        changed_data=data,
        with_row=True,
    )
    return _writer(plan, ContactUpserter(plan.schema, options), change_id)


def open_dry_run(context: ImportContext) -> ContactImportWriter:
    """Return a writer for a dry run; writes nothing."""
    plan = _plan(context)
    options = UpsertOptions(
        policy=plan.policy,
        required=plan.required,
        unique_fields=plan.unique_fields,
        all_tags=_known_tags(plan.tags),
        source_id=context.settings.get("source_id") or None,
        created_event="contact_imported",
        changed_event="contact_imported",
    )
    return _writer(plan, ContactUpserter(plan.schema, options, is_dry_run=True), None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a file's columns and settings come to. required: the columns of a complete contact."""

    schema: StagingSchema
    preparer: Preparer
    policy: str
    required: Sequence[str]
    unique_fields: Sequence[int]
    tags: Sequence[str]


def _plan(context: ImportContext) -> _Plan:
    workspace = accounts.current_workspace()
    settings = context.settings
    targets = [column.target for column in context.columns]
    has_status_column = "status" in targets or "consent_email" in targets
    status = _status_of_all(settings) if not has_status_column else None
    channels = consent_channels(targets)
    if (has_status_column or status) and _EMAIL not in channels:
        channels.insert(0, _EMAIL)
    clear_mark = str(settings.get("clear_mark") or "")
    schema = build_schema(
        columns_of(targets),
        channels=channels,
        has_status=has_status_column or status is not None,
        has_attrs=any(target.startswith(FIELD_PREFIX) for target in targets),
        has_source="source" in targets,
        can_clear=bool(clear_mark),
    )
    slots = schema.slots()
    scratch = RowScratch(len(slots))
    fields = {field.pk: field for field in queries.active_fields()}
    parsers = CellParsers(
        slots,
        scratch,
        fields=fields,
        zone=workspace.zone,
        system=context.platform.partition("_")[0] if context.platform else "code",
        currency=workspace.currency,
    )
    required = [name for name in workspace.required_fields if not name.startswith(FIELD_PREFIX)]
    required = ["birth_day" if name == "birth_on" else name for name in required]
    bits = schema.clear_bits()
    preparer = Preparer(
        slots=slots,
        width=len(slots),
        scratch=scratch,
        parsers=[(column.index, column.target, parsers.parser_for(column)) for column in context.columns],
        blank=[*_blank(schema, status), *([None] * len(RowScratch.NAMES))],
        required=[(name, slots.get(name)) for name in required],
        reject_incomplete=bool(settings.get("reject_incomplete")),
        clear_mark=clear_mark,
        clear_bits={
            "birth_on": bits.get("birth_day", 0),
            "area": bits.get("city", 0),
            "country_code": bits.get("country", 0),
            **bits,
        },
        strip_titles="salutation" not in targets,
    )
    return _Plan(
        schema=schema,
        preparer=preparer,
        policy=settings.get("conflict_policy") or ConflictPolicy.SKIP,
        required=required,
        unique_fields=[
            pk for pk, field in fields.items() if field.unique and f"{FIELD_PREFIX}{pk}" in targets
        ],
        tags=[str(name) for name in settings.get("tags") or []],
    )


def _writer(plan: _Plan, upserter: ContactUpserter, change_id: int | None) -> ContactImportWriter:
    columns = [name for name, _type in plan.schema.column_types()]
    return ContactImportWriter(columns, change_id, plan.preparer, upserter)


def _outcome_before(prepared: PreparedContacts) -> BatchOutcome:
    return BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))


def _status_of_all(settings: Mapping[str, Any]) -> Status | None:
    """Return the status chosen for all rows, if it differs from the one that new contacts have anyway."""
    status = Status(settings.get("status") or Status.NON_SUBSCRIBED)
    return status if status != Status.NON_SUBSCRIBED else None


def _blank(schema: StagingSchema, status: Status | None) -> list[Any]:
    """Return a staged row without values of its own."""
    values: dict[str, Any] = {column.name: column.empty for column in schema.contact_columns}
    values |= {"row": 0, "pass": 1, "incomplete": False, "clears": 0, "sort_key": "~"}
    if status is not None:
        values["status"] = status.value
        values[f"consent_{_EMAIL}"] = email_consent_for(status, Consent.NEVER_ASKED).value or None
    return [values.get(name) for name, _type in schema.column_types()]


def _create_change(context: ImportContext, now: datetime) -> int:
    return BulkChange.objects.create(
        action=BulkAction.IMPORT,
        member_id=context.member_id,
        at=now,
        data={"import": context.import_id, "file": context.filename, "instants": []},
    ).pk


def _ensure_proof(context: ImportContext, change_id: int, now: datetime) -> int:
    """Return the proof for all consent this import grants; stored once, however often the import is resumed."""
    existing = ConsentProofRow.objects.filter(data__change=change_id).first()
    if existing is not None:
        return existing.pk
    proof = context.settings.get("proof") or {}
    columns = {
        column.target: column.header
        for column in context.columns
        if column.target == "status" or column.target.startswith("consent_")
    }
    obtained = proof.get("obtained_at") or None
    return ConsentProofRow.objects.create(
        method=str(proof.get("method") or "import"),
        ground=str(proof.get("ground", "")),
        wording=str(proof.get("wording", "")),
        obtained_at=datetime.fromisoformat(obtained) if obtained else None,
        member_id=context.member_id,
        member_name=context.member_name,
        data={
            "import": context.import_id,
            "file": context.filename,
            "columns": columns,
            "change": change_id,
        },
        created_at=now,
    ).pk


def _known_tags(names: Sequence[str]) -> list[int]:
    found = queries.find_tags(names)
    # A tag that does not exist yet is new for every contact: 0 is nobody's key.
    return [found[name.upper()].pk if name.upper() in found else 0 for name in names]


def _import_source() -> int:
    return ensure_source(code="import", name=_("Import"), kind=SourceKind.IMPORT).pk
