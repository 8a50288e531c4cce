"""The room's places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, registry

_PAGES = (
    ("consent_log", _("Consent ledger"), "book-open-check", "customers", 80, Right.VIEW_CONTACTS, ()),
    ("settings", _("Rules of sending"), "scale", "settings", 60, Right.CONFIGURE_SENDING, ()),
    ("terms", _("Anti-spam policy"), "shield-check", "settings", 62, Right.CONFIGURE_SENDING, ()),
    (
        "suppressions",
        _("Suppression list"),
        "shield-ban",
        "settings",
        64,
        Right.CONFIGURE_SENDING,
        ("compliance:suppress",),
    ),
)


def register() -> None:
    """Register them."""
    for name, label, icon, group, order, right, here in _PAGES:
        registry.add(
            NavEntry(
                key=f"compliance-{name}",
                label=label,
                icon=icon,
                url_name=f"compliance:{name}",
                group=group,
                order=order,
                right=right,
                active_for=here,
            )
        )
