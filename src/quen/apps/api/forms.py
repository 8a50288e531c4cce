"""Forms of the api app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.api import registry
from quen.apps.api.registry import Scope
from quen.apps.api.types import KEY_NAME_MAX_CHARS

_DAYS = (30, 90, 365)


class KeyForm(forms.Form):
    """A new key: what it is for, what it may do, how long."""

    name = forms.CharField(
        label=_("Name"),
        max_length=KEY_NAME_MAX_CHARS,
        help_text=_("The system that will use the key, such as “Website” or “Accounting”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the key may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        required=False,
        empty_value=None,
        choices=[
            ("", _("Never")),
            *((days, _("In %(days)s days") % {"days": days}) for days in _DAYS),
        ],
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["scopes"].choices = [(scope.key, scope.label) for scope in registry.scopes()]  # type: ignore[attr-defined]  # a choice field

    def groups(self) -> Iterator[tuple[str, list[tuple[Scope, bool]]]]:
        """Yield the scopes under their headings, each with whether it is chosen."""
        chosen = self["scopes"].value() or []
        in_groups = sorted(registry.scopes(), key=lambda scope: _order(scope))
        for title, scopes in groupby(in_groups, key=lambda scope: str(scope.group)):
            yield title, [(scope, scope.key in chosen) for scope in scopes]

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the key expires."""
        days = self.cleaned_data["days"]
        return now + timedelta(days=days) if days else None


def _order(scope: Scope) -> int:
    """Return the place of a scope's group: that of its first scope."""
    groups = [str(each.group) for each in registry.scopes()]
    return groups.index(str(scope.group))


class CallFilterForm(forms.Form):
    """Which calls are listed."""

    key = forms.TypedChoiceField(label=_("Key"), coerce=int, required=False, empty_value=None)
    outcome = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("All")),
            ("ok", _("Successful")),
            ("refused", _("Refused (4xx)")),
            ("failed", _("Failed (5xx)")),
        ],
    )
    operation = forms.ChoiceField(label=_("Operation"), required=False)

    def __init__(self, data: Any, *, keys: list[tuple[int, str]], operations: list[str]) -> None:
        super().__init__(data)
        self.fields["key"].choices = [("", _("All")), *keys]  # type: ignore[attr-defined]  # a choice field
        self.fields["operation"].choices = [("", _("All")), *((name, name) for name in operations)]  # type: ignore[attr-defined]
