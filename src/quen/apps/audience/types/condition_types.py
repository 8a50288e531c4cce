"""What a condition type declares: its operators and arguments, its SQL, its sentence; and the population."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from quen.apps.audience.types.nodes import Condition
from quen.apps.audience.types.sentences import Sentence, format_sentence
from quen.core.clock import day_start, local_day

LazyText = str | Promise


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """A heading of the menu from which conditions are chosen (SEG-33)."""

    key: str
    label: LazyText
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """When and where conditions are evaluated: days are local days of ``zone``, money is written in ``currency``."""

    now: datetime
    zone: ZoneInfo
    currency: str = "VND"

    @property
    def today(self) -> date:
        """Return the local day."""
        return local_day(self.now, self.zone)

    def start_of(self, day: date) -> datetime:
        """Return the first instant of a local day."""
        return day_start(day, self.zone)

    def days_ago(self, days: int) -> datetime:
        """Return 00:00 local time of the day ``days`` before today (R-11)."""
        return self.start_of(self.today - timedelta(days=days))


class ArgumentKind(StrEnum):
    """Kinds of argument values; each has a parser in rules/values.py and an input in forms.py."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DAY_OF_YEAR = "day_of_year"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value to choose from. ``value`` is stored in the JSON."""

    value: str | int
    label: LazyText


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an operator.

    min_value, max_value: bounds, included.  choices: called when the choices are needed.
    find: returns the value of a choice from another way to write it ("VIP", "Đà Nẵng"), or None.
    unoffered: returns the label of a value that is kept where it was chosen and not offered any more, or None.
    former: the value that is meant now, by one that was merged into it.
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
    unoffered: Callable[[Any], LazyText | None] | None = None
    former: Mapping[Any, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with its arguments. ``one_of``: at least one of these arguments is required.

    time_based: its result changes as days pass.  may_wrap: its range may run over the end of the year.
    """

    name: str
    label: LazyText
    arguments: tuple[Argument, ...] = ()
    one_of: tuple[str, ...] = ()
    time_based: bool = False
    may_wrap: bool = False

    def argument(self, name: str) -> Argument | None:
        """Return the argument with this name, or None."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """A part of an SQL statement with %(name)s parameters; names need to be unique within the fragment only."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clause:
    """The SQL of a condition.

    Either a boolean expression over ``contact``, the row of the population (NULL counts as false), or, when
    ``selects``, a SELECT of ``contact_id``; ``unique`` promises that no id is returned twice.
    ``negated``: the condition is true for every contact the SQL does not match, so that a missing value makes a
    condition false and its negation true.
    ``grouped``: the SELECT aggregates many rows, so it runs once and not in every parallel worker.
    ``is_void``: what the condition asks for is gone. It matches nobody, and whatever negates it nobody either, so that
    nobody is added to an audience because something was deleted.
    ``is_partial``: some of what it asks for is gone. Whom the SQL matches is decided; about others nothing is known.
    """

    sql: SqlFragment
    selects: bool = False
    unique: bool = False
    negated: bool = False
    grouped: bool = False
    is_void: bool = False
    is_partial: bool = False

    def without(self, gone: int, *, of: int, every: bool = False) -> Clause:
        """Return the clause of a condition on ``of`` values, of which some are gone; every: it asks for all of them."""
        if gone == 0:
            return self
        is_void = gone == of or every
        return replace(self, is_void=is_void, is_partial=not is_void)


class ConditionType(ABC):
    """A question that can be asked about contacts, such as "province" or "ordered"; registered by the apps above."""

    #: the JSON key that introduces it: {"field": key, ...} or {"event": key, ...}
    family: ClassVar[str] = "field"
    key: str
    label: LazyText
    #: key of a ConditionGroup
    group: str
    operators: tuple[Operator, ...]
    #: names of the data it reads, such as "contact.province", each announced by registry.register_readable; segments
    #: are recomputed when one of them changes
    reads: frozenset[str]
    #: operators of which one is true exactly when the other is not; both ways
    opposites: ClassVar[Mapping[str, str]] = {}

    def operator(self, name: str) -> Operator | None:
        """Return the operator with this name, or None."""
        return next((operator for operator in self.operators if operator.name == name), None)

    @abstractmethod
    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the SQL of a condition; every value of ``condition`` is a bound parameter."""

    def template(self, op: str) -> LazyText:
        """Return the sentence of an operator, to follow the word “People”: “tagged **%(value)s**”.

        The editor shows it with a control in place of each argument. Text between double stars is strong.
        """
        operator = self.operator(op)
        arguments = [f"**%({argument.name})s**" for argument in operator.arguments] if operator else []
        return " ".join(["%(label)s:", str(operator.label if operator else op), *arguments])

    def template_words(self) -> dict[str, str]:
        """Return the words in the templates that are no arguments, such as the label."""
        return {"label": str(self.label)}

    def opening(self, op: str) -> LazyText:
        """Return the words before the first control of the editor, for a template that begins with an argument."""
        operator = self.operator(op)
        return operator.label if operator else op

    def own_opening(self, op: str) -> LazyText:
        """Return the words before the first control where they differ from the template's; empty if they do not."""
        return ""

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the condition as text in the active language, to follow the word “People”."""
        words = self.template_words() | self.format_arguments(condition, context)
        return format_sentence(self.template(condition.op), **words)

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return each argument as text, by its name in the template."""
        return {name: str(value) for name, value in condition.arguments}

    def details(self, condition: Condition, context: EvaluationContext) -> str:
        """Return the optional arguments that the template does not name as text: “in the last 90 days”."""
        return ""

    def choice_text(self, choice: Choice) -> str:
        """Return a choice as it reads inside the sentence."""
        return str(choice.label)

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return the chosen values of an operator as the editor shows them: “VIP or new”."""
        return ", ".join(labels)

    def negate(self, condition: Condition) -> Condition | None:
        """Return the condition that is true exactly when this one is not, or None if there is none."""
        opposite = self.opposites.get(condition.op)
        if opposite is None:
            return None
        return Condition.of(condition.family, condition.key, opposite, dict(condition.arguments))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return a scalar over ``contact`` with the value that was compared, for explanations; None without one."""
        return None

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the value of ``actual_value`` as text."""
        return "" if value is None else str(value)

    def is_time_based(self, condition: Condition) -> bool:
        """Return whether the result of this condition changes as days pass."""
        operator = self.operator(condition.op)
        return operator is not None and operator.time_based


class ConditionProvider(Protocol):
    """Condition types that depend on the workspace, such as its custom fields."""

    @property
    def families(self) -> frozenset[str]:
        """Return the JSON keys of its condition types."""

    @property
    def groups(self) -> frozenset[str]:
        """Return the keys of the groups its condition types may be in."""

    @property
    def reads(self) -> frozenset[str]:
        """Return the names its condition types may read; one may end in ".*" for all names below it."""

    def all(self) -> Sequence[ConditionType]:
        """Return every condition type that can be added now."""

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return one condition type, or None. May raise an InvalidTree that says why it can no longer be used."""


class ConditionCatalog(Protocol):
    """Every condition type of a workspace."""

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return a condition type, or None."""

    def families(self) -> frozenset[str]:
        """Return the JSON keys that introduce conditions."""


@dataclass(frozen=True, slots=True)
class ContactSummary:
    """A contact as samples and explanations show it."""

    contact_id: int
    name: str
    hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Population:
    """All contacts a tree can match; registered by the app that owns them.

    source: FROM item with the alias ``contact`` and the key ``contact.id``.  active_only: SQL that leaves out the
    deleted.  summaries: summaries of contact ids, in their order.  search: contacts found by text.
    """

    source: str
    active_only: str
    summaries: Callable[[Sequence[int]], list[ContactSummary]]
    search: Callable[[str], list[ContactSummary]]
