"""What outlives people who are deleted or erased: refusals, and the hashes of their addresses."""

from datetime import datetime

from quen.apps.compliance import services
from quen.apps.contacts import registry
from quen.core.sql import Relation


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
