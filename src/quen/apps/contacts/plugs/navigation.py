"""The list's place in the sidebar."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, NavGroup, registry

GROUP, GROUP_ORDER = "customers", 20


def register() -> None:
    """Register the group and the list."""
    registry.add_group(NavGroup(GROUP, _("Customers"), "users", GROUP_ORDER))
    registry.add(
        NavEntry(
            key="contacts",
            label=pgettext_lazy("menu", "List"),
            icon="users",
            url_name="contacts:contact_list",
            group=GROUP,
            order=10,
            right=Right.VIEW_CONTACTS,
            active_for=("contacts:contact", "contacts:"),
            shortcut="c",
            mobile=True,
        )
    )
