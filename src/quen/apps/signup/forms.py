"""Forms of the signup app: one for each part of a form that is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance import queries as compliance
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.groups import queries as groups
from quen.apps.signup.rules.colours import read_colour
from quen.apps.signup.types import MAX_NAME_CHARS, MAX_TEXT_CHARS, FormContent, Item
from quen.core.text import clean_lines
from quen.ui.widgets import ComboboxInput, StringListField, SwitchInput

_TRIGGERS = (
    ("time", _("After some seconds")),
    ("scroll", _("After a part of the page")),
    ("exit", _("When the pointer leaves the page")),
)
_LANGUAGE_NAMES = dict(settings.LANGUAGES)


class NameForm(forms.Form):
    """The name of a form, for members only."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME_CHARS, help_text=_("Customers don't see it."))


class TextsForm(forms.Form):
    """Texts in the languages of a form; their names are "<name>_<language>"."""

    def __init__(
        self,
        data: Any = None,
        *,
        languages: Sequence[str],
        texts: Mapping[str, tuple[Any, Mapping[str, str], int]],
    ) -> None:
        super().__init__(data)
        self._languages, self._names = languages, tuple(texts)
        for name, (label, values, rows) in texts.items():
            for language in languages:
                said = f"{label} ({_LANGUAGE_NAMES[language]})" if len(languages) > 1 else label
                widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=said,
                    required=False,
                    max_length=MAX_TEXT_CHARS,
                    widget=widget,
                    initial=values.get(language, ""),
                )

    def texts(self, name: str, before: Mapping[str, str]) -> dict[str, str]:
        """Return a text in all languages; those that are not shown stay as they are."""
        given = {each: clean_lines(self.cleaned_data.get(f"{name}_{each}", "")) for each in self._languages}
        return {**before, **given}


class FormFieldForm(TextsForm):
    """A field of a form."""

    required = forms.BooleanField(label=_("Required"), required=False, widget=SwitchInput)

    def __init__(self, data: Any = None, *, item: Item, content: FormContent) -> None:
        super().__init__(
            data, languages=content.languages, texts={"label": (_now("Name of the field"), item.label, 1)}
        )
        self.fields["required"].initial = item.required
        self.order_fields([*(f"label_{each}" for each in content.languages), "required"])


class ConsentBoxForm(TextsForm):
    """A consent box. It is never ticked beforehand, and never has to be ticked: there is no setting for either."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    topic = forms.TypedChoiceField(label=_("Topic"), coerce=int, required=False)

    def __init__(self, data: Any = None, *, item: Item, content: FormContent) -> None:
        texts = {"label": (_now("What the customer agrees to"), item.label, 4)}
        super().__init__(data, languages=content.languages, texts=texts)
        self.fields["channel"].initial = item.channel
        topic = self.fields["topic"]
        assert isinstance(topic, forms.TypedChoiceField)
        topic.choices = [
            (0, _now("All news and offers")),
            *((each.pk, each.name) for each in compliance.topics()),
        ]
        topic.initial = item.topic


class ThanksForm(TextsForm):
    """What follows after sending."""

    redirect = forms.CharField(
        label=_("Or go on to a page"),
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    def __init__(self, data: Any = None, *, content: FormContent) -> None:
        texts = {"thanks": (_now("Thank-you text"), content.thanks, 3)}
        super().__init__(data, languages=content.languages, texts=texts)
        self.fields["redirect"].initial = content.redirect


class SwitchForm(forms.Form):
    """One switch."""

    on = forms.BooleanField(required=False, widget=SwitchInput)

    def __init__(self, data: Any = None, *, label: str, hint: str, on: bool) -> None:
        super().__init__(data, initial={"on": on})
        self.fields["on"].label, self.fields["on"].help_text = label, hint


class LabelsForm(forms.Form):
    """Tags, groups and source of whoever signs up."""

    tags = StringListField(label=_("Tags"), required=False, widget=ComboboxInput(options=contacts.tag_names))
    groups = forms.TypedMultipleChoiceField(
        label=_("Groups"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    source = forms.TypedChoiceField(label=_("Source"), coerce=int, required=False)

    def __init__(self, data: Any = None, *, content: FormContent) -> None:
        initial = {"tags": list(content.tags), "groups": list(content.groups), "source": content.source}
        super().__init__(data, initial=initial)
        chosen, source = self.fields["groups"], self.fields["source"]
        assert isinstance(chosen, forms.TypedMultipleChoiceField)
        assert isinstance(source, forms.TypedChoiceField)
        chosen.choices = [(group.pk, group.name) for group in groups.groups(active_only=True)]
        if not chosen.choices:
            del self.fields["groups"]
        sources = [(each.pk, each.name) for each in contacts.active_sources()]
        source.choices = [(0, _now("Named after the form")), *sources]


class ColoursForm(forms.Form):
    """The shop's colours."""

    accent = forms.CharField(label=_("Button and heading"), widget=forms.TextInput(attrs={"type": "color"}))
    ground = forms.CharField(label=_("Background"), widget=forms.TextInput(attrs={"type": "color"}))

    def __init__(self, data: Any = None, *, content: FormContent) -> None:
        super().__init__(data, initial={"accent": content.accent, "ground": content.ground})

    def clean_accent(self) -> str:
        """Return the colour as "#rrggbb"."""
        return _colour(self.cleaned_data["accent"])

    def clean_ground(self) -> str:
        """Return the colour as "#rrggbb"."""
        return _colour(self.cleaned_data["ground"])


class PopupForm(forms.Form):
    """When the pop-up appears."""

    trigger = forms.ChoiceField(label=_("Appears"), choices=_TRIGGERS)
    amount = forms.IntegerField(label=_("Seconds, or per cent of the page"), min_value=0, max_value=600)
    days = forms.IntegerField(
        label=_("Not again for so many days"),
        min_value=1,
        max_value=365,
        help_text=_("Who has sent it sees it no more."),
    )

    def __init__(self, data: Any = None, *, content: FormContent) -> None:
        initial = {"trigger": content.trigger, "amount": content.amount, "days": content.days}
        super().__init__(data, initial=initial)


class MappingForm(forms.Form):
    """Which field of another system's form is which of ours."""

    def __init__(
        self, data: Any = None, *, targets: Mapping[str, str], choices: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__(data)
        self._names = list(targets)
        for number, (name, target) in enumerate(targets.items()):
            self.fields[f"target_{number}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=target
            )

    def mapping(self) -> dict[str, str]:
        """Return the target by name."""
        return {name: self.cleaned_data[f"target_{number}"] for number, name in enumerate(self._names)}


def _colour(raw: str) -> str:
    colour = read_colour(raw)
    if colour is None:
        raise forms.ValidationError(_("Choose a colour."), code="colour")
    return colour
