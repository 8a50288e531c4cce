"""Kinds of criteria over one SQL expression of ``person``. Columns and custom fields alike are made of these."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.registry.operators import (
    CHOICE_SAYS,
    DAY_OPERATORS,
    DAY_SAYS,
    FILLED_OPERATORS,
    FILLED_SAYS,
    INSTANT_OPERATORS,
    NUMBER_SAYS,
    SET_SAYS,
    TEXT_OPERATORS,
    TEXT_SAYS,
    YES_NO_OPERATORS,
    YES_NO_SAYS,
    choice_operators,
    number_operators,
    set_operators,
)
from quen.apps.audience.registry.ranges import bounds, closed_range, day_range, day_words, with_value
from quen.apps.audience.registry.wording import day_text, list_text, number_text, the_label
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    Criterion,
    Grouping,
    Moment,
    Operator,
    Sentence,
    Snippet,
    say,
)
from quen.apps.audience.types.criteria import Words
from quen.core.clock import local_day
from quen.core.text import SEARCH_FROM, SEARCH_TO, clean

_PLAIN = str.maketrans(SEARCH_FROM, SEARCH_TO)


def plain(text: str) -> str:
    """Fold text exactly as translate(…, SEARCH_FROM, SEARCH_TO) does in SQL."""
    return clean(text).translate(_PLAIN)


def like_escape(text: str) -> str:
    """Keep %, _ and the backslash literal inside LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, eq=False)
class OnExpression(Criterion):
    """What the kinds share: an expression of ``person``, and templates of sentences by operator.

    expression: SQL written by a programmer, never by a stranger.  says: overrides templates of the kind.
    nullable: offers "has a value" and "is empty".
    """

    key: str
    label: Words
    group: Grouping
    expression: str
    reads: frozenset[str]
    nullable: bool = True
    says: Mapping[str, Words] = field(default_factory=dict)

    templates: ClassVar[Mapping[str, Words]] = {}
    offered: ClassVar[tuple[Operator, ...]] = ()

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # made from the kind and its nullability
        """Give the kind's operators."""
        return self.offered + (FILLED_OPERATORS if self.nullable else ())

    def clause(self, asked: Condition, moment: Moment) -> Clause:
        """Give the truth of the condition over ``person``."""
        if asked.op in ("filled", "empty"):
            return Clause(self.filled(), negated=asked.op == "empty")
        return self.compare(asked, moment)

    def filled(self) -> Snippet:
        """Give the truth of "has a value"."""
        return Snippet(f"{self.expression} IS NOT NULL")

    @abstractmethod
    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Give the truth of the kind's own operators."""

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Fill the operator's template with the label and the values."""
        template = self.says.get(asked.op) or self.templates.get(asked.op) or FILLED_SAYS[asked.op]
        return say(template, label=the_label(self.label), **self.words(asked, moment))

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Write each argument for people."""
        return {name: str(value) for name, value in asked.arguments}

    def actual(self, asked: Condition, moment: Moment) -> Snippet | None:
        """Show the expression itself."""
        return Snippet(self.expression)


@dataclass(frozen=True, eq=False)
class TextCriterion(OnExpression):
    """Text: compared whole as written, or by a part without regard to case and marks.

    among: a column of folded text that contains this one's, with a trigram index to narrow by.
    normalise: brings what people type to the stored form, for instance a phone number.
    """

    among: str = ""
    normalise: Callable[[str], str] = clean

    templates = TEXT_SAYS
    offered = TEXT_OPERATORS

    def filled(self) -> Snippet:
        """An empty text is no value."""
        return Snippet(f"{self.expression} <> ''")

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Compare whole or by a part, narrowed by the index where there is one."""
        value = self.normalise(asked["value"])
        folded = like_escape(plain(value))
        params: dict[str, Any] = {}
        if asked.op in ("is", "is_not"):
            text, params["value"] = f"{self.expression} = %(value)s", value
        else:
            text = f"translate({self.expression}, %(marked)s, %(plain)s) LIKE %(like)s"
            params |= {"marked": SEARCH_FROM, "plain": SEARCH_TO}
            params["like"] = f"{folded}%" if asked.op == "begins" else f"%{folded}%"
        if self.among:
            text = f"{self.among} LIKE %(among)s AND {text}"
            params["among"] = f"%{folded.removeprefix('+')}%"
        return Clause(Snippet(f"({text})", params), negated=asked.op in ("is_not", "contains_not"))


