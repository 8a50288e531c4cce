"""What outlives people who are deleted or erased: refusals, and the hashes of their addresses."""

from datetime import datetime

from quen.core.sql import Relation
from quen.rooms.compliance import services
from quen.rooms.contacts import registry


def register() -> None:
    """Register it."""
    registry.before_erasing("compliance", _remember)
    registry.when_deleted("compliance", _keep_refusals)
    registry.when_restored("compliance", _let_speak_again)


def _remember(people: Relation, now: datetime) -> None:
    services.remember_erased(people, now=now)


def _keep_refusals(people: Relation, now: datetime) -> None:
    services.remember_refused(people, now=now)


def _let_speak_again(people: Relation, now: datetime) -> None:  # the socket's shape
    services.forget_refused(people)
