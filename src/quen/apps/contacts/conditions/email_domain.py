"""Condition on the domain of the email address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Operator,
)
from quen.core.text import clean


def _domain(raw: str) -> str:
    return clean(raw).lower().removeprefix("@")


@dataclass(frozen=True, eq=False)
class EmailDomainConditionType(registry.TextConditionType):
    """The part of the email address after the @."""

    expression: str = "split_part(contact.email, '@', 2)"
    reads: frozenset[str] = frozenset({"contact.email"})
    nullable: bool = False
    normalise: Callable[[str], str] = _domain

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # a domain is compared whole
        """Return is and is not."""
        return self.base_operators[:2]