@dataclass(frozen=True, eq=False)
class NumberCriterion(OnExpression):
    """A number, or money of the workspace's currency. least, most: bounds of what one may ask for."""

    money: bool = False
    whole: bool = False
    least: int | None = None
    most: int | None = None

    templates = NUMBER_SAYS
    _SQL: ClassVar[Mapping[str, str]] = {
        "is": "{} = %(value)s",
        "is_not": "{} = %(value)s",
        "less": "{} < %(value)s",
        "at_most": "{} <= %(value)s",
        "more": "{} > %(value)s",
        "at_least": "{} >= %(value)s",
    }

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # money has an editor of its own
        """Give the operators with the fitting editor."""
        kind = ArgumentKind.MONEY if self.money else ArgumentKind.WHOLE if self.whole else ArgumentKind.NUMBER
        return number_operators(kind, least=self.least, most=self.most) + (
            FILLED_OPERATORS if self.nullable else ()
        )

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Compare as numbers."""
        if asked.op == "between":
            return Clause(bounds(self.expression, _decimal(asked.get("from")), _decimal(asked.get("to"))))
        text = self._SQL[asked.op].format(self.expression)
        return Clause(Snippet(text, {"value": _decimal(asked["value"])}), negated=asked.op == "is_not")

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """A range open on one side reads like a bound."""
        if asked.op == "between" and asked.get("to") is None:
            return self.sentence(with_value(asked, "at_least", asked["from"]), moment)
        if asked.op == "between" and asked.get("from") is None:
            return self.sentence(with_value(asked, "at_most", asked["to"]), moment)
        return OnExpression.sentence(self, asked, moment)

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Write numbers and money."""
        return {name: self.show(value, asked, moment) for name, value in asked.arguments}

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write a number or money."""
        return "" if value is None else number_text(value, moment=moment if self.money else None)


@dataclass(frozen=True, eq=False)
class DayCriterion(OnExpression):
    """A calendar day. ``as_text``: the expression is ISO text, compared as text, so that no bad value can fail."""

    as_text: bool = False

    templates = DAY_SAYS
    offered = DAY_OPERATORS

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Compare as days, both ends included."""
        since, until = day_range(asked, moment.today)
        give: Callable[[date], Any] = date.isoformat if self.as_text else lambda day: day
        return Clause(bounds(self.expression, since and give(since), until and give(until)))

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Write days and numbers of days."""
        return day_words(asked)

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """A range open on one side reads like a bound."""
        return OnExpression.sentence(self, closed_range(asked), moment)

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write a day."""
        return "" if value is None else day_text(str(value)[:10])


@dataclass(frozen=True, eq=False)
class InstantCriterion(OnExpression):
    """An instant, asked about by local days. "In the last N days" ends now, "in the next N days" begins now.

    ahead: instants may lie in the future, so "in the next days" is offered too.
    """

    ahead: bool = False

    templates = DAY_SAYS

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # follows the flags
        """Give the comparisons of instants."""
        own = DAY_OPERATORS if self.ahead else INSTANT_OPERATORS
        return own + (FILLED_OPERATORS if self.nullable else ())

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Compare with the first instants of local days."""
        since, until = day_range(asked, moment.today)
        low = moment.start_of(since) if since else None
        high = moment.start_of(until + timedelta(days=1)) if until else None
        if asked.op == "last_days":
            return Clause(bounds(self.expression, low, moment.now))
        if asked.op == "next_days":
            low = moment.now
        return Clause(bounds(self.expression, low, high, open_end=True))

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Write days and numbers of days."""
        return day_words(asked)

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """A range open on one side reads like a bound."""
        return OnExpression.sentence(self, closed_range(asked), moment)

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write the local day."""
        return f"{local_day(value, moment.zone):%d/%m/%Y}" if isinstance(value, datetime) else ""


@dataclass(frozen=True, eq=False)
class ChoiceCriterion(OnExpression):
    """One of several values. ``stored`` turns what stands in JSON into what stands in the column."""

    choices: Callable[[], Sequence[Choice]] = tuple
    find: Callable[[str], str | int | None] | None = None
    stored: Callable[[Any], Any] = lambda value: value

    templates = CHOICE_SAYS

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # each has its own choices
        """Give the operators with this criterion's choices."""
        return choice_operators(self._argument()) + (FILLED_OPERATORS if self.nullable else ())

    def _argument(self) -> Argument:
        return Argument(
            "value", ArgumentKind.CHOICES, self.label, choices=self.choices, find=self.find, default=[]
        )

    def filled(self) -> Snippet:
        """An empty text is no value."""
        return Snippet(f"{self.expression} <> ''")

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Hold for any of the values."""
        values = [self.stored(value) for value in asked["value"]]
        return Clause(
            Snippet(f"{self.expression} = ANY(%(values)s)", {"values": values}), negated=asked.op == "is_not"
        )

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Write the labels of the values."""
        return {"value": list_text(self.labels(asked["value"]))} if asked.get("value") is not None else {}

    def labels(self, values: Sequence[Any]) -> list[str]:
        """Give labels; a value that is no longer a choice shows itself."""
        known = {choice.value: str(choice.label) for choice in self.choices()}
        return [known.get(value, str(value)) for value in values]

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write the label of the stored value."""
        by_stored = {self.stored(choice.value): str(choice.label) for choice in self.choices()}
        return "" if value is None else by_stored.get(value, str(value))


@dataclass(frozen=True, eq=False)
class SetCriterion(ChoiceCriterion):
    """Several of several values: a JSON array of text."""

    templates = SET_SAYS

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # each has its own choices
        """Give any, all and none."""
        return set_operators(self._argument()) + (FILLED_OPERATORS if self.nullable else ())

    def filled(self) -> Snippet:
        """An empty array is no value."""
        return Snippet(
            f"CASE WHEN jsonb_typeof({self.expression}) = 'array' THEN jsonb_array_length({self.expression}) > 0 END"
        )

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Ask the array by its elements."""
        operator = "?&" if asked.op == "all" else "?|"
        text = f"{self.expression} {operator} %(values)s::text[]"
        return Clause(Snippet(text, {"values": list(asked["value"])}), negated=asked.op == "none")

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write the elements."""
        return ", ".join(self.labels(value)) if isinstance(value, list) else ""


@dataclass(frozen=True, eq=False)
class YesNoCriterion(OnExpression):
    """Yes or no. Neither, when there is no value."""

    templates = YES_NO_SAYS
    offered = YES_NO_OPERATORS

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Ask for one of the two."""
        return Clause(Snippet(self.expression if asked.op == "yes" else f"NOT {self.expression}"))

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write yes or no."""
        return "" if value is None else str(_("Yes") if value else _("No"))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
