"""Extension point of the campaigns app: checks of the check list."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from quen.apps.campaigns.types import CampaignCheckContext
from quen.apps.channels.types import ChecklistLine

#: returns its lines for a draft; called whenever the composer is shown and before sending
CampaignCheck = Callable[[CampaignCheckContext], Iterable[ChecklistLine]]

_checks: list[CampaignCheck] = []


def register_check(check: CampaignCheck) -> None:
    """Register a check."""
    if check not in _checks:
        _checks.append(check)


def checks() -> list[CampaignCheck]:
    """Return the registered checks in order of registration."""
    return list(_checks)
