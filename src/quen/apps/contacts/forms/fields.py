"""Forms of the options of a choice field, and of another format for a field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.forms.settings import FieldForm
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.options import FieldOptions, Option
from quen.apps.contacts.types import FieldFormat


class FieldEditForm(FieldForm):
    """An existing field; its format and its options change on pages of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["format"], self.fields["choices"]


class OptionForm(forms.Form):
    """The words of an option."""

    label = forms.CharField(
        label=_("Words"),
        max_length=200,
        help_text=_(
            "Customers keep the option, and so do segments, campaigns, lists and imports: they follow the new words."
        ),
    )


class NewOptionsForm(forms.Form):
    """Options to add."""

    labels = forms.CharField(
        label=_("Add options"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One per line."),
    )

    def clean_labels(self) -> list[str]:
        """Return the lines."""
        return [line.strip() for line in self.cleaned_data["labels"].splitlines() if line.strip()]


class RemoveOptionForm(forms.Form):
    """Where the customers of a removed option go."""

    into = forms.ChoiceField(label=_("Its customers get"), required=False)

    def __init__(self, data: Any = None, *, options: FieldOptions, removed: Option) -> None:
        super().__init__(data)
        others = [(one.id, one.label) for one in options if one.id != removed.id]
        self.fields["into"].choices = [("", _("no value")), *others]  # type: ignore[attr-defined]  # a choice field


class FormatForm(forms.Form):
    """Another format, and the options of a choice."""

    format = forms.ChoiceField(label=_("New format"))
    choices = forms.CharField(
        label=_("Choices"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        help_text=_(
            "One per line, for single and multiple choice. Left empty: the values that customers have."
        ),
    )

    def __init__(self, data: Any = None, *, field: Field) -> None:
        super().__init__(data, initial={"choices": "\n".join(field.options.labels)})
        others = [pair for pair in FieldFormat.choices if pair[0] != field.format]
        self.fields["format"].choices = others  # type: ignore[attr-defined]  # a choice field

    def options(self, field: Field, suggested: list[str]) -> FieldOptions:
        """Return the options that the new format would have."""
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if self.cleaned_data["format"] not in (FieldFormat.SINGLE, FieldFormat.MULTIPLE):
            return field.options
        return field.options.with_labels(lines or suggested)
