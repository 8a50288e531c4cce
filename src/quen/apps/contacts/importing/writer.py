"""Write the rows of files as contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, registry
from quen.apps.contacts.importing.cell_parsers import Answers, CellParsers, RowScratch
from quen.apps.contacts.importing.prepare import PreparedContacts, Preparer, WatchedColumn
from quen.apps.contacts.importing.refusals import Refusal, read_heading
from quen.apps.contacts.importing.targets import (
    FIELD_PREFIX,
    STATUS_TARGETS,
    TAG_TARGETS,
    columns_of,
    consent_channels,
    is_answer,
)
from quen.apps.contacts.models import BulkChange, ConsentProofRow, ErasedIdentifier
from quen.apps.contacts.rules.statuses import email_consent_for
from quen.apps.contacts.services import ensure_source, ensure_tags
from quen.apps.contacts.services.locks import UPSERT_BATCH
from quen.apps.contacts.services.staging.labels import names_of_all
from quen.apps.contacts.services.staging.names import key_of_new_tag
from quen.apps.contacts.services.staging.options import UpsertOptions
from quen.apps.contacts.services.staging.schema import StagingSchema, build_schema
from quen.apps.contacts.services.staging.upserter import ContactUpserter
from quen.apps.contacts.types import BulkAction, Channel, Consent, SourceKind, Status, UnwantedAddresses
from quen.apps.events import services as events
from quen.apps.import_export.registry import BatchOutcome, ImportContext, Row, RowIssue
from quen.apps.import_export.types import ConflictPolicy
from quen.core import jobs, sql
from quen.core.actors import Actor, ActorKind
from quen.core.sql import Relation

_EMAIL = Channel.EMAIL.value
#: why an address is suppressed, by what a file says about it
_CAUSES = {Refusal.BLOCK: "manual", Refusal.COMPLAINT: "complaint", Refusal.BOUNCE: "bounce"}


@dataclass(frozen=True, slots=True)
class ContactImportWriter:
    """Writes one import, or tries it in a dry run.

    columns: the names of a staged row's values.  change_id: the bulk change with which the import is undone.
    """

    columns: Sequence[str]
    change_id: int | None
    _preparer: Preparer
    _upserter: ContactUpserter
    _beside: ContactUpserter
    _filename: str
    _actor: Actor

    def prepare(self, rows: Sequence[Row]) -> PreparedContacts:
        """Parse cells into staged rows, without the database."""
        return self._preparer.prepare(rows)

    def write(self, prepared: PreparedContacts, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        self.refuse_erased(prepared)
        outcome = _outcome_before(prepared)
        contact_ids = self._upserter.write(
            prepared.staged, outcome, now=now, with_ids=bool(prepared.unwanted)
        )
        self._suppress(prepared, contact_ids, now)
        self.record(outcome, now=now)
        return outcome

    def split(self, prepared: PreparedContacts, *, now: datetime) -> ContactParts | None:
        """Return the batch in two parts that share no person, None if one of them would be small."""
        if prepared.unwanted or len(prepared.staged.rows) < 2 * settings.IMPORT_PART_ROWS:
            return None
        numbers = self._upserter.rows_beside(prepared.staged)
        if (
            not settings.IMPORT_PART_ROWS
            <= len(numbers)
            <= len(prepared.staged.rows) - settings.IMPORT_PART_ROWS
        ):
            return None
        events.ensure_partitions(since=now, until=now)
        return ContactParts(self, prepared, numbers)

    def write_main(self, prepared: PreparedContacts, *, now: datetime) -> BatchOutcome:
        """Write a part of a batch inside the caller's transaction, without recording it."""
        self.refuse_erased(prepared)
        outcome = _outcome_before(prepared)
        self._upserter.write(prepared.staged, outcome, now=now, with_ids=False)
        return outcome

    def write_beside(self, prepared: PreparedContacts, *, now: datetime) -> BatchOutcome | None:
        """Write the other part inside the transaction of another connection; None if it has somebody known."""
        self.refuse_erased(prepared)
        outcome = _outcome_before(prepared)
        is_written = not prepared.staged.rows or self._beside.write_new(prepared.staged, outcome, now=now)
        return outcome if is_written else None

    def record(self, outcome: BatchOutcome, *, now: datetime) -> None:
        """Record when something was written, by which undo tells later changes, and how much."""
        count = outcome.created + outcome.updated
        if count or outcome.repeated:  # a repeated row may refuse what an earlier one agreed to
            instant = now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
            params = {"change": self.change_id, "instant": instant, "count": count}
            sql.execute(Relation(sql.text("contacts/import_record_batch"), params))

    def dry_run(self, prepared: PreparedContacts) -> BatchOutcome:
        """Return what write would do. What became of contacts is kept in temporary tables until close."""
        self.refuse_erased(prepared)
        outcome = _outcome_before(prepared)
        self._upserter.dry_run(prepared.staged, outcome)
        return outcome

    def refuse_erased(self, prepared: PreparedContacts) -> None:
        """Move the rows of people who were erased to the refused ones (CON-68). Reads the database."""
        if not ErasedIdentifier.objects.exists():
            return
        staged = prepared.staged
        at = {kind: self.columns.index(kind) for kind in ("phone", "email")}
        identifiers = [
            (row[0], kind, row[index]) for row in staged.rows for kind, index in at.items() if row[index]
        ]
        identifiers += [*staged.identities, *staged.secondary_identities]
        erased = dict(sql.rows(queries.erased_among(_relation_of_identifiers(identifiers))))
        if erased:
            staged.remove(erased.keys())
            prepared.refused += [RowIssue(row, "erased", kind) for row, kind in sorted(erased.items())]
            prepared.warnings = [issue for issue in prepared.warnings if issue.row not in erased]
            prepared.unwanted = [each for each in prepared.unwanted if each[0] not in erased]

    def _suppress(self, prepared: PreparedContacts, contact_ids: Mapping[int, int], now: datetime) -> None:
        """Announce the addresses that the file says are not to be written to."""
        for cause in {refusal for _row, _email, refusal in prepared.unwanted}:
            rows = [(row, email) for row, email, refusal in prepared.unwanted if refusal is cause]
            unwanted = UnwantedAddresses(
                channel=_EMAIL,
                cause=_CAUSES[cause],
                addresses=[email for _row, email in rows],
                contact_ids=[contact_ids.get(row) for row, _email in rows],
                note=self._filename,
                actor=self._actor,
            )
            registry.run_unwanted_handlers(unwanted, now=now)

    def close(self) -> None:
        """Release what was kept between batches; a job gives codes to the new contacts, if the workspace wishes so."""
        self._upserter.close()
        if self.change_id is not None and queries.contact_settings().codes_given:
            jobs.enqueue("contacts.give_codes", change_id=self.change_id)


