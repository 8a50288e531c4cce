"""Contacts as an import kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.importing import issues, refusals, writer
from quen.apps.contacts.importing.cell_values import read_yes_no
from quen.apps.contacts.importing.targets import (
    FIELD_PREFIX,
    IDENTIFYING_TARGETS,
    STATUS_TARGETS,
    custom_targets,
    system_targets,
)
from quen.apps.contacts.importing.texts import TEXTS
from quen.apps.contacts.importing.undo import preview_undo
from quen.apps.contacts.importing.value_checks import refuses
from quen.apps.contacts.importing.vocabulary import contact_vocabulary
from quen.apps.contacts.importing.writer import ContactImportWriter
from quen.apps.contacts.services.tags import clean_tag_name
from quen.apps.contacts.types import (
    ContactRight,
    FieldFormat,
    ProofMissing,
    RefusalsLeftOut,
    Status,
)
from quen.apps.import_export.registry import (
    ColumnMapping,
    FieldTarget,
    ImportContext,
    KindVocabulary,
    RowIssue,
    SampledColumn,
    UndoPreview,
)
from quen.apps.import_export.types import ConflictPolicy, UnknownFieldFormat
from quen.core.actors import Actor

_FIELD_FORMATS = {"single_choice": FieldFormat.SINGLE, "yes_no": FieldFormat.YES_NO}
_NEW_FORMATS = (
    FieldFormat.TEXT,
    FieldFormat.NUMBER,
    FieldFormat.DATE,
    FieldFormat.YES_NO,
    FieldFormat.SINGLE,
    FieldFormat.LINK,
    FieldFormat.SPECIAL_DAY,
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
            names = {field.name.casefold(), field.name_en.casefold()}
            if name.strip().casefold() in names and field.format == wanted:
                return f"{FIELD_PREFIX}{field.pk}"
        choices = list(dict.fromkeys(values)) if wanted in {FieldFormat.SINGLE, FieldFormat.MULTIPLE} else []
        field = services.create_field(name=name, format=wanted, choices=choices, actor=actor, now=now)
        return f"{FIELD_PREFIX}{field.pk}"

    def settings_names(self) -> frozenset[str]:
        """Return the settings of the form."""
        return SETTINGS | {key for key, labels in registry.import_labels().items() if not labels.answers}

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise ProofMissing when all rows are to be subscribed without proof (R-18), BadTag for an empty tag name."""
        for name in settings.get("tags") or []:
            clean_tag_name(str(name))
        for labels in registry.import_labels().values():
            for name in settings.get(labels.key) or []:
                labels.clean(str(name))
        proof = settings.get("proof") or {}
        if settings.get("status") == Status.SUBSCRIBED and not str(proof.get("ground", "")).strip():
            raise ProofMissing()

    def validate_left_out(
        self, settings: Mapping[str, Any], columns: Sequence[ColumnMapping], left_out: Sequence[SampledColumn]
    ) -> None:
        """Raise RefusalsLeftOut when all rows are to be subscribed over a skipped column that contains refusals."""
        if settings.get("status") != Status.SUBSCRIBED:
            return
        if not STATUS_TARGETS.isdisjoint(column.target for column in columns):
            return  # each row follows its own answer
        for column in left_out:
            heading = refusals.read_heading(column.header)
            refusal = next(filter(refuses, column.texts), None)
            answers = column.booleans.mostly or column.dates.mostly
            if refusal is None and heading is not None and (heading.sure or answers):
                refusal = next((text for text in column.texts if read_yes_no(text) is not False), None)
            if refusal is not None:
                raise RefusalsLeftOut(column=column.header or str(column.index + 1), value=refusal)

    def open_writer(self, context: ImportContext, *, now: datetime) -> ContactImportWriter:
        """Return a writer; creates the bulk change of the import, or continues with the existing one."""
        return writer.open_writer(context, now=now)

    def open_dry_run(self, context: ImportContext) -> ContactImportWriter:
        """Return a writer for a dry run."""
        return writer.open_dry_run(context)

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
