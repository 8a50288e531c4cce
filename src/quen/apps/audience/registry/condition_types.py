"""Base classes of condition types over one SQL expression of ``contact``, used for columns and custom fields."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.registry.formatting import day_text, label_in_sentence, number_text, times_text
from quen.apps.audience.registry.operators import (
    DAY_OPERATORS,
    DAY_SENTENCES,
    FILLED_OPERATORS,
    FILLED_SENTENCES,
    INSTANT_OPERATORS,
    NUMBER_OPPOSITES,
    NUMBER_SENTENCES,
    OPPOSITES,
    TEXT_OPERATORS,
    TEXT_SENTENCES,
    VERB_SENTENCES,
    number_operators,
)
from quen.apps.audience.registry.ranges import (
    as_since_or_until,
    bounds,
    day_arguments_text,
    day_range,
    with_operator,
)
from quen.apps.audience.types import (
    ArgumentKind,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    Sentence,
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.core.clock import local_day
from quen.core.text import clean, escape_like, folded_in_sql, search_fold


@dataclass(frozen=True, eq=False)
class ExpressionConditionType(ConditionType):
    """A condition type over an expression of ``contact``.

    expression: SQL from source code, never from user input.  sentences: by operator, in place of ``default_sentences``.
    nullable: adds the operators "has a value" and "is empty".
    """

    key: str
    label: LazyText
    group: str
    expression: str
    reads: frozenset[str]
    nullable: bool = True
    sentences: Mapping[str, LazyText] = field(default_factory=dict)

    opposites: ClassVar[Mapping[str, str]] = OPPOSITES
    default_sentences: ClassVar[Mapping[str, LazyText]] = {}
    base_operators: ClassVar[tuple[Operator, ...]] = ()

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # depends on nullable
        """Return the operators."""
        return self.base_operators + (FILLED_OPERATORS if self.nullable else ())

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a boolean expression over ``contact``."""
        if condition.op in ("filled", "empty"):
            return Clause(self.has_value(), negated=condition.op == "empty")
        return self.compare(condition, context)

    def has_value(self) -> SqlFragment:
        """Return the boolean expression of "has a value"."""
        return SqlFragment(f"{self.expression} IS NOT NULL")

    @abstractmethod
    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the boolean expression of all other operators."""

    def template(self, op: str) -> LazyText:
        """Return the operator's own sentence, or the one of this kind of value."""
        return self.sentences.get(op) or self.default_sentences.get(op) or FILLED_SENTENCES[op]

    def template_words(self) -> dict[str, str]:
        """Return the label for the middle of a sentence."""
        return {"label": label_in_sentence(self.label)}

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the expression itself."""
        return SqlFragment(self.expression)


@dataclass(frozen=True, eq=False)
class TextConditionType(ExpressionConditionType):
    """Text: compared exactly, or by a part, ignoring case and diacritics.

    search_column: a column of folded text that contains this one's words, to look at before this one is folded.
    folded: False for text that is stored as it is compared, such as an email; an index may serve it then.
    normalise: returns the stored form of typed text, for instance of a phone number.
    """

    search_column: str = ""
    folded: bool = True
    normalise: Callable[[str], str] = clean

    default_sentences = TEXT_SENTENCES
    base_operators = TEXT_OPERATORS

    def has_value(self) -> SqlFragment:
        """Return that the text is not empty."""
        return SqlFragment(f"{self.expression} <> ''")

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return an exact or partial comparison, narrowed by the search column where there is one."""
        value = self.normalise(condition["value"])
        folded = escape_like(search_fold(value))
        params: dict[str, Any] = {}
        if condition.op in ("is", "is_not"):
            text, params["value"] = f"{self.expression} = %(value)s", value
        else:
            compared = folded_in_sql(self.expression) if self.folded else self.expression
            text = f"{compared} LIKE %(like)s"
            params["like"] = f"{folded}%" if condition.op == "begins" else f"%{folded}%"
        if self.search_column:
            text = f"{self.search_column} LIKE %(among)s AND {text}"
            params["among"] = f"%{folded.replace(' ', '%')}%"
        return Clause(SqlFragment(f"({text})", params), negated=condition.op in ("is_not", "contains_not"))


