"""The room's places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, registry

_PAGES = (
    ("ledger", _("Consent ledger"), "book-open-check", "customers", 80, Right.VIEW_CONTACTS, ()),
    ("rules", _("Rules of sending"), "scale", "settings", 60, Right.CONFIGURE_SENDING, ()),
    ("terms", _("Anti-spam policy"), "shield-check", "settings", 62, Right.CONFIGURE_SENDING, ()),
    (
        "suppressed",
        _("Suppression list"),
        "shield-ban",
        "settings",
        64,
        Right.CONFIGURE_SENDING,
        ("compliance:suppressing",),
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
                here=here,
            )
        )
