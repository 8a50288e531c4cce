"""What the contact list offers for selected contacts: add to groups, remove from groups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.contacts import registry as contacts
from quen.apps.groups import queries, services
from quen.apps.groups.types import GroupRight, GroupVerb
from quen.core.actors import Actor
from quen.ui.tags.filters import num
from quen.ui.widgets import ComboboxInput, StringListField


class AddToGroupsForm(forms.Form):
    """Groups to put contacts into; new names create groups."""

    groups = StringListField(
        label=_("Groups"),
        widget=ComboboxInput(options=queries.group_names),
        help_text=_("Choose groups, or type a new name and press Enter."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].widget.url = reverse("groups:group_suggestions")


class RemoveFromGroupsForm(AddToGroupsForm):
    """Groups to take contacts out of."""

    groups = StringListField(
        label=_("Groups"), widget=ComboboxInput(options=queries.group_names, create=False)
    )


def _read_add(form: forms.Form, actor: Actor, now: datetime) -> dict[str, Any]:
    groups = services.ensure_groups(form.cleaned_data["groups"], actor=actor, now=now)
    return services.data_of(add=groups)


def _read_remove(form: forms.Form, actor: Actor, now: datetime) -> dict[str, Any]:
    return services.data_of(remove=list(queries.find_groups(form.cleaned_data["groups"]).values()))


def _make(form: type[forms.Form]) -> Callable[[QueryDict | None], forms.Form]:
    return lambda posted: form(posted)


def _add_title(count: int) -> str:
    text = ngettext("Add %(n)s customer to groups", "Add %(n)s customers to groups", count)
    return text % {"n": num(count)}


def _added(count: int) -> str:
    text = ngettext("Added %(n)s customer to the group.", "Added %(n)s customers to the group.", count)
    return text % {"n": num(count)}


def _remove_title(count: int) -> str:
    text = ngettext("Remove %(n)s customer from groups", "Remove %(n)s customers from groups", count)
    return text % {"n": num(count)}


def _removed(count: int) -> str:
    text = ngettext(
        "Removed %(n)s customer from the group.", "Removed %(n)s customers from the group.", count
    )
    return text % {"n": num(count)}


_VERBS = (
    contacts.BulkVerb(
        key=GroupVerb.ADD,
        label=_("Add to group"),
        right=GroupRight.EDIT,
        audit="groups.members_added",
        apply=services.apply_change,
        undo=services.undo_change,
        count_undo=services.count_undo,
        dialog=contacts.BulkDialog(
            icon="users-round",
            button=_("Add to group"),
            form=_make(AddToGroupsForm),
            read=_read_add,
            title=_add_title,
            done=_added,
        ),
    ),
    contacts.BulkVerb(
        key=GroupVerb.REMOVE,
        label=_("Remove from group"),
        right=GroupRight.EDIT,
        audit="groups.members_removed",
        apply=services.apply_change,
        undo=services.undo_change,
        count_undo=services.count_undo,
        dialog=contacts.BulkDialog(
            icon="user-round-minus",
            button=_("Remove from group"),
            form=_make(RemoveFromGroupsForm),
            read=_read_remove,
            title=_remove_title,
            done=_removed,
        ),
    ),
    contacts.BulkVerb(
        key=GroupVerb.MOVE,
        label=_("Move to group"),
        right=GroupRight.EDIT,
        audit="groups.members_added",
        apply=services.apply_change,
        undo=services.undo_change,
        count_undo=services.count_undo,
    ),
)


def register() -> None:
    """Register what is done with the groups of many contacts."""
    for verb in _VERBS:
        contacts.register_bulk_verb(verb)