@dataclass(frozen=True, eq=False)
class NumberConditionType(ExpressionConditionType):
    """A number, or money of the workspace's currency. min_value, max_value: bounds of the arguments.

    times: it counts how often something happened, and is written as “3 times”.
    """

    money: bool = False
    whole: bool = False
    times: bool = False
    min_value: int | None = None
    max_value: int | None = None

    default_sentences = NUMBER_SENTENCES
    _SQL: ClassVar[Mapping[str, str]] = {
        "is": "{} = %(value)s",
        "is_not": "{} = %(value)s",
        "less": "{} < %(value)s",
        "at_most": "{} <= %(value)s",
        "more": "{} > %(value)s",
        "at_least": "{} >= %(value)s",
    }

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # depends on the kind of number
        """Return the operators for integers, numbers or money."""
        kind = (
            ArgumentKind.MONEY if self.money else ArgumentKind.INTEGER if self.whole else ArgumentKind.NUMBER
        )
        unit = _("times") if self.times else ""
        return number_operators(kind, unit=unit, min_value=self.min_value, max_value=self.max_value) + (
            FILLED_OPERATORS if self.nullable else ()
        )

    @property
    def opposites(self) -> Mapping[str, str]:  # type: ignore[override]  # a missing value is neither less nor more
        """Return the opposites of equality, and of comparisons when there always is a value."""
        return OPPOSITES if self.nullable else OPPOSITES | NUMBER_OPPOSITES

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a comparison of numbers."""
        if condition.op == "between":
            return Clause(
                bounds(self.expression, _decimal(condition.get("from")), _decimal(condition.get("to")))
            )
        text = self._SQL[condition.op].format(self.expression)
        return Clause(
            SqlFragment(text, {"value": _decimal(condition["value"])}), negated=condition.op == "is_not"
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; a range open on one side reads like a bound."""
        if condition.op == "between" and condition.get("to") is None:
            return self.sentence(with_operator(condition, "at_least", condition["from"]), context)
        if condition.op == "between" and condition.get("from") is None:
            return self.sentence(with_operator(condition, "at_most", condition["to"]), context)
        return ExpressionConditionType.sentence(self, condition, context)

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return numbers and money as text; of a range of times only the last has its word."""
        return {
            name: number_text(value)
            if self.times and name == "from"
            else self.format_value(value, condition, context)
            for name, value in condition.arguments
        }

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return a number, money or times as text."""
        if value is None:
            return ""
        if self.times:
            return times_text(int(value))
        return number_text(value, context=context if self.money else None)


@dataclass(frozen=True, eq=False)
class DayConditionType(ExpressionConditionType):
    """A calendar day. ``as_text``: the expression is ISO text, compared as text, so that an invalid one cannot fail.

    verb: what happened on that day, such as "born".
    """

    as_text: bool = False
    verb: LazyText = ""

    base_operators = DAY_OPERATORS

    def template(self, op: str) -> LazyText:
        """Return the operator's own sentence, or that of the verb, or that of the label."""
        return self.sentences.get(op) or _day_template(self, op)

    def template_words(self) -> dict[str, str]:
        """Return the label and the verb."""
        return {"label": label_in_sentence(self.label), "verb": str(self.verb)}

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a comparison of days, both ends included."""
        since, until = day_range(condition, context.today)
        convert: Callable[[date], Any] = date.isoformat if self.as_text else lambda day: day
        return Clause(bounds(self.expression, since and convert(since), until and convert(until)))

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return days and numbers of days as text."""
        return day_arguments_text(condition)

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; a range open on one side reads like a bound."""
        return ExpressionConditionType.sentence(self, as_since_or_until(condition), context)

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return a day as text."""
        return "" if value is None else day_text(str(value)[:10])


@dataclass(frozen=True, eq=False)
class InstantConditionType(ExpressionConditionType):
    """An instant, compared by local days. "In the last N days" ends now, "in the next N days" begins now.

    allow_future: adds "in the next days".  verb: what happened at that time, such as "who joined".
    """

    allow_future: bool = False
    verb: LazyText = ""

    def template(self, op: str) -> LazyText:
        """Return the operator's own sentence, or that of the verb, or that of the label."""
        return self.sentences.get(op) or _day_template(self, op)

    def template_words(self) -> dict[str, str]:
        """Return the label and the verb."""
        return {"label": label_in_sentence(self.label), "verb": str(self.verb)}

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # depends on allow_future
        """Return the comparisons of instants."""
        own = DAY_OPERATORS if self.allow_future else INSTANT_OPERATORS
        return own + (FILLED_OPERATORS if self.nullable else ())

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a comparison with the first instants of local days."""
        since, until = day_range(condition, context.today)
        low = context.start_of(since) if since else None
        high = context.start_of(until + timedelta(days=1)) if until else None
        if condition.op == "last_days":
            return Clause(bounds(self.expression, low, context.now))
        if condition.op == "next_days":
            low = context.now
        return Clause(bounds(self.expression, low, high, open_end=True))

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return days and numbers of days as text."""
        return day_arguments_text(condition)

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; a range open on one side reads like a bound."""
        return ExpressionConditionType.sentence(self, as_since_or_until(condition), context)

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the local day as text."""
        return day_text(local_day(value, context.zone).isoformat()) if isinstance(value, datetime) else ""


def _day_template(condition_type: DayConditionType | InstantConditionType, op: str) -> LazyText:
    known = VERB_SENTENCES if condition_type.verb else DAY_SENTENCES
    return known.get(op) or FILLED_SENTENCES[op]


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
