"""Form widgets and fields: dates as dd/mm/yyyy, comboboxes with several values, switches."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

DAY_FORMAT = "%d/%m/%Y"
#: attributes of a combobox that belong on its input
INPUT_ATTRIBUTES = ("required", "placeholder", "aria-describedby", "aria-invalid")
CLOCK_INPUTS = ("%H:%M", "%H:%M:%S", "%Hh%M", "%Hh", "%H.%M", "%H%M", "%H")
DAY_INPUTS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y")


class CalendarInput(forms.DateInput):
    """A date as text, dd/mm/yyyy; with JavaScript there is a calendar button."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        defaults = {
            "placeholder": _("dd/mm/yyyy"),
            "inputmode": "numeric",
            "autocomplete": "off",
            **(attrs or {}),
        }
        super().__init__(attrs=defaults, format=DAY_FORMAT)


class DayField(forms.DateField):
    """A date as people type it: 13/10/2026, 13-10-2026, 2026-10-13."""

    widget = CalendarInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=DAY_INPUTS, **kwargs)


class ClockField(forms.TimeField):
    """A time of the 24-hour day as people type it: 9:00, 9h30, 0930, 21.

    A text box, because a browser's own time box follows the language of the browser, not that of the page.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput(
            attrs={
                "placeholder": _("hh:mm"),
                "inputmode": "numeric",
                "autocomplete": "off",
                "maxlength": "8",
            },
            format="%H:%M",
        )
        super().__init__(input_formats=CLOCK_INPUTS, widget=widget, **kwargs)


class SwitchInput(forms.CheckboxInput):
    """A checkbox that looks like a switch, for settings that take effect at once."""


class ComboboxInput(forms.Widget):
    """Several values, chosen from a list or typed. Without JavaScript it is a text input, values separated by commas.

    options: the values offered, or a callable.  url: queried with ?q= for more, returns a JSON list of strings.
    create: whether values that are not offered are accepted.
    """

    template_name = "ui/parts/combo_input.html"

    def __init__(
        self,
        options: Sequence[str] | Callable[[], Sequence[str]] = (),
        url: str = "",
        create: bool = True,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs=attrs)
        self.options = options
        self.url = url
        self.create = create

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = self.options() if callable(self.options) else self.options
        attributes = context["widget"]["attrs"]
        context["widget"].update(
            input_attrs={key: attributes[key] for key in INPUT_ATTRIBUTES if key in attributes},
            selected=split_values(value),
            options=list(options),
            url=self.url,
            create=self.create,
        )
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        getter = getattr(data, "getlist", None)
        return split_values(getter(name) if getter else data.get(name))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class SearchSelect(forms.Select):
    """A select with many options, found by typing any word of theirs; without JavaScript it is a plain select."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"data-search-select": _("Nothing found"), **(attrs or {})}, choices)


class StringListField(forms.Field):
    """Several values; cleans to a list without duplicates."""

    widget = ComboboxInput

    def to_python(self, value: Any) -> list[str]:
        return split_values(value)


def split_values(value: Any) -> list[str]:
    """Return the values of a list or of comma-separated text, without duplicates, in order."""
    parts = [value] if isinstance(value, str) else list(value or ())
    values = (item.strip() for part in parts for item in str(part).split(","))
    return list(dict.fromkeys(item for item in values if item))
