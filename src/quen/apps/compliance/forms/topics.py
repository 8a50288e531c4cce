"""The form of a topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import Channel

if TYPE_CHECKING:
    from quen.apps.compliance.models import Topic

_LANGUAGES = ("vi", "en")


class TopicForm(forms.Form):
    """Name and description in both languages, and the channels. channels: that may be chosen."""

    name_vi = forms.CharField(label=_("Name in Vietnamese"), max_length=60)
    name_en = forms.CharField(
        label=_("Name in English"),
        max_length=60,
        required=False,
        help_text=_("Customers who read English see the Vietnamese name if this is empty."),
    )
    description_vi = forms.CharField(
        label=_("How often, or when, in Vietnamese"),
        max_length=120,
        required=False,
        help_text=_("Shown under the name, such as “about 2 messages a month”."),
    )
    description_en = forms.CharField(
        label=_("How often, or when, in English"), max_length=120, required=False
    )
    channels = forms.MultipleChoiceField(
        label=_("Sent by"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Customers see a dash for the other channels."),
    )

    def __init__(
        self, data: Any = None, *, channels: Sequence[str], initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["channels"].choices = [  # type: ignore[attr-defined]  # a choice field
            (channel.value, channel.label) for channel in Channel if channel.value in channels
        ]

    def values(self) -> dict[str, Any]:
        """Return the cleaned values as keyword arguments of ``services.create_topic``."""
        data = self.cleaned_data
        return {
            "names": {language: data[f"name_{language}"] for language in _LANGUAGES},
            "descriptions": {language: data[f"description_{language}"] for language in _LANGUAGES},
            "channels": data["channels"],
        }


def topic_initial(topic: Topic) -> dict[str, Any]:
    """Return a topic as the initial values of the form."""
    values: dict[str, Any] = {"channels": topic.channels}
    for language in _LANGUAGES:
        values[f"name_{language}"] = topic.names.get(language, "")
        values[f"description_{language}"] = topic.descriptions.get(language, "")
    return values
