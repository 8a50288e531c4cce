"""The form of an export: columns, and the kind of file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.import_export import queries as import_export
from quen.core.table_files import TableFormat

if TYPE_CHECKING:
    from quen.apps.contacts.registry import ExportAudience
    from quen.apps.import_export.models import ExportPreset
    from quen.apps.import_export.registry import ExportColumn, ExportKind

DEFAULT, CUSTOM = "default", "custom"
_TEMPLATE, _PRESET, _AUDIENCE = "template:", "preset:", "audience:"
MAX_COLUMNS: Final = 300


class ExportForm(forms.Form):
    """Which columns a file has, in which order, and its format.

    layout: the default columns, the headings of another program, saved columns, or those that are ticked.
    """

    layout = forms.ChoiceField(label=_("Columns"), required=False)
    format = forms.TypedChoiceField(
        label=_("File type"),
        choices=[(TableFormat.XLSX.value, _("Excel (.xlsx)")), (TableFormat.CSV.value, _("CSV"))],
        coerce=TableFormat,
        empty_value=TableFormat.CSV,
        required=False,
    )
    preset_name = forms.CharField(label=_("Save these columns as"), max_length=60, required=False)

    def __init__(self, data: Any, *, kind: ExportKind) -> None:
        super().__init__(data, initial={"layout": DEFAULT, "format": TableFormat.XLSX.value})
        self.known: dict[str, ExportColumn] = {column.key: column for column in kind.columns()}
        self.presets: Sequence[ExportPreset] = list(import_export.export_presets(kind.key))
        self.audiences = registry.export_audiences()
        self._templates = [each for each in kind.templates() if each.key not in self.audiences]
        defaults = [key for key, column in self.known.items() if column.default]
        given = [] if data is None else [key for key in data.getlist("order") if key in self.known]
        #: keys in the order in which the columns are offered
        self.order = list(dict.fromkeys([*given, *self.known]))[:MAX_COLUMNS]
        self.ticked = set(defaults if not given else data.getlist("columns"))
        self.status: int | None = None
        layout: Any = self.fields["layout"]
        layout.choices = [(value, value) for value, _label, _preset in self.layouts()]

    def ask_again(self) -> ExportForm:
        """Show the form once more as it is, although nothing is wrong; return it."""
        self.status = 200
        return self

    def layouts(self) -> list[tuple[str, Any, ExportPreset | None]]:
        """Return the choices of columns: value, label, and the saved columns if it is a choice of those."""
        return [
            (DEFAULT, _("Usual columns"), None),
            *(
                (f"{_TEMPLATE}{each.key}", _("Headings of %(name)s") % {"name": each.name}, None)
                for each in self._templates
            ),
            *((f"{_AUDIENCE}{key}", each.label, None) for key, each in self.audiences.items()),
            *((f"{_PRESET}{preset.pk}", preset.name, preset) for preset in self.presets),
            (CUSTOM, _("Choose columns"), None),
        ]

    def lines(self) -> list[tuple[ExportColumn, bool]]:
        """Return the columns in their order, and whether each is ticked."""
        return [(self.known[key], key in self.ticked) for key in self.order]

    def clean(self) -> dict[str, Any]:
        """Require a column where columns are chosen."""
        values = super().clean() or self.cleaned_data
        if values.get("layout") == CUSTOM and not self.ticked & set(self.order):
            self.add_error("layout", forms.ValidationError(_("Choose at least one column."), code="required"))
        return values

    def chosen_audience(self) -> ExportAudience | None:
        """Return the file for a purpose of its own that is chosen, if it is one."""
        layout = self.cleaned_data["layout"]
        return self.audiences.get(layout.removeprefix(_AUDIENCE)) if layout.startswith(_AUDIENCE) else None

    def chosen_columns(self) -> tuple[list[str], str]:
        """Return the keys of the chosen columns, none for the usual ones, and the key of a template."""
        layout = self.cleaned_data["layout"]
        if layout == CUSTOM:
            return [key for key in self.order if key in self.ticked], ""
        if layout.startswith((_TEMPLATE, _AUDIENCE)):
            return [], layout.partition(":")[2]
        for preset in self.presets:
            if layout == f"{_PRESET}{preset.pk}":
                return preset.columns, ""
        return [], ""
