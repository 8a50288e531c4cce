"""What the import wizard shows for tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.contacts import queries
from quen.apps.contacts.importing.tags.kind import TagImportKind
from quen.apps.contacts.importing.tags.writer import DESCRIPTION, NAME, TagImportWriter
from quen.apps.import_export.registry import (
    ColumnMapping,
    FieldTarget,
    ImportContext,
    ResultAction,
    Row,
    RowIssue,
    RowPreview,
    SheetTemplate,
    TargetGroup,
)
from quen.apps.import_export.types import ConflictPolicy

_KIND: Final = TagImportKind()
_ICONS: Final = {NAME: "tag", DESCRIPTION: "notebook-pen"}


class TagImportSettingsForm(forms.Form):
    """What to do with tags that exist."""

    conflict_policy = forms.ChoiceField(
        label=gettext_lazy("Tags that are already in Quen"),
        choices=[
            (ConflictPolicy.SKIP.value, gettext_lazy("Keep their description")),
            (
                ConflictPolicy.OVERWRITE.value,
                gettext_lazy("Overwrite the description; empty cells never clear it"),
            ),
        ],
        widget=forms.RadioSelect,
    )

    def settings(self) -> dict[str, Any]:
        """Return the settings as services.set_settings takes them."""
        return dict(self.cleaned_data)


class TagImportScreens:
    """The wizard's screens for tags."""

    settings_template = "contacts/importing/tags_settings.html"

    def groups(self, targets: Sequence[FieldTarget]) -> list[TargetGroup]:
        """Return all fields in one group."""
        return [TargetGroup(_("Tag"), tuple(targets))]

    def icon(self, target: str) -> str:
        """Return the icon of a field."""
        return _ICONS.get(target, "circle-dot")

    def preview_row(self, context: ImportContext, row: Row) -> RowPreview:
        """Return how one row will be imported."""
        prepared = TagImportWriter(context).prepare([row])
        if prepared.refused:
            return RowPreview(
                title=_("This row can't be imported"),
                state=(_("Rejected"), "bad", "circle-x"),
                lines=(),
                notes=[("circle-x", "bad", _KIND.issue_text(issue)) for issue in prepared.refused],
                refused=True,
            )
        ((_number, name, description),) = prepared.rows
        exists = name.upper() in queries.find_tags([name])
        notes = [("triangle-alert", "wait", _KIND.issue_text(issue)) for issue in prepared.warnings]
        if exists:
            text = _("Already in Quen. You choose whether to overwrite in the next step.")
            notes.insert(0, ("tag", "", text))
        return RowPreview(
            title=name,
            state=(_("Existing tag"), "", "tag") if exists else (_("New tag"), "good", "circle-check"),
            lines=[(_("Description"), description)] if description else [],
            notes=notes,
        )

    def estimate(self, context: ImportContext, rows: Sequence[Row]) -> tuple[int, list[tuple[str, int]]]:
        """Return how many of the rows can be imported, and why the others cannot."""
        refused = TagImportWriter(context).prepare(rows).refused
        reasons = Counter(issue.code for issue in refused)
        texts = [(_KIND.issue_text(RowIssue(0, code)), number) for code, number in reasons.most_common()]
        return len(rows) - len(refused), texts

    def settings_form(
        self, data: Any, *, settings: Mapping[str, Any], columns: Sequence[ColumnMapping]
    ) -> TagImportSettingsForm:
        """Return the settings form."""
        policy = settings.get("conflict_policy") or ConflictPolicy.SKIP.value
        return TagImportSettingsForm(data, initial={"conflict_policy": policy})

    def templates(self) -> list[SheetTemplate]:
        """Return our own template."""
        headers = [str(target.label) for target in _KIND.targets()]
        rows = [
            ("VIP", _("Spent more than 10 million this year")),
            (_("Wholesale"), _("Buys to sell on")),
        ]
        return [SheetTemplate("quen", _("Template of Quen"), "quen-the.csv", headers, rows)]

    def result_path(self, settings: Mapping[str, Any], *, since: date, until: date) -> str:
        """Return the path of the list of tags."""
        return "/contacts/tags/"

    def result_actions(self, settings: Mapping[str, Any], *, since: date, until: date) -> list[ResultAction]:
        """Return nothing: tags alone are nobody's."""
        return []
