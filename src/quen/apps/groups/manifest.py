"""What the groups app declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.api.registry import Scope
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.events.types import EventKind, EventPhrases
from quen.apps.groups import (
    bulk_verbs,
    command_palette,
    conditions,
    export_columns,
    importing,
    queries,
    services,
    workspace_copy,
)
from quen.apps.groups.types import GroupRight, GroupScope
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage, MessageFormatter
from quen.apps.team.types import MARKETING, STAFF, DeclaredRight
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import day, num


def _group_changes(count: int) -> str:
    return ngettext("%(count)s group change", "%(count)s group changes", count) % {"count": num(count)}


def _bulk(add: bool) -> MessageFormatter:
    def message(data: Mapping[str, Any]) -> str:
        names = ", ".join(data["add"] if add else data["remove"])
        if add and data["remove"]:
            text = ngettext(
                "Moved %(n)s customer from the group %(from)s to %(names)s",
                "Moved %(n)s customers from the group %(from)s to %(names)s",
                data["contacts"],
            )
        elif add:
            text = ngettext(
                "Added %(n)s customer to the group %(names)s",
                "Added %(n)s customers to the group %(names)s",
                data["contacts"],
            )
        else:
            text = ngettext(
                "Removed %(n)s customer from the group %(names)s",
                "Removed %(n)s customers from the group %(names)s",
                data["contacts"],
            )
        values = {"n": num(data["contacts"]), "names": names, "from": ", ".join(data["remove"])}
        return text % values

    return message


def _deleted(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Deleted the group “%(name)s”, which had %(n)s customer",
        "Deleted the group “%(name)s”, which had %(n)s customers",
        data["contacts"],
    )
    return text % {"name": data["name"], "n": num(data["contacts"])}


def _personal_data(contact_id: int) -> list[dict[str, Any]]:
    return [
        {_now("Group"): joined.group.name, _now("Joined"): str(day(joined.joined_at))}
        for joined in queries.groups_of(contact_id)
    ]


MANIFEST = Manifest(
    pages="groups/",
    manual_page="groups",
    api_scopes=(
        Scope(GroupScope.READ, _("Read groups and who is in them"), _("Groups")),
        Scope(GroupScope.WRITE, _("Create groups and change who is in them"), _("Groups")),
    ),
    rights=(
        DeclaredRight(GroupRight.EDIT, _("Create groups and change who is in them"), STAFF),
        DeclaredRight(GroupRight.DELETE, _("Delete groups"), MARKETING),
    ),
    navigation=(
        NavEntry(
            key="groups",
            label=_("Groups"),
            icon="users-round",
            url_name="groups:group_list",
            group="customers",
            order=20,
            right=ContactRight.VIEW,
            active_for=("groups:",),
        ),
    ),
    event_codes=range(1000, 1100),
    event_kinds=(
        EventKind(
            1000,
            "group_joined",
            _("Joined a group"),
            _("Joined the group %(group)s"),
            "users-round",
            "record",
            by_shop=True,
            summary=_group_changes,
            phrases=EventPhrases(
                _("who joined a group"), _("who never joined a group"), _("who did not join a group")
            ),
        ),
        EventKind(
            1001,
            "group_left",
            _("Left a group"),
            _("Left the group %(group)s"),
            "users-round",
            "record",
            by_shop=True,
            summary=_group_changes,
            phrases=EventPhrases(
                _("who left a group"), _("who never left a group"), _("who did not leave a group")
            ),
        ),
    ),
    audit_messages={
        "groups.created": AuditMessage(_("Created the group “%(name)s”"), _("Created a group")),
        "groups.changed": AuditMessage(_("Changed the group “%(name)s”"), _("Changed a group")),
        "groups.switched_on": AuditMessage(_("Put the group “%(name)s” in use"), _("Put a group in use")),
        "groups.switched_off": AuditMessage(
            _("Put the group “%(name)s” out of use"), _("Put a group out of use")
        ),
        "groups.deleted": AuditMessage(_deleted, _("Deleted a group")),
        "groups.members_added": AuditMessage(_bulk(add=True), _("Added customers to a group")),
        "groups.members_removed": AuditMessage(_bulk(add=False), _("Removed customers from a group")),
    },
    contact_panels=(
        contacts.ContactPanel(
            "groups",
            title=_("Groups"),
            order=5,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("groups:contact_groups", args=[contact_id]),
            slot="profile",
        ),
    ),
    command_palette=command_palette.search,
    copy_workspace=workspace_copy.copy_groups,
)


def register() -> None:
    """Register the condition, columns, verbs, and what happens to the members when contacts go."""
    conditions.register()
    bulk_verbs.register()
    export_columns.register()
    importing.register()
    contacts.on_erase("groups", services.erase_contacts)
    contacts.on_merge(
        "groups",
        services.merge_contacts,
        services.unmerge_contacts,
        columns={
            "groups_groupmember.contact_id": "follows",
            "groups_memberchange.contact_id": "what undo needs of a change; undo leaves out who went away",
        },
    )
    contacts.register_personal_data("groups", _("Groups"), _personal_data)
