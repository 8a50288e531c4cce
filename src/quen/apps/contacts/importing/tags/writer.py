"""Write the rows of files as tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from quen.apps.contacts.models import Tag
from quen.apps.contacts.services import save_tags
from quen.apps.contacts.services.tags import DESCRIPTION_CHARS, clean_tag_description, clean_tag_name
from quen.apps.contacts.types import BadTag
from quen.apps.import_export.registry import BatchOutcome, Cell, ImportContext, Row, RowIssue, cell_text
from quen.apps.import_export.types import ConflictPolicy

NAME, DESCRIPTION = "name", "description"


@dataclass(slots=True)
class PreparedTags:
    """A parsed batch. rows: (number, name, description)."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    refused: list[RowIssue] = field(default_factory=list)
    warnings: list[RowIssue] = field(default_factory=list)


class TagImportWriter:
    """Writes one import of tags, or tries it in a dry run."""

    #: an import of tags cannot be undone
    change_id = None

    def __init__(self, context: ImportContext) -> None:
        self._overwrite = context.settings.get("conflict_policy") == ConflictPolicy.OVERWRITE
        self._columns = {column.target: column.index for column in context.columns}
        #: what a dry run would have written, by upper-case name
        self._tried: dict[str, str] = {}
        self._seen: set[str] = set()

    def prepare(self, rows: Sequence[Row]) -> PreparedTags:
        """Parse cells, without the database."""
        prepared = PreparedTags()
        for number, cells in rows:
            raw = self._text(cells, NAME)
            try:
                name = clean_tag_name(raw)
            except BadTag:
                code = "bad_tag" if raw.strip() else "no_name"
                prepared.refused.append(RowIssue(number, code, NAME, {"value": raw.strip()[:120]}))
                continue
            full = self._text(cells, DESCRIPTION)
            description = clean_tag_description(full)
            if len(full.strip()) > DESCRIPTION_CHARS:
                prepared.warnings.append(RowIssue(number, "too_long", DESCRIPTION))
            prepared.rows.append((number, name, description))
        return prepared

    def _text(self, cells: Sequence[Cell], target: str) -> str:
        return cell_text(cells[self._columns[target]]) if target in self._columns else ""

    def write(self, prepared: PreparedTags, *, now: datetime) -> BatchOutcome:
        """Write a batch inside the caller's transaction."""
        outcome, written = self._compare(prepared)
        save_tags(written)
        return outcome

    def split(self, prepared: PreparedTags, *, now: datetime) -> None:
        """Return None: tags are few."""

    def dry_run(self, prepared: PreparedTags) -> BatchOutcome:
        """Return what write would do."""
        outcome, written = self._compare(prepared)
        self._tried |= {name.upper(): description for name, description in written.items()}
        return outcome

    def close(self) -> None:
        """Forget the tags of a dry run."""
        self._tried.clear()

    def _compare(self, prepared: PreparedTags) -> tuple[BatchOutcome, dict[str, str]]:
        """Return what becomes of the rows, and the descriptions to write by name."""
        outcome = BatchOutcome(refused=list(prepared.refused), warnings=list(prepared.warnings))
        known = {name.upper(): text for name, text in Tag.objects.values_list("name", "description")}
        known |= self._tried
        written: dict[str, str] = {}
        spelling: dict[str, str] = {}
        for _number, name, description in prepared.rows:
            key = name.upper()
            changes = self._overwrite and bool(description) and description != known.get(key)
            if key not in known:
                outcome.created += 1
            else:
                outcome.repeated += key in self._seen
                outcome.repeated_updated += changes and key in self._seen
                outcome.updated += changes
                outcome.unchanged += not changes
            self._seen.add(key)
            if key not in known or changes:
                known[key] = written[spelling.setdefault(key, name)] = description
        return outcome, written
