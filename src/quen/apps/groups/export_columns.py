"""The groups of contacts as a column of the list and of the export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry as contacts
from quen.apps.groups import queries
from quen.apps.import_export.registry import ExportColumn

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

_MEMBERSHIPS = (
    "LEFT JOIN (SELECT m.contact_id, string_agg(g.name, ', ' ORDER BY g.name) AS names FROM groups_groupmember m"
    " JOIN groups_contactgroup g ON g.id = m.group_id AND g.deleted_at IS NULL"
    " WHERE m.contact_id = ANY(%(ids)s) GROUP BY m.contact_id) memberships ON memberships.contact_id = c.id"
)


def _names(of: Sequence[Contact]) -> Mapping[int, Any]:
    return queries.groups_of_many([contact.pk for contact in of])


def register() -> None:
    """Register the columns."""
    contacts.register_list_column(contacts.ListColumn("groups", _("Groups"), _names, "tags", 11))
    contacts.register_export_column(
        ExportColumn(
            key="groups",
            label=_("Customer groups"),
            value="memberships.names",
            join=_MEMBERSHIPS,
            default=False,
        )
    )
