"""Forms of the webhooks app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quen.apps.api import queries as api
from quen.apps.webhooks import registry
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.types import DESCRIPTION_MAX_CHARS, URL_MAX_CHARS, WebhookKind

#: how far back messages are sent again
_HOURS = (1, 24, 72, 168, 720)


class EndpointForm(forms.Form):
    """An endpoint: where to, what about, and whether the other system's own changes are sent back to it."""

    url = forms.CharField(
        label=_("Address"),
        max_length=URL_MAX_CHARS,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text=_("Your system receives a POST request here for each message."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_MAX_CHARS,
        required=False,
        help_text=_("For your colleagues: which system it is."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Messages about"), required=False, widget=forms.CheckboxSelectMultiple
    )
    own_key_id = forms.TypedChoiceField(
        label=_("The API key this system uses"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_(
            "What this key changes is not sent back to it, so that two systems do not answer each other forever."
        ),
    )
    include_own = forms.BooleanField(label=_("Also send what its own key changed"), required=False)

    def __init__(self, data: Any = None, *, endpoint: Endpoint | None = None) -> None:
        initial: dict[str, Any] = {}
        if endpoint is not None:
            initial = {name: getattr(endpoint, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        kinds, own_key = self.fields["kinds"], self.fields["own_key_id"]
        assert isinstance(kinds, forms.ChoiceField)
        assert isinstance(own_key, forms.ChoiceField)
        kinds.choices = [(kind.name, kind.label) for kind in registry.kinds()]
        keys = [(key.pk, key.name) for key in api.keys().filter(revoked_at=None)]
        own_key.choices = [("", _("None")), *keys]

    def groups(self) -> Iterator[tuple[str, list[tuple[WebhookKind, bool]]]]:
        """Yield the kinds under their headings, each with whether it is chosen."""
        chosen = self["kinds"].value() or []
        for title, kinds in groupby(registry.kinds(), key=lambda kind: str(kind.group)):
            yield title, [(kind, kind.name in chosen) for kind in kinds]


class ReplayForm(forms.Form):
    """How far back messages that did not arrive are sent again."""

    hours = forms.TypedChoiceField(
        label=_("Of the last"),
        coerce=int,
        choices=[
            (hours, ngettext_lazy("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
            if hours < 72
            else (hours, ngettext_lazy("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24})
            for hours in _HOURS
        ],
        initial=24,
    )

    @property
    def span(self) -> timedelta:
        """Return how far back."""
        return timedelta(hours=self.cleaned_data["hours"])
