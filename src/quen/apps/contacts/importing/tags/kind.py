"""Tags as an import kind: a name and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from quen.apps.contacts.importing.tags.writer import DESCRIPTION, NAME, TagImportWriter
from quen.apps.contacts.types import ContactRight, TooLateToUndo
from quen.apps.import_export.registry import (
    ColumnMapping,
    FieldTarget,
    ImportContext,
    ImportTexts,
    KindVocabulary,
    RowIssue,
    SampledColumn,
    UndoPreview,
    build_dictionary,
)
from quen.apps.import_export.types import ConflictPolicy, UnknownFieldFormat
from quen.core.actors import Actor

_HEADERS: Final = (
    ("Tên thẻ", NAME),
    ("Thẻ", NAME),
    ("Nhãn", NAME),
    ("Tag", NAME),
    ("Tag name", NAME),
    ("Name", NAME),
    ("Tên", NAME),
    ("Mô tả", DESCRIPTION),
    ("Diễn giải", DESCRIPTION),
    ("Ý nghĩa", DESCRIPTION),
    ("Ghi chú", DESCRIPTION),
    ("Description", DESCRIPTION),
    ("Meaning", DESCRIPTION),
    ("Note", DESCRIPTION),
)
_MESSAGES: Final = {
    "no_name": gettext_lazy("No tag name"),
    "bad_tag": gettext_lazy("A tag has at most 60 characters and no commas"),
    "too_long": gettext_lazy("Description longer than 300 characters; shortened"),
}
TEXTS: Final = ImportTexts(
    title=gettext_lazy("Import tags"),
    list_title=gettext_lazy("Import a list of tags"),
    file=gettext_lazy("Tag file"),
    field=gettext_lazy("Tag field"),
    preview=gettext_lazy("Tag preview"),
    identifying=gettext_lazy("tag name"),
    requirements=(
        gettext_lazy("One header row, then one tag per row."),
        gettext_lazy("Every row needs a name of at most 60 characters, without commas."),
        gettext_lazy("A description is optional, at most 300 characters."),
    ),
    running=gettext_lazy("Importing tags"),
    results_link=gettext_lazy("View tags"),
    delete_confirmation=gettext_lazy(
        "Delete this import, its file and its list of rejected rows? Imported tags are kept."
    ),
    created=ngettext_lazy("%(shown)s new tag was added", "%(shown)s new tags were added", "count"),
    updated=ngettext_lazy("%(shown)s tag was updated", "%(shown)s tags were updated", "count"),
    planned=ngettext_lazy(
        "%(shown)s new tag in %(rows)s rows", "%(shown)s new tags in %(rows)s rows", "count"
    ),
    existing=ngettext_lazy(
        "%(shown)s tag already exists and stays unchanged.",
        "%(shown)s tags already exist and stay unchanged.",
        "count",
    ),
    start=ngettext_lazy("Import %(shown)s tag", "Import %(shown)s tags", "count"),
    summary=gettext_lazy(
        "%(created)s tags created, %(updated)s updated, %(unchanged)s unchanged."
        " %(refused)s rows were rejected."
    ),
    no_undo=gettext_lazy(
        "An import of tags can't be undone: the tags may be in use by now. Delete those you don't need."
    ),
)


class TagImportKind:
    """The import kind of tags."""

    key = "tags"
    label = gettext_lazy("Tags")
    right = ContactRight.CONFIGURE
    policies = (ConflictPolicy.SKIP, ConflictPolicy.OVERWRITE)
    texts = TEXTS

    def vocabulary(self) -> KindVocabulary:
        """Return the known headers of tag lists."""
        return _vocabulary()

    def targets(self) -> list[FieldTarget]:
        """Return the fields of a tag."""
        return [FieldTarget(NAME, _("Tag name")), FieldTarget(DESCRIPTION, _("Description"))]

    def identifies(self, targets: Sequence[str]) -> bool:
        """Return whether the name is among the targets."""
        return NAME in targets

    def new_field_formats(self) -> list[tuple[str, str]]:
        """Return nothing: a tag has no further fields."""
        return []

    def create_field(
        self, *, name: str, format: str, values: Sequence[str], now: datetime, actor: Actor
    ) -> str:
        """Raise UnknownFieldFormat: a tag has no further fields."""
        raise UnknownFieldFormat(format=format)

    def settings_names(self) -> frozenset[str]:
        """Return nothing: only the policy is asked for."""
        return frozenset()

    def validate_settings(self, settings: Mapping[str, Any]) -> None:
        """Accept every policy of the kind."""

    def validate_left_out(
        self, settings: Mapping[str, Any], columns: Sequence[ColumnMapping], left_out: Sequence[SampledColumn]
    ) -> None:
        """Accept every skipped column."""

    def open_writer(self, context: ImportContext, *, now: datetime) -> TagImportWriter:
        """Return a writer."""
        return TagImportWriter(context)

    def open_dry_run(self, context: ImportContext) -> TagImportWriter:
        """Return a writer for a dry run."""
        return TagImportWriter(context)

    def preview_undo(self, change_id: int) -> UndoPreview:
        """Raise TooLateToUndo: tags that are in use are not removed."""
        raise TooLateToUndo()

    def undo(self, change_id: int, *, now: datetime, actor: Actor) -> UndoPreview:
        """Raise TooLateToUndo."""
        raise TooLateToUndo()

    def issue_texts(self, found: Sequence[RowIssue]) -> list[str]:
        """Return the texts of issues."""
        return [self.issue_text(issue) for issue in found]

    def issue_text(self, issue: RowIssue) -> str:
        """Return the text of an issue, with the value that it is about."""
        text = str(_MESSAGES[issue.code])
        return f"{text} (“{issue.params['value']}”)" if issue.params.get("value") else text


@cache
def _vocabulary() -> KindVocabulary:
    return KindVocabulary(fields=build_dictionary(_HEADERS))
