"""The forms of groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.groups import queries, registry
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.types import MAX_NAME_CHARS
from quen.ui.widgets import ComboboxInput, SearchSelect, StringListField, SwitchInput

COPY, MOVE = "copy", "move"
_MODES = ((COPY, _("Copy: they stay in this group, too")), (MOVE, _("Move: they leave this group")))


class GroupForm(forms.Form):
    """Name, description and the switch."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME_CHARS)
    description = forms.CharField(
        label=_("Description"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What it's for. Your team sees this in the list."),
    )
    active = forms.BooleanField(
        label=_("In use"),
        required=False,
        initial=True,
        widget=SwitchInput,
        help_text=_("A group that is not in use keeps its members, but isn't offered as recipients."),
    )


class MembersForm(forms.Form):
    """Who is put into a group: contacts found by search, and those of a segment as they are now."""

    contact = forms.MultipleChoiceField(required=False)
    source = forms.ChoiceField(label=_("Everyone who is now in"), required=False, widget=SearchSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("Nobody else"))]
        for source in registry.member_sources():
            options = [(f"{source.key}:{pk}", name) for pk, name in source.choices()]
            if options:
                choices.append((str(source.label), options))
        self.fields["source"].choices = choices  # type: ignore[attr-defined]  # a choice field
        # Ids that were ticked; whether they exist is read when they are added.
        ticked = self.data.getlist("contact") if hasattr(self.data, "getlist") else []
        ids = [value for value in ticked if value.isdecimal() and len(value) < 19]
        self.fields["contact"].choices = [(value, value) for value in ids]  # type: ignore[attr-defined]  # as above

    @property
    def has_sources(self) -> bool:
        """Return whether there is anything to take members from."""
        return len(self.fields["source"].choices) > 1  # type: ignore[attr-defined]  # a choice field


class CopyMembersForm(forms.Form):
    """Where members of a group are copied or moved to."""

    mode = forms.ChoiceField(label=_("What happens"), choices=_MODES, initial=COPY, widget=forms.RadioSelect)
    to = forms.TypedChoiceField(label=_("To the group"), coerce=int, widget=SearchSelect)

    def __init__(self, *args: Any, group: ContactGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(each.pk, each.name) for each in queries.groups() if each.pk != group.pk]
        self.fields["to"].choices = others  # type: ignore[attr-defined]  # a choice field


class ContactGroupsForm(forms.Form):
    """The groups of one contact; new names create groups."""

    groups = StringListField(
        label=_("Groups"), required=False, widget=ComboboxInput(options=queries.group_names)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].widget.url = reverse("groups:group_suggestions")