class ContactParts:
    """A batch in two parts that share no person: see import_export.registry.BatchParts."""

    def __init__(
        self, writer: ContactImportWriter, prepared: PreparedContacts, rows_beside: frozenset[int]
    ) -> None:
        self.rows_beside = rows_beside
        self._writer = writer
        rows = {row[0] for row in prepared.staged.rows}
        self._main = prepared.without(rows_beside, prepared.staged.part(rows - rows_beside))
        self._beside = prepared.only(rows_beside, prepared.staged.part(rows_beside))

    def take_turn(self) -> None:
        """Wait until no other batch of contacts is being written, for the length of the transaction."""
        UPSERT_BATCH.acquire()

    def write(self, *, now: datetime) -> BatchOutcome:
        """Write the main part."""
        return self._writer.write_main(self._main, now=now)

    def write_beside(self, *, now: datetime) -> BatchOutcome | None:
        """Write the part beside, in which nobody may be known yet."""
        return self._writer.write_beside(self._beside, now=now)

    def record(self, outcome: BatchOutcome, *, now: datetime) -> None:
        """Record what a part has written."""
        self._writer.record(outcome, now=now)


def open_writer(context: ImportContext, *, now: datetime) -> ContactImportWriter:
    """Return a writer; creates the bulk change of the import, or continues with the existing one."""
    plan = _plan(context)
    change_id = context.change_id or _create_change(context, now)
    has_answers = plan.schema.channels or any(is_answer(column.target) for column in context.columns)
    proof_id = _ensure_proof(context, change_id, now) if has_answers else None
    data = {"import": context.import_id, "file": context.filename}
    options = UpsertOptions(
        policy=plan.policy,
        required=plan.required,
        unique_fields=plan.unique_fields,
        all_tags=ensure_tags(plan.tags),
        all_labels=names_of_all(context.settings),
        actor=_actor(context),
        source_id=context.settings.get("source_id") or _import_source(),
        change_id=change_id,
        proof_id=proof_id,
        created_event="contact_imported",
        changed_event="contact_imported",
        # "created" tells other systems a new customer from one that was known.
        created_data={**data, "created": True},
        changed_data=data,
        consent_data={"by": context.member_name} if context.member_name else {},
        with_row=True,
    )
    return _writer(plan, ContactUpserter(plan.schema, options), change_id, context)


