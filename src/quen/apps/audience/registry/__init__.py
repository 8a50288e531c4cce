"""Extension points: condition types with their groups, the names of the data they read, and the population.

Apps above audience register them at start. The base classes of condition types that any app may use are exported here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.http import QueryDict

from quen.apps.audience.registry.choice_types import (
    ChoiceConditionType,
    SetConditionType,
    YesNoConditionType,
)
from quen.apps.audience.registry.condition_types import (
    DayConditionType,
    InstantConditionType,
    NumberConditionType,
    TextConditionType,
)
from quen.apps.audience.registry.formatting import (
    DAYS,
    all_of_text,
    day_text,
    days_text,
    label_in_sentence,
    list_text,
    number_text,
    times_text,
)
from quen.apps.audience.registry.operators import OPPOSITES
from quen.apps.audience.registry.ranges import bounds
from quen.apps.audience.types import (
    ALL_CONTACTS,
    ConditionGroup,
    ConditionProvider,
    ConditionType,
    EvaluationContext,
    ListScope,
    Population,
    Tree,
)

__all__ = [
    "DAYS",
    "OPPOSITES",
    "ChoiceConditionType",
    "DayConditionType",
    "InstantConditionType",
    "NumberConditionType",
    "SetConditionType",
    "TextConditionType",
    "WorkspaceConditionCatalog",
    "YesNoConditionType",
    "all_of_text",
    "bounds",
    "condition_catalog",
    "day_text",
    "days_text",
    "groups",
    "label_in_sentence",
    "list_scope",
    "list_text",
    "number_text",
    "population",
    "register_condition_provider",
    "register_condition_types",
    "register_group",
    "register_list",
    "register_population",
    "register_readable",
    "register_usage",
    "times_text",
    "unregister_condition_type",
    "usage",
    "validate",
]

_groups: dict[str, ConditionGroup] = {}
_condition_types: dict[tuple[str, str], ConditionType] = {}
_providers: dict[str, ConditionProvider] = {}
_readable: set[str] = set()
_usage: dict[str, Callable[[], Mapping[tuple[str, str], int]]] = {}
_population: list[Population] = []
_lists: dict[str, Callable[[QueryDict, Tree, EvaluationContext], ListScope]] = {}


def register_group(group: ConditionGroup) -> None:
    """Register a heading of the condition menu."""
    _groups[group.key] = group


def groups() -> list[ConditionGroup]:
    """Return the groups in their order."""
    return sorted(_groups.values(), key=lambda group: (group.order, group.key))


def register_readable(*names: str) -> None:
    """Register names of data whose changes the calling app announces, so that conditions may read them.

    A name is "namespace.field", such as "loyalty.points"; one ending in ".*" covers all names below it. The app calls
    events.services.notify_changed, or records an event, whenever one of them changes.
    """
    _readable.update(names)


def register_condition_types(condition_types: Iterable[ConditionType]) -> None:
    """Register condition types of every workspace; the menu keeps their order."""
    for condition_type in condition_types:
        _condition_types[condition_type.family, condition_type.key] = condition_type


def unregister_condition_type(family: str, key: str) -> None:
    """Remove a condition type; for tests of types that only they know."""
    _condition_types.pop((family, key), None)


def register_condition_provider(key: str, provider: ConditionProvider) -> None:
    """Register condition types that depend on the workspace."""
    _providers[key] = provider


def register_usage(key: str, count: Callable[[], Mapping[tuple[str, str], int]]) -> None:
    """Register how often the conditions are used, by family and key; the menu offers the most used first."""
    _usage[key] = count


def usage() -> Counter[tuple[str, str]]:
    """Return how often each condition is used in this workspace, by family and key."""
    counts: Counter[tuple[str, str]] = Counter()
    for count in _usage.values():
        counts.update(count())
    return counts


def register_population(population: Population) -> None:
    """Register the contacts a tree can match. There is one population; the last one registered is used."""
    _population[:] = [population]


def population() -> Population:
    """Return the population."""
    return _population[0]


def register_list(key: str, scope: Callable[[QueryDict, Tree, EvaluationContext], ListScope]) -> None:
    """Register a list that the editor's conditions filter, so that the editor counts whom that list will show.

    scope: returns what the list shows besides its conditions, from the parameters of its URL and the conditions.
    """
    _lists[key] = scope


def list_scope(key: str, params: QueryDict, tree: Tree, context: EvaluationContext) -> ListScope:
    """Return what a list shows besides its conditions; everybody for an unknown key."""
    scope = _lists.get(key)
    return scope(params, tree, context) if scope else ListScope(ALL_CONTACTS)


def validate() -> None:
    """Raise ValueError for a condition type of an unknown group, or one that reads data no app announces.

    Such a segment would be computed once and never again. Called at start, when every app has registered.
    """
    for owner, group, names in _declared():
        if group not in _groups:
            raise ValueError(f"{owner} names the condition group {group!r}, which no app registers.")
        for name in sorted(names):
            if not _is_readable(name):
                raise ValueError(
                    f"{owner} reads {name!r}, but no app announces changes of it (register_readable)."
                )


def _declared() -> Iterator[tuple[str, str, frozenset[str]]]:
    for (family, key), condition_type in _condition_types.items():
        yield f"The condition {family} {key!r}", condition_type.group, condition_type.reads
    for key, provider in _providers.items():
        for group in sorted(provider.groups):
            yield f"The condition provider {key!r}", group, provider.reads


def _is_readable(name: str) -> bool:
    parts = name.split(".")
    parents = (".".join([*parts[:end], "*"]) for end in range(1, len(parts)))
    return name in _readable or any(parent in _readable for parent in parents)


class WorkspaceConditionCatalog:
    """Every condition type of the current workspace, looked up when first needed. Use one for one request."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], ConditionType | None] = {}

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return a condition type, or None."""
        known = _condition_types.get((family, key))
        if known is not None:
            return known
        if (family, key) not in self._found:
            candidates = (provider.find(family, key) for provider in _providers.values())
            self._found[family, key] = next((found for found in candidates if found is not None), None)
        return self._found[family, key]

    def families(self) -> frozenset[str]:
        """Return the JSON keys that introduce conditions."""
        provided = (provider.families for provider in _providers.values())
        return frozenset(family for family, _key in _condition_types).union(*provided)

    def all(self) -> list[ConditionType]:
        """Return all condition types: those of every workspace, then those of this one."""
        condition_types = list(_condition_types.values())
        for provider in _providers.values():
            condition_types.extend(provider.all())
        return condition_types


def condition_catalog() -> WorkspaceConditionCatalog:
    """Return the condition types of the current workspace."""
    return WorkspaceConditionCatalog()
