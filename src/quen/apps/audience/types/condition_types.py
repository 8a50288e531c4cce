"""What a plug brings: criteria with their operators, and the population they are asked of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.audience.types.nodes import Condition
from quen.apps.audience.types.sentences import Sentence
from quen.core.clock import day_start, local_day

LazyText = str | Promise


class MenuGroup(TextChoices):
    """Groups of the menu (SEG-33); the first five are the marketplace's, the others this product's own."""

    DEMOGRAPHICS = "demographics", _("Demographics")
    PURCHASES = "purchases", _("Purchase behaviour")
    FOLLOWERS = "followers", _("Shop followers")
    INTERACTION = "interaction", _("Interaction")
    MESSAGES = "messages", _("Earlier messages")
    TAGS_AND_STATUS = "tags_and_status", _("Tags and status")
    RECORD = "record", _("Record")
    CUSTOM = "custom", _("Custom fields")


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """When and where a question is asked: days are reckoned in ``zone``, money is written in ``currency``."""

    now: datetime
    zone: ZoneInfo
    currency: str = "VND"

    @property
    def today(self) -> date:
        """Give the local day."""
        return local_day(self.now, self.zone)

    def start_of(self, day: date) -> datetime:
        """Give the first instant of a local day."""
        return day_start(day, self.zone)

    def days_ago(self, days: int) -> datetime:
        """Give 00:00 local time of the day that lies ``days`` before today (R-11)."""
        return self.start_of(self.today - timedelta(days=days))


class ArgumentKind(StrEnum):
    """Kinds of values; each has its reader and its editor."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DAY_OF_YEAR = "day_of_year"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose. ``value`` is what stands in JSON."""

    value: str | int
    label: LazyText


@dataclass(frozen=True, slots=True)
class Argument:
    """A value an operator takes.

    low, high: bounds, included.  choices: what may be chosen; asked when needed.
    find: reads another writing of a choice ("VIP", "Đà Nẵng") and gives its value, or None.
    """

    name: str
    kind: ArgumentKind
    label: LazyText = ""
    unit: LazyText = ""
    required: bool = True
    min_value: int | None = None
    max_value: int | None = None
    default: Any = None
    choices: Callable[[], Sequence[Choice]] | None = None
    find: Callable[[str], str | int | None] | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """A way of comparing. ``one_of``: at least one of these arguments must be given.

    moves: its answer changes by itself as days pass.  wraps: its range may run over the end of the year.
    """

    name: str
    label: LazyText
    arguments: tuple[Argument, ...] = ()
    one_of: tuple[str, ...] = ()
    time_based: bool = False
    may_wrap: bool = False

    def argument(self, name: str) -> Argument | None:
        """Give the argument of that name."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """A piece of SQL with %(name)s parameters; names need to be unique inside the piece only."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clause:
    """The SQL of a condition.

    Either a truth over ``person``, the row of the population (NULL counts as false), or, when ``selects``,
    a SELECT of ``contact_id``; ``unique`` then promises no id twice. ``negated``: the condition holds for everyone
    whom the SQL does not name, so that a missing value makes a condition false and its negation true.
    ``grouped``: the SELECT aggregates many rows, so it is worked out once and not in every parallel worker.
    """

    sql: SqlFragment
    selects: bool = False
    unique: bool = False
    negated: bool = False
    grouped: bool = False


class ConditionType(ABC):
    """Something one may ask about a person. Each plug is one; the audience room knows none by name."""

    #: the word that introduces it in JSON: {"field": key, ...} or {"event": key, ...}
    family: ClassVar[str] = "field"
    key: str
    label: LazyText
    group: MenuGroup
    operators: tuple[Operator, ...]
    #: what it reads, such as "contact.province"; segments listen to changes of these
    reads: frozenset[str]

    def operator(self, name: str) -> Operator | None:
        """Give the operator of that name, if the criterion has it."""
        return next((operator for operator in self.operators if operator.name == name), None)

    @abstractmethod
    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Give the SQL of a condition; every value of ``asked`` is a parameter."""

    @abstractmethod
    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Give the condition's words in the active language; they follow the word “Customers”."""

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Give a scalar over ``person`` that shows what the person has, for explanations."""
        return None

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Write the value of ``actual`` for people."""
        return "" if value is None else str(value)

    def is_time_based(self, condition: Condition) -> bool:
        """Say whether the answer changes by itself as days pass."""
        operator = self.operator(condition.op)
        return operator is not None and operator.time_based


class ConditionProvider(Protocol):
    """Criteria that depend on the workspace, such as its custom fields. ``families``: of which families."""

    families: frozenset[str]

    def all(self) -> Sequence[ConditionType]:
        """Give every criterion offered now."""

    def find(self, family: str, key: str) -> ConditionType | None:
        """Give one criterion; may raise a refusal that says why it is no longer offered."""


class ConditionCatalog(Protocol):
    """Every criterion of a workspace."""

    def find(self, family: str, key: str) -> ConditionType | None:
        """Give a criterion, if there is one."""

    def families(self) -> frozenset[str]:
        """Give the words that introduce conditions."""


@dataclass(frozen=True, slots=True)
class ContactSummary:
    """Someone as samples and explanations name them."""

    contact_id: int
    name: str
    hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Population:
    """Everyone a tree can mean, plugged in by the room that knows people.

    source: FROM item whose alias is ``person`` and whose key is ``person.id``.  alive: who counts.
    people: names for ids, in their order.  search: people by words.
    """

    source: str
    active_only: str
    summaries: Callable[[Sequence[int]], list[ContactSummary]]
    search: Callable[[str], list[ContactSummary]]
