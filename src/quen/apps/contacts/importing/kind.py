"""Contacts as an import kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, services
from quen.apps.contacts.importing import issues
from quen.apps.contacts.importing.cell_parsers import CellParsers, RowScratch
from quen.apps.contacts.importing.prepare import Preparer
from quen.apps.contacts.importing.staging_schema import build_schema
from quen.apps.contacts.importing.statements import build_statements
from quen.apps.contacts.importing.targets import (
    FIELD_PREFIX,
    IDENTIFYING_TARGETS,
    consent_channels,
    custom_targets,
    system_targets,
)
from quen.apps.contacts.importing.texts import TEXTS
from quen.apps.contacts.importing.undo import preview_undo
from quen.apps.contacts.importing.upsert import ContactUpserter
from quen.apps.contacts.importing.vocabulary import contact_vocabulary
from quen.apps.contacts.models import BulkChange, ConsentProofRow
from quen.apps.contacts.services.tags import clean_tag_name
from quen.apps.contacts.types import (
    BulkAction,
    Consent,
    ContactRight,
    FieldFormat,
    ProofMissing,
    SourceKind,
    Status,
)
from quen.apps.import_export.registry import (
    FieldTarget,
    ImportContext,
    KindVocabulary,
    RowIssue,
    UndoPreview,
)
from quen.apps.import_export.types import ConflictPolicy, UnknownFieldFormat
from quen.core.actors import Actor

_FIELD_FORMATS = {"single_choice": FieldFormat.SINGLE, "yes_no": FieldFormat.YES_NO}
_EMAIL = "email"
_NEW_FORMATS = (
    FieldFormat.TEXT,
    FieldFormat.NUMBER,
    FieldFormat.DATE,
    FieldFormat.YES_NO,
    FieldFormat.SINGLE,
    FieldFormat.LINK,
)
#: what ContactImportSettingsForm asks for
SETTINGS = frozenset(
    {"tags", "status", "proof", "consent_confirmed", "clear_mark", "reject_incomplete", "source_id"}
)


class ContactImportKind:
    """The import kind of contacts."""

    key = "contacts"
    label = _("Customers")
    right = ContactRight.CREATE
    policies = (ConflictPolicy.SKIP, ConflictPolicy.OVERWRITE, ConflictPolicy.FILL)
    texts = TEXTS

    def vocabulary(self) -> KindVocabulary:
        """Return the known headers, export formats and value checks of customer lists."""
        return contact_vocabulary()

    def targets(self) -> list[FieldTarget]:
        """Return the fields of a contact, then the workspace's custom fields."""
        return [*system_targets(), *custom_targets(queries.active_fields())]

    def identifies(self, targets: Sequence[str]) -> bool:
        """Return whether a phone, an email or an account is among the targets (R-01)."""
        return not IDENTIFYING_TARGETS.isdisjoint(targets)

    def new_field_formats(self) -> list[tuple[str, str]]:
        """Return the formats that a new custom field can have."""
        return [(format_.value, str(format_.label)) for format_ in _NEW_FORMATS]

    def create_field(
        self, *, name: str, format: str, values: Sequence[str], now: datetime, actor: Actor
    ) -> str:
        """Create a custom field, or return the one with this name and format."""
        try:
            wanted = FieldFormat(_FIELD_FORMATS.get(format, format))
        except ValueError as error:
            raise UnknownFieldFormat(format=format) from error
        for field in queries.active_fields():
            if field.name.casefold() == name.strip().casefold() and field.format == wanted:
                return f"{FIELD_PREFIX}{field.pk}"
        choices = list(dict.fromkeys(values)) if wanted in {FieldFormat.SINGLE, FieldFormat.MULTIPLE} else []
        field = services.create_field(name=name, format=wanted, choices=choices, actor=actor, now=now)
        return f"{FIELD_PREFIX}{field.pk}"

    def settings_names(self) -> frozenset[str]:
        """Return the settings of the form."""
        return SETTINGS

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise ProofMissing when all rows are to be subscribed without proof (R-18), BadTag for an empty tag name."""
        for name in settings.get("tags") or []:
            clean_tag_name(str(name))
        proof = settings.get("proof") or {}
        if settings.get("status") == Status.SUBSCRIBED and not str(proof.get("ground", "")).strip():
            raise ProofMissing()

    def open_writer(self, context: ImportContext, *, now: datetime) -> ContactUpserter:
        """Return a writer; creates the bulk change of the import, or continues with the existing one."""
        writer = self._writer(context, is_dry_run=False)
        if context.change_id is None:
            change = BulkChange.objects.create(
                action=BulkAction.IMPORT,
                member_id=context.member_id,
                at=now,
                data={"import": context.import_id, "file": context.filename, "instants": []},
            )
            writer.change_id = change.pk
        if writer.schema.channels:
            writer.proof_id = self._proof(context, writer.change_id, now)
        return writer

    def open_dry_run(self, context: ImportContext) -> ContactUpserter:
        """Return a writer for a dry run."""
        return self._writer(context, is_dry_run=True)

    def preview_undo(self, change_id: int) -> UndoPreview:
        """Return what undo would do."""
        return preview_undo(change_id)

    def undo(self, change_id: int, *, now: datetime, actor: Actor) -> UndoPreview:
        """Undo an import. Raises TooLateToUndo."""
        preview = preview_undo(change_id)
        services.undo_change(change=queries.get_change(change_id), actor=actor, now=now)
        return preview

    def issue_texts(self, found: Sequence[RowIssue]) -> list[str]:
        """Return the texts of many issues."""
        return issues.messages_for(found)

    def issue_text(self, issue: RowIssue) -> str:
        """Return the text of an issue."""
        return issues.message_for(issue)

    def _writer(self, context: ImportContext, *, is_dry_run: bool) -> ContactUpserter:
        workspace = accounts.current_workspace()
        settings = context.settings
        targets = [column.target for column in context.columns]
        status_is_mapped = "status" in targets or "consent_email" in targets
        status = None if status_is_mapped else settings.get("status") or None
        if status == Status.NON_SUBSCRIBED:
            status = None
        channels = consent_channels(targets)
        if (status_is_mapped or status) and _EMAIL not in channels:
            channels.insert(0, _EMAIL)
        clear_mark = str(settings.get("clear_mark") or "")
        schema = build_schema(
            targets,
            channels=channels,
            has_status=bool(status_is_mapped or status),
            can_clear=bool(clear_mark),
        )
        required = [name for name in workspace.required_fields if not name.startswith(FIELD_PREFIX)]
        required = ["birth_day" if name == "birth_on" else name for name in required]
        slots = schema.slots()
        scratch = RowScratch(len(slots))
        clear_bits = _clear_bits(schema.groups())
        conflict_policy = settings.get("conflict_policy") or ConflictPolicy.SKIP
        fields = {field.pk: field for field in queries.active_fields()}
        cell_parsers = CellParsers(
            slots,
            scratch,
            fields=fields,
            zone=workspace.zone,
            system=context.platform.partition("_")[0] if context.platform else "code",
            currency=workspace.currency,
        )
        blank = _blank(
            schema.column_types(), {column.name: column.empty for column in schema.contact_columns}
        )
        if status is not None:
            blank[slots["status"]] = int(status)
            if status == Status.SUBSCRIBED:
                blank[slots[f"consent_{_EMAIL}"]] = Consent.GRANTED.value
            elif status == Status.UNSUBSCRIBED:
                blank[slots[f"consent_{_EMAIL}"]] = Consent.WITHDRAWN.value
        preparer = Preparer(
            slots=slots,
            width=len(slots),
            scratch=scratch,
            parsers=[
                (column.index, column.target, cell_parsers.parser_for(column)) for column in context.columns
            ],
            blank=[*blank, *([None] * len(RowScratch.NAMES))],
            required=[(name, slots.get(name)) for name in required],
            reject_incomplete=bool(settings.get("reject_incomplete")),
            clear_mark=clear_mark,
            clear_bits={
                "birth_on": clear_bits.get("birth_day", 0),
                "area": clear_bits.get("city", 0),
                "country_code": clear_bits.get("country", 0),
                **clear_bits,
            },
            strip_titles="salutation" not in targets,
        )
        names = [str(name) for name in settings.get("tags") or []]
        return ContactUpserter(
            import_id=context.import_id,
            filename=context.filename,
            schema=schema,
            statements=build_statements(
                schema,
                conflict_policy=conflict_policy,
                required=required,
                clear_bits=clear_bits,
                is_dry_run=is_dry_run,
            ),
            preparer=preparer,
            conflict_policy=conflict_policy,
            all_tags=_known_tags(names) if is_dry_run else services.ensure_tags(names),
            import_source=settings.get("source_id") or (None if is_dry_run else _import_source()),
            required=required,
            unique_fields=[
                pk for pk, field in fields.items() if field.unique and f"{FIELD_PREFIX}{pk}" in targets
            ],
            change_id=context.change_id,
            is_dry_run=is_dry_run,
        )

    def _proof(self, context: ImportContext, change_id: int | None, now: datetime) -> int:
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


def _blank(columns: Sequence[tuple[str, str]], empties: Mapping[str, str | None]) -> list[Any]:
    fixed: dict[str, Any] = {"row": 0, "pass": 1, "incomplete": False, "clears": 0, "sort_key": "~"}
    return [fixed[name] if name in fixed else empties.get(name) for name, _type in columns]


def _clear_bits(groups: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """Return a bit for each group of columns that clear_mark can clear; identifiers are never cleared."""
    clearable = [name for name in groups if name not in ("phone", "email")]
    return {name: 1 << at for at, name in enumerate(clearable)}


def _known_tags(names: Sequence[str]) -> list[int]:
    found = queries.find_tags(names)
    # A tag that does not exist yet is new for every contact: 0 is nobody's key.
    return [found[name.upper()].pk if name.upper() in found else 0 for name in names]


def _import_source() -> int:
    return services.ensure_source(code="import", name=str(_("Import")), kind=SourceKind.IMPORT).pk
