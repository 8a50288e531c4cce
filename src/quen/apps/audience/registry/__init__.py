"""Sockets: the criteria one may ask by, and the population they are asked of.

Rooms above plug in from ``apps.ready()``. The kinds of criteria that any room may reuse are exported here too.
"""

from __future__ import annotations

from collections.abc import Iterable

from quen.apps.audience.registry.kinds import (
    ChoiceCriterion,
    DayCriterion,
    InstantCriterion,
    NumberCriterion,
    SetCriterion,
    TextCriterion,
    YesNoCriterion,
)
from quen.apps.audience.registry.wording import DAYS, day_text, days_text, list_text, number_text, the_label
from quen.apps.audience.types import Criterion, Population, Provider

__all__ = [
    "DAYS",
    "Catalogue",
    "ChoiceCriterion",
    "DayCriterion",
    "InstantCriterion",
    "NumberCriterion",
    "SetCriterion",
    "TextCriterion",
    "YesNoCriterion",
    "catalogue",
    "day_text",
    "days_text",
    "list_text",
    "number_text",
    "plug",
    "plug_population",
    "plug_provider",
    "population",
    "the_label",
]

_criteria: dict[tuple[str, str], Criterion] = {}
_providers: dict[str, Provider] = {}
_population: list[Population] = []


def plug(criteria: Iterable[Criterion]) -> None:
    """Offer criteria in every workspace, in this order."""
    for criterion in criteria:
        _criteria[criterion.family, criterion.key] = criterion


def plug_provider(room: str, provider: Provider) -> None:
    """Offer criteria that depend on the workspace."""
    _providers[room] = provider


def plug_population(population: Population) -> None:
    """Say who can be meant at all. There is one population; the last one plugged in stands."""
    _population[:] = [population]


def population() -> Population:
    """Give the population."""
    return _population[0]


class Catalogue:
    """Every criterion of the present workspace, looked up when first asked for. Lives as long as one answer."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Criterion | None] = {}

    def find(self, family: str, key: str) -> Criterion | None:
        """Give a criterion, if there is one."""
        known = _criteria.get((family, key))
        if known is not None:
            return known
        if (family, key) not in self._found:
            answers = (provider.find(family, key) for provider in _providers.values())
            self._found[family, key] = next((found for found in answers if found is not None), None)
        return self._found[family, key]

    def families(self) -> frozenset[str]:
        """Give the words that introduce conditions."""
        offered = (provider.families for provider in _providers.values())
        return frozenset(family for family, _key in _criteria).union(*offered)

    def all(self) -> list[Criterion]:
        """Give everything on offer: what every workspace has, then what this one adds."""
        offered = list(_criteria.values())
        for provider in _providers.values():
            offered.extend(provider.all())
        return offered


def catalogue() -> Catalogue:
    """Give the criteria of the present workspace."""
    return Catalogue()
