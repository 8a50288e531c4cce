"""Forms of fields, tags and sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models import ContactSettings, Field, Source
from quen.apps.contacts.types import FieldFormat, SourceKind, TagColour


class FieldForm(forms.Form):
    """A custom field."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_en = forms.CharField(
        label=_("English name"),
        max_length=120,
        required=False,
        help_text=_("For colleagues who use Quen in English, and for files with English headings."),
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=FieldFormat.choices,
        help_text=_(
            "Choose the format that fits the content: an age can be compared as a Number, not as Text."
        ),
    )
    choices = forms.CharField(
        label=_("Choices"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=_("One per line, for single and multiple choice."),
    )
    help = forms.CharField(label=_("Help text"), max_length=300, required=False)
    default = forms.CharField(label=_("Default value"), required=False)
    required = forms.BooleanField(label=_("Required when staff add a customer"), required=False)
    unique = forms.BooleanField(label=_("Unique: each value belongs to one customer only"), required=False)
    indexed = forms.BooleanField(label=_("Indexed: faster filters on large lists"), required=False)
    is_lunar = forms.BooleanField(
        label=_("Special day of the lunar calendar"),
        required=False,
        help_text=_("For dates that don't say their calendar. Each customer's date can be of the other one."),
    )
    shown = forms.BooleanField(label=_("Shown on the customer page"), required=False, initial=True)

    def clean_choices(self) -> list[str]:
        """Return the lines as a list."""
        return [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """Require choices for a choice field."""
        values = super().clean() or self.cleaned_data
        if values.get("format") in {FieldFormat.SINGLE, FieldFormat.MULTIPLE} and not values.get("choices"):
            self.add_error("choices", forms.ValidationError(_("Enter at least one choice."), code="required"))
        return values


class SpecialDayForm(forms.Form):
    """A special day to be added."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Such as wedding day or day the company was founded.")
    )
    name_en = forms.CharField(
        label=_("English name"),
        max_length=120,
        required=False,
        help_text=_("For colleagues who use Quen in English, and for files with English headings."),
    )
    is_lunar = forms.BooleanField(
        label=_("Lunar calendar"),
        required=False,
        help_text=_("For dates that don't say their calendar. Each customer's date can be of the other one."),
    )
    help = forms.CharField(label=_("Help text"), max_length=300, required=False)


def field_initial(field: Field, default: Any) -> dict[str, Any]:
    """Return a field as its form shows it."""
    keys = ("name", "name_en", "format", "help", "required", "unique", "indexed", "is_lunar", "shown")
    shown = default if isinstance(default, str) else ", ".join(default or [])
    return {key: getattr(field, key) for key in keys} | {
        "choices": "\n".join(field.options.labels),
        "default": shown,
    }


class FieldSettingsForm(forms.Form):
    """The field that stands in for a date of birth, and whether figures of another system are kept."""

    age_field = forms.ChoiceField(
        label=_("Age when the date of birth is unknown"),
        required=False,
        help_text=_("A number field with the age in years, as in a file from another program."),
    )
    opening_values = forms.BooleanField(
        label=_("Keep what was spent and ordered before, in another program"),
        required=False,
        help_text=_(
            "Shown apart and never added to the totals, because no orders stand behind it. Usable in segments."
        ),
    )

    def __init__(self, data: Any = None, *, settings: ContactSettings, fields: Sequence[Field]) -> None:
        initial = {"age_field": settings.age_field_id or "", "opening_values": settings.opening_values}
        super().__init__(data, initial=initial)
        self._numbers = {str(field.pk): field for field in fields if field.format == FieldFormat.NUMBER}
        self.fields["age_field"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("None")),
            *((key, field.label) for key, field in self._numbers.items()),
        ]

    def values(self) -> dict[str, Any]:
        """Return the values for the service."""
        return {
            "age_field": self._numbers.get(self.cleaned_data["age_field"]),
            "opening_values": self.cleaned_data["opening_values"],
        }


class TagForm(forms.Form):
    """A tag."""

    name = forms.CharField(label=_("Name"), max_length=60)
    description = forms.CharField(
        label=_("Description"),
        max_length=300,
        required=False,
        help_text=_("What the tag means, for your colleagues."),
    )
    colour = forms.ChoiceField(
        label=_("Colour"), choices=TagColour.choices, required=False, widget=forms.RadioSelect
    )

    def clean_name(self) -> str:
        """Refuse a comma: it separates tags everywhere."""
        name: str = self.cleaned_data["name"]
        if "," in name:
            raise forms.ValidationError(_("A tag can't contain a comma."), code="bad_tag")
        return name


class SourceForm(forms.Form):
    """A source of contacts."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=SourceKind.choices)
    external_id = forms.CharField(
        label=_("Page ID or other external ID"),
        max_length=200,
        required=False,
        help_text=_("For a Facebook page, enter its ID so that sign-ups from Messenger get this source."),
    )


class SourceEditForm(SourceForm):
    """An existing source, which can be deactivated."""

    active = forms.BooleanField(label=_("In use"), required=False)


def source_initial(source: Source) -> dict[str, Any]:
    """Return a source as its form shows it."""
    return {key: getattr(source, key) for key in ("name", "kind", "external_id", "active")}
