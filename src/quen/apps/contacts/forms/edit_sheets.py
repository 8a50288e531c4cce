"""Forms of workbooks for editing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quen.apps.import_export.types import UploadTooLarge


class SheetColumnsForm(forms.Form):
    """Which columns a workbook has; the name is always one of them."""

    columns = forms.MultipleChoiceField(label=_("Columns"), required=False)

    def __init__(self, data: Any, *, choices: Sequence[tuple[str, str]], usual: Sequence[str]) -> None:
        super().__init__(data, initial={"columns": list(usual)})
        field: Any = self.fields["columns"]
        field.choices = list(choices)

    def lines(self) -> list[tuple[str, str, bool]]:
        """Return key, label, and whether each column is ticked."""
        ticked = set(self["columns"].value() or ())
        field: Any = self.fields["columns"]
        return [(key, label, key in ticked) for key, label in field.choices]


class ReturnForm(forms.Form):
    """The edited workbook."""

    file = forms.FileField(
        label=_("The edited file"),
        max_length=300,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.xls,.csv"}),
        error_messages={"required": _("Choose a file first."), "empty": _("This file has no rows.")},
    )

    def clean_file(self) -> Any:
        """Reject files larger than IMPORT_MAX_BYTES."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            refusal = UploadTooLarge(limit_mb=settings.IMPORT_MAX_BYTES >> 20)
            raise forms.ValidationError(str(refusal), code=refusal.code)
        return file
