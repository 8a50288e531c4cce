"""The room's other places in the sidebar: tags, sources, fields."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, registry

_GROUP = "customers"
_PAGES = (
    ("tags", _("Tags"), "tag", "contacts:tag_list", 40, ("contacts:tag_edit",), "t"),
    (
        "sources",
        _("Customer sources"),
        "map-pin",
        "contacts:source_list",
        60,
        ("contacts:source_new", "contacts:source_edit"),
        "",
    ),
    (
        "fields",
        _("Data fields"),
        "columns-3-cog",
        "contacts:field_list",
        70,
        ("contacts:field_new", "contacts:field_edit"),
        "f",
    ),
)


def register() -> None:
    """Register them."""
    for key, label, icon, url_name, order, here, shortcut in _PAGES:
        registry.add(
            NavEntry(
                key=key,
                label=label,
                icon=icon,
                url_name=url_name,
                group=_GROUP,
                order=order,
                right=Right.VIEW_CONTACTS,
                active_for=here,
                shortcut=shortcut,
            )
        )