def open_dry_run(context: ImportContext) -> ContactImportWriter:
    """Return a writer for a dry run; writes nothing."""
    plan = _plan(context)
    options = UpsertOptions(
        policy=plan.policy,
        required=plan.required,
        unique_fields=plan.unique_fields,
        all_tags=_known_tags(plan.tags),
        all_labels=names_of_all(context.settings),
        source_id=context.settings.get("source_id") or None,
        created_event="contact_imported",
        changed_event="contact_imported",
    )
    return _writer(plan, ContactUpserter(plan.schema, options, is_dry_run=True), None, context)


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
    has_status_column = not STATUS_TARGETS.isdisjoint(targets)
    status = _status_of_all(settings) if not has_status_column else None
    channels = consent_channels(targets)
    if (has_status_column or status) and _EMAIL not in channels:
        channels.insert(0, _EMAIL)
    clear_mark = str(settings.get("clear_mark") or "")
    schema = build_schema(
        columns_of(targets),
        channels=channels,
        has_status=_EMAIL in channels,
        has_attrs=any(target.startswith(FIELD_PREFIX) for target in targets),
        has_source="source" in targets,
        can_clear=bool(clear_mark),
        has_origins=True,
    )
    slots = schema.slots()
    scratch = RowScratch(len(slots))
    answers = Answers(slots, scratch)
    fields = {field.pk: field for field in queries.active_fields()}
    parsers = CellParsers(
        slots,
        scratch,
        fields=fields,
        zone=workspace.zone,
        system=context.platform.partition("_")[0] if context.platform else "code",
        currency=workspace.currency,
        answers=answers,
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
        answers=answers,
        channels=channels,
        watched=_watched(context) if status is Status.SUBSCRIBED else (),
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


def _watched(context: ImportContext) -> list[WatchedColumn]:
    """Return the columns that may refuse in words: those left out, and those kept as text."""
    targets = {column.index: column.target for column in context.columns}
    headings = [read_heading(header) for header in context.headers]
    return [
        WatchedColumn(index, header, heading is not None and heading.sure)
        for index, (header, heading) in enumerate(zip(context.headers, headings, strict=True))
        if (target := targets.get(index, "")) in {"", "note", *TAG_TARGETS, "source"}
        or target.startswith(FIELD_PREFIX)
    ]


def _writer(
    plan: _Plan, upserter: ContactUpserter, change_id: int | None, context: ImportContext
) -> ContactImportWriter:
    columns = [name for name, _type in plan.schema.column_types()]
    return ContactImportWriter(
        columns, change_id, plan.preparer, upserter, upserter.beside(), context.filename, _actor(context)
    )


def _actor(context: ImportContext) -> Actor:
    member, name = context.member_id, context.member_name
    return Actor(ActorKind.SYSTEM, None, name) if member is None else Actor.member(member, name)


def _relation_of_identifiers(identifiers: Sequence[tuple[int, str, str]]) -> Relation:
    rows, kinds, values = zip(*identifiers, strict=True) if identifiers else ((), (), ())
    return Relation(
        "SELECT * FROM unnest(%(rows)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS i(row, kind, value)",
        {"rows": list(rows), "kinds": list(kinds), "values": list(values)},
        ("row", "kind", "value"),
    )


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
        data={
            "import": context.import_id,
            "file": context.filename,
            "instants": [],
            # By these undo knows which tags are the import's own.
            "tags": [str(name) for name in context.settings.get("tags") or []],
            "last_tag": queries.last_tag_id(),
        },
    ).pk


def _ensure_proof(context: ImportContext, change_id: int, now: datetime) -> int:
    """Return the proof for all consent this import grants; stored once, however often the import is resumed."""
    existing = ConsentProofRow.objects.filter(data__change=change_id).first()
    if existing is not None:
        return existing.pk
    proof = context.settings.get("proof") or {}
    answers = [column for column in context.columns if is_answer(column.target)]
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
            "columns": {column.target: column.header for column in answers},
            "headings": {str(column.index): column.header for column in answers},
            "confirmed": bool(context.settings.get("consent_confirmed")),
            "change": change_id,
        },
        created_at=now,
    ).pk


def _known_tags(names: Sequence[str]) -> list[int]:
    found = queries.find_tags(names)
    return [found[name.upper()].pk if name.upper() in found else key_of_new_tag(name) for name in names]


def _import_source() -> int:
    return ensure_source(code="import", name=_("Import"), kind=SourceKind.IMPORT).pk
