"""Form widgets and fields in the house's shapes: dd/mm/yyyy, tags typed or chosen, switches."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

DAY_FORMAT = "%d/%m/%Y"
DAY_INPUTS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y-%m-%d", "%d%m%Y")


class CalendarInput(forms.DateInput):
    """A day as text, dd/mm/yyyy, with a calendar beside it when scripts run."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        given = {
            "placeholder": _("dd/mm/yyyy"),
            "inputmode": "numeric",
            "autocomplete": "off",
            **(attrs or {}),
        }
        super().__init__(attrs=given, format=DAY_FORMAT)


class DayField(forms.DateField):
    """A day read as people write it: 13/10/2026, 13-10-2026, 2026-10-13."""

    widget = CalendarInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=DAY_INPUTS, **kwargs)


class SwitchInput(forms.CheckboxInput):
    """A tick that looks like a switch; for things that take effect at once."""


class ComboInput(forms.Widget):
    """Several words, chosen from a list or written new. Without scripts it is one box, words by commas.

    options: the words offered, or a callable.  url: asked with ?q= for more (JSON list of words).
    create: whether new words are welcome.
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
        self.offered = options
        self.url = url
        self.create = create

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        offered = self.offered() if callable(self.offered) else self.offered
        context["widget"].update(
            chosen=words_in(value), options=list(offered), url=self.url, create=self.create
        )
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        getter = getattr(data, "getlist", None)
        return words_in(getter(name) if getter else data.get(name))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class WordsField(forms.Field):
    """Several words; cleans to a list without repeats."""

    widget = ComboInput

    def to_python(self, value: Any) -> list[str]:
        return words_in(value)


def words_in(value: Any) -> list[str]:
    """The words of a list or of text with commas, each once, in order."""
    parts = [value] if isinstance(value, str) else list(value or ())
    words = (word.strip() for part in parts for word in str(part).split(","))
    return list(dict.fromkeys(word for word in words if word))
