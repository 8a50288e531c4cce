"""What stays of people who are erased: the hashes of their addresses."""

from datetime import datetime

from quen.core.sql import Relation
from quen.rooms.compliance import services
from quen.rooms.contacts import registry


def register() -> None:
    """Register it."""
    registry.before_erasing("compliance", _remember)


def _remember(people: Relation, now: datetime) -> None:
    services.remember_erased(people, now=now)
