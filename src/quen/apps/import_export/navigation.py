"""The room's place in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, registry

ORDER = 80


def register() -> None:
    """Register it among the customers' pages."""
    registry.add(
        NavEntry(
            key="imports",
            label=_("Import / export"),
            icon="file-up",
            url_name="import_export:import_list",
            group="customers",
            order=ORDER,
            right=Right.IMPORT_CONTACTS,
            active_for=("import_export:",),
            shortcut="i",
        )
    )
