"""Sockets: the criteria one may ask by, and the population they are asked of.

Rooms above plug in from ``apps.ready()``. The kinds of criteria that any room may reuse are exported here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from quen.apps.audience.registry.condition_types import (
    ChoiceConditionType,
    DayConditionType,
    InstantConditionType,
    NumberConditionType,
    SetConditionType,
    TextConditionType,
    YesNoConditionType,
)
from quen.apps.audience.registry.formatting import (
    DAYS,
    day_text,
    days_text,
    label_in_sentence,
    list_text,
    number_text,
)
from quen.apps.audience.types import ConditionProvider, ConditionType, Population

__all__ = [
    "DAYS",
    "ChoiceConditionType",
    "DayConditionType",
    "InstantConditionType",
    "NumberConditionType",
    "SetConditionType",
    "TextConditionType",
    "WorkspaceConditionCatalog",
    "YesNoConditionType",
    "condition_catalog",
    "day_text",
    "days_text",
    "label_in_sentence",
    "list_text",
    "number_text",
    "population",
    "register_condition_provider",
    "register_condition_types",
    "register_population",
]

_condition_types: dict[tuple[str, str], ConditionType] = {}
_providers: dict[str, ConditionProvider] = {}
_population: list[Population] = []


def register_condition_types(condition_types: Iterable[ConditionType]) -> None:
    """Offer criteria in every workspace, in this order."""
    for condition_type in condition_types:
        _condition_types[condition_type.family, condition_type.key] = condition_type


def register_condition_provider(key: str, provider: ConditionProvider) -> None:
    """Offer criteria that depend on the workspace."""
    _providers[key] = provider


def register_population(population: Population) -> None:
    """Say who can be meant at all. There is one population; the last one plugged in stands."""
    _population[:] = [population]


def population() -> Population:
    """Give the population."""
    return _population[0]


class WorkspaceConditionCatalog:
    """Every criterion of the present workspace, looked up when first asked for. Lives as long as one answer."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], ConditionType | None] = {}

    def find(self, family: str, key: str) -> ConditionType | None:
        """Give a criterion, if there is one."""
        known = _condition_types.get((family, key))
        if known is not None:
            return known
        if (family, key) not in self._found:
            answers = (provider.find(family, key) for provider in _providers.values())
            self._found[family, key] = next((found for found in answers if found is not None), None)
        return self._found[family, key]

    def families(self) -> frozenset[str]:
        """Give the words that introduce conditions."""
        offered = (provider.families for provider in _providers.values())
        return frozenset(family for family, _key in _condition_types).union(*offered)

    def all(self) -> list[ConditionType]:
        """Give everything on offer: what every workspace has, then what this one adds."""
        offered = list(_condition_types.values())
        for provider in _providers.values():
            offered.extend(provider.all())
        return offered


def condition_catalog() -> WorkspaceConditionCatalog:
    """Give the criteria of the present workspace."""
    return WorkspaceConditionCatalog()
