"""What outlives contacts who are deleted or erased: refusals, and the hashes of their addresses."""

from datetime import datetime

from quen.apps.compliance import services
from quen.apps.contacts import registry
from quen.core.sql import Relation


def register() -> None:
    """Register it."""
    registry.on_erase("compliance", _suppress_erased)
    registry.on_delete("compliance", _suppress_opted_out)
    registry.on_restore("compliance", _unsuppress_restored)


def _suppress_erased(contacts: Relation, now: datetime) -> None:
    services.suppress_erased(contacts, now=now)


def _suppress_opted_out(contacts: Relation, now: datetime) -> None:
    services.suppress_opted_out(contacts, now=now)


def _unsuppress_restored(contacts: Relation, now: datetime) -> None:
    services.unsuppress_restored(contacts)
