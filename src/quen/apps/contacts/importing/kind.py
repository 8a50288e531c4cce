"""Contacts as a kind of rows that files bring in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, services
from quen.apps.contacts.importing import issues
from quen.apps.contacts.importing.cells import Readers, Scratch
from quen.apps.contacts.importing.prepare import Preparer
from quen.apps.contacts.importing.stage import shape_of
from quen.apps.contacts.importing.statements import weave
from quen.apps.contacts.importing.targets import (
    FIELD,
    IDENTIFYING,
    consent_channels,
    custom_targets,
    system_targets,
)
from quen.apps.contacts.importing.undoing import preview_undo
from quen.apps.contacts.importing.writing import PeopleWriter
from quen.apps.contacts.models import Change, ConsentProofRow
from quen.apps.contacts.services.tagging import read_tag_name
from quen.apps.contacts.types import (
    BulkVerb,
    Consent,
    FieldFormat,
    ProofMissing,
    SourceKind,
    Status,
)
from quen.apps.import_export.registry import FieldTarget, ImportOrder, RowIssue, UndoPreview
from quen.apps.import_export.types import Existing

_FIELD_FORMATS = {"single_choice": FieldFormat.SINGLE, "yes_no": FieldFormat.YES_NO}
_MAIL = "email"


class ContactImports:
    """People from files."""

    key = "contacts"
    label = _("Customers")

    def targets(self) -> list[FieldTarget]:
        """The fields of a contact, then the workspace's own."""
        return [*system_targets(), *custom_targets(queries.active_fields())]

    def identifies(self, targets: Sequence[str]) -> bool:
        """A phone, a mail or an account (R-01)."""
        return not IDENTIFYING.isdisjoint(targets)

    def new_field(self, *, name: str, format: str, values: Sequence[str], now: datetime, member: Any) -> str:
        """Make a custom field, or give the one that has the name and format already."""
        wanted = FieldFormat(_FIELD_FORMATS.get(format, format))
        for field in queries.active_fields():
            if field.name.casefold() == name.strip().casefold() and field.format == wanted:
                return f"{FIELD}{field.pk}"
        choices = list(dict.fromkeys(values)) if wanted in {FieldFormat.SINGLE, FieldFormat.MULTIPLE} else []
        field = services.create_field(name=name, format=wanted, choices=choices, actor=member, now=now)
        return f"{FIELD}{field.pk}"

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Subscribed for all rows needs its ground (R-18), tags need names. Raises ProofMissing, BadTag."""
        for name in settings.get("tags") or []:
            read_tag_name(str(name))
        proof = settings.get("proof") or {}
        if settings.get("status") == Status.SUBSCRIBED and not str(proof.get("ground", "")).strip():
            raise ProofMissing()

    def begin(self, order: ImportOrder, *, now: datetime) -> PeopleWriter:
        """Open the record of the change, or go on with the one there is."""
        writer = self._writer(order, trial=False)
        if order.change_id is None:
            change = Change.objects.create(
                verb=BulkVerb.IMPORT,
                member_id=order.member_id,
                at=now,
                data={"import": order.import_id, "file": order.filename, "instants": []},
            )
            writer.change_id = change.pk
        if writer.shape.channels:
            writer.proof_id = self._proof(order, writer.change_id, now)
        return writer

    def begin_trial(self, order: ImportOrder) -> PeopleWriter:
        """Make ready to try."""
        return self._writer(order, trial=True)

    def preview_undo(self, change_id: int) -> UndoPreview:
        """Say what taking back would do."""
        return preview_undo(change_id)

    def undo(self, change_id: int, *, now: datetime, member: Any) -> UndoPreview:
        """Take an import back. Raises TooLateToUndo."""
        preview = preview_undo(change_id)
        services.undo(change=queries.get_change(change_id), actor=member, now=now)
        return preview

    def issue_texts(self, found: Sequence[RowIssue]) -> list[str]:
        """The same for many."""
        return issues.sentences(found)

    def issue_text(self, issue: RowIssue) -> str:
        """Why, in the reader's language."""
        return issues.sentence(issue)

    def _writer(self, order: ImportOrder, *, trial: bool) -> PeopleWriter:
        workspace = accounts.current_workspace()
        settings = order.settings
        targets = [column.target for column in order.columns]
        says_status = "status" in targets or "consent_email" in targets
        status = None if says_status else settings.get("status") or None
        if status == Status.NON_SUBSCRIBED:
            status = None
        channels = consent_channels(targets)
        if (says_status or status) and _MAIL not in channels:
            channels.insert(0, _MAIL)
        clear_mark = str(settings.get("clear_mark") or "")
        shape = shape_of(
            targets, channels=channels, wishes=bool(says_status or status), clears=bool(clear_mark)
        )
        required = [name for name in workspace.required_fields if not name.startswith(FIELD)]
        required = ["birth_day" if name == "birth_on" else name for name in required]
        slots = shape.slots()
        scratch = Scratch(len(slots))
        clear_bits = _clear_bits(shape.groups())
        policy = settings.get("existing") or Existing.SKIP
        fields = {field.pk: field for field in queries.active_fields()}
        makers = Readers(
            slots,
            scratch,
            fields=fields,
            zone=workspace.zone,
            system=order.platform.partition("_")[0] if order.platform else "code",
            currency=workspace.currency,
        )
        blank = _blank(shape.named(), {column.name: column.empty for column in shape.people})
        if status is not None:
            blank[slots["status"]] = int(status)
            if status == Status.SUBSCRIBED:
                blank[slots[f"consent_{_MAIL}"]] = Consent.GRANTED.value
            elif status == Status.UNSUBSCRIBED:
                blank[slots[f"consent_{_MAIL}"]] = Consent.WITHDRAWN.value
        preparer = Preparer(
            slots=slots,
            width=len(slots),
            scratch=scratch,
            readers=[(column.index, column.target, makers.reader(column)) for column in order.columns],
            blank=[*blank, *([None] * len(Scratch.NAMES))],
            required=[(name, slots.get(name)) for name in required],
            reject_incomplete=bool(settings.get("reject_incomplete")),
            clear_mark=clear_mark,
            clear_bits={
                "birth_on": clear_bits.get("birth_day", 0),
                "area": clear_bits.get("city", 0),
                "country_code": clear_bits.get("country", 0),
                **clear_bits,
            },
            takes_titles="salutation" not in targets,
        )
        names = [str(name) for name in settings.get("tags") or []]
        return PeopleWriter(
            import_id=order.import_id,
            filename=order.filename,
            shape=shape,
            statements=weave(shape, policy=policy, required=required, clear_bits=clear_bits, trial=trial),
            preparer=preparer,
            policy=policy,
            all_tags=_known_tags(names) if trial else services.ensure_tags(names),
            import_source=settings.get("source_id") or (None if trial else _import_source()),
            required=required,
            unique_fields=[pk for pk, field in fields.items() if field.unique and f"{FIELD}{pk}" in targets],
            change_id=order.change_id,
            trial=trial,
        )

    def _proof(self, order: ImportOrder, change_id: int | None, now: datetime) -> int:
        """The one ground on which everything this import grants stands; kept once, however often it goes on."""
        known = ConsentProofRow.objects.filter(data__change=change_id).first()
        if known is not None:
            return known.pk
        proof = order.settings.get("proof") or {}
        columns = {
            column.target: column.header
            for column in order.columns
            if column.target == "status" or column.target.startswith("consent_")
        }
        obtained = proof.get("obtained_at") or None
        return ConsentProofRow.objects.create(
            way=str(proof.get("way") or "import"),
            ground=str(proof.get("ground", "")),
            wording=str(proof.get("wording", "")),
            obtained_at=datetime.fromisoformat(obtained) if obtained else None,
            member_id=order.member_id,
            member_name=order.member_name,
            data={"import": order.import_id, "file": order.filename, "columns": columns, "change": change_id},
            created_at=now,
        ).pk


def _blank(named: Sequence[tuple[str, str]], empties: Mapping[str, str | None]) -> list[Any]:
    fixed: dict[str, Any] = {"row": 0, "turn": 1, "incomplete": False, "clears": 0, "sort_key": "~"}
    return [fixed[name] if name in fixed else empties.get(name) for name, _type in named]


def _clear_bits(groups: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """A bit for each group of columns that a mark can clear; never for what identifies a person."""
    clearable = [name for name in groups if name not in ("phone", "email")]
    return {name: 1 << at for at, name in enumerate(clearable)}


def _known_tags(names: Sequence[str]) -> list[int]:
    found = queries.find_tags(names)
    # A tag that does not exist yet is new to everyone: no key has the number 0.
    return [found[name.upper()].pk if name.upper() in found else 0 for name in names]


def _import_source() -> int:
    return services.ensure_source(code="import", name=str(_("Import")), kind=SourceKind.IMPORT).pk
