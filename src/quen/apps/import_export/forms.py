"""Forms of the import wizard."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quen.apps.import_export.tables import Table
from quen.apps.import_export.types import UploadTooLarge
from quen.core.encodings import CODECS, COLUMN_ENCODINGS

FILE_EXTENSIONS = (".txt", ".csv", ".tsv", ".xls", ".xlsx")
#: the header row may come after a title and explanations
HEADER_ROWS = 15
ENCODING_LABELS = {
    "utf-8": "UTF-8",
    "utf-8-sig": _("UTF-8 with BOM"),
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "cp1258": "Windows-1258",
    "tcvn3": "TCVN3 (ABC)",
    "vni": "VNI",
    "vps": "VPS",
    "unicode": "Unicode",
    "mojibake": _("UTF-8 decoded incorrectly"),
}
DELIMITER_LABELS = {"tab": _("Tab"), ";": _("Semicolon ;"), ",": _("Comma ,"), "|": _("Pipe |")}


class UploadForm(forms.Form):
    """The file to import. Any extension is accepted; the format is detected from the content."""

    file = forms.FileField(
        max_length=300,
        widget=forms.FileInput(attrs={"accept": ",".join(FILE_EXTENSIONS)}),
        error_messages={"required": _("Choose a file first."), "empty": _("This file has no rows.")},
    )

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = label

    def clean_file(self) -> Any:
        """Reject files larger than IMPORT_MAX_BYTES."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            refusal = UploadTooLarge(limit_mb=settings.IMPORT_MAX_BYTES >> 20)
            raise forms.ValidationError(str(refusal), code=refusal.code)
        return file


class PasteForm(forms.Form):
    """Rows copied from a spreadsheet. Tabs separate the cells, so nothing is stripped."""

    text = forms.CharField(
        label=_("Rows copied from a spreadsheet"),
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 7, "spellcheck": "false", "class": "font-(family-name:--font-num)"}
        ),
        error_messages={"required": _("Paste at least a header row and one row of data.")},
    )


class ReadOptionsForm(forms.Form):
    """Options for reading a file. The initial values are detected and can be corrected."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Separator"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.TypedChoiceField(label=_("Header row"), required=False, coerce=int)
    quotes = forms.BooleanField(label=_("Quotation marks enclose cells"), required=False)

    def __init__(self, data: Any, *, table: Table) -> None:
        super().__init__(data, initial=_initial(table))
        self._table = table
        self._set_choices()

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """Return the encoding fields of single columns, when some column needs its own encoding."""
        return [self[name] for name in self.fields if name.startswith("encoding_of_")]

    def changes(self) -> dict[str, Any]:
        """Return the corrected options, as ReadOptions fields."""
        changes: dict[str, Any] = {
            name: self.cleaned_data[name]
            for name in ("encoding", "delimiter", "sheet", "header_row", "quotes")
            if name in self.fields and self.cleaned_data[name] not in (self.initial[name], "")
        }
        fields = [field.name for field in self.column_fields]
        chosen = tuple(self.cleaned_data[name] or None for name in fields)
        if not changes and chosen and chosen != self._table.column_encodings:
            changes["column_encodings"] = chosen
        return changes

    def _set_choices(self) -> None:
        table = self._table
        if table.format == "delimited":
            self._choices("encoding", [(name, ENCODING_LABELS[name]) for name in CODECS])
            self._choices("delimiter", list(DELIMITER_LABELS.items()))
        else:
            for name in ("encoding", "delimiter", "quotes"):
                del self.fields[name]
        if len(table.sheets) > 1:
            self._choices("sheet", [(name, name) for name in table.sheets])
        else:
            del self.fields["sheet"]
        last = max(HEADER_ROWS, table.header_row)
        rows: list[tuple[str, Any]] = [("0", _("No header row"))]
        rows += [(str(n), _("Row %(number)s") % {"number": n}) for n in range(1, last + 1)]
        self._choices("header_row", rows)
        if any(name != "unicode" for name in table.column_encodings):
            for index, name in enumerate(table.column_encodings):
                self.fields[f"encoding_of_{index}"] = forms.ChoiceField(
                    label=_("Encoding of the column"),
                    required=False,
                    initial=name,
                    choices=[
                        (encoding, ENCODING_LABELS[encoding])
                        for encoding in dict.fromkeys((*COLUMN_ENCODINGS, name))
                    ],
                )

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        current = self.initial[name]
        if current not in (None, "") and str(current) not in {value for value, _label in choices}:
            choices = [(current, ENCODING_LABELS.get(current, current)), *choices]
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field


def _initial(table: Table) -> dict[str, Any]:
    return {
        "encoding": table.encoding,
        "delimiter": table.delimiter or "",
        "sheet": table.sheet or "",
        "header_row": table.header_row,
        "quotes": table.options.quotes,
    }
