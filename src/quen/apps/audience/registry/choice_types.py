"""Base classes of condition types over choices: one of several values, several of them, yes or no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.registry.condition_types import ExpressionConditionType
from quen.apps.audience.registry.formatting import all_of_text, list_text
from quen.apps.audience.registry.operators import (
    CHOICE_SENTENCES,
    FILLED_OPERATORS,
    OPPOSITES,
    SET_SENTENCES,
    YES_NO_OPERATORS,
    YES_NO_OPPOSITES,
    YES_NO_SENTENCES,
    choice_operators,
    set_operators,
)
from quen.apps.audience.registry.ranges import with_operator
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    EvaluationContext,
    Operator,
    Sentence,
    SentencePart,
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText


@dataclass(frozen=True, eq=False)
class ChoiceConditionType(ExpressionConditionType):
    """One of several values. ``stored`` converts a value of the JSON to the value of the column.

    value_texts: a value inside a sentence, where its label does not fit: “who agreed to email”.  negative_texts: the
    sentence of “is not” for one value: “not archived”.  openings: the words of the editor before values that are a
    sentence of their own, by operator.  default: the values of a new condition.
    """

    choices: Callable[[], Sequence[Choice]] = tuple
    find: Callable[[str], str | int | None] | None = None
    stored: Callable[[Any], Any] = lambda value: value
    value_texts: Mapping[Any, LazyText] = field(default_factory=dict)
    negative_texts: Mapping[Any, LazyText] = field(default_factory=dict)
    openings: Mapping[str, LazyText] = field(default_factory=dict)
    default: tuple[Any, ...] = ()
    #: the choices are all there is: a value that is none of them is gone
    closed: bool = False
    #: the value that is meant now, by one that was merged into it; contacts may still have either
    former: Mapping[Any, Any] = field(default_factory=dict)

    default_sentences = CHOICE_SENTENCES

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # depends on the choices
        """Return the operators with the choices."""
        return choice_operators(self._argument()) + (FILLED_OPERATORS if self.nullable else ())

    def _argument(self) -> Argument:
        return Argument(
            "value",
            ArgumentKind.CHOICES,
            self.label,
            choices=self.choices,
            find=self.find,
            default=list(self.default),
            former=self.former,
        )

    def has_value(self) -> SqlFragment:
        """Return that the text is not empty."""
        return SqlFragment(f"{self.expression} <> ''")

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return whether the column is one of the values."""
        gone = self._gone(condition)
        values = [
            self.stored(each)
            for value in condition["value"]
            if value not in gone
            for each in self._all_of(value)
        ]
        clause = Clause(
            SqlFragment(f"{self.expression} = ANY(%(values)s)", {"values": values}),
            negated=condition.op == "is_not",
        )
        return clause.without(len(gone), of=len(condition["value"]))

    def _gone(self, condition: Condition) -> set[Any]:
        """Return the values of a condition that are no choice any more."""
        if not self.closed:
            return set()
        return set(condition["value"]) - {choice.value for choice in self.choices()} - self.former.keys()

    def _all_of(self, value: Any) -> list[Any]:
        """Return every stored value that means the same as this one."""
        meant = self.former.get(value, value)
        return [meant, *(each for each, now in self.former.items() if now == meant)]

    def own_opening(self, op: str) -> LazyText:
        """Return the words before values that are a sentence of their own."""
        return self.openings.get(op, "")

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; “is not” of one value may have its own."""
        values = condition.get("value", ())
        if condition.op == "is_not" and len(values) == 1 and values[0] in self.negative_texts:
            return Sentence((SentencePart(str(self.negative_texts[values[0]]), strong=True),))
        return ExpressionConditionType.sentence(self, condition, context)

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the values as text."""
        if condition.get("value") is None:
            return {}
        return {"value": self.choices_text(condition.op, self.labels(condition["value"]))}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “A, B or C”."""
        return list_text(list(labels))

    def choice_text(self, choice: Choice) -> str:
        """Return a choice as it reads inside the sentence."""
        return str(self.value_texts.get(choice.value, choice.label))

    def labels(self, values: Sequence[Any]) -> list[str]:
        """Return the values inside a sentence; a value that is no longer a choice is written as it is."""
        known = {choice.value: choice.label for choice in self.choices()} | dict(self.value_texts)
        gone = _("%(value)s (no longer an option)") if self.closed else "%(value)s"
        meant = dict.fromkeys(self.former.get(value, value) for value in values)
        return [str(known[value] if value in known else gone % {"value": value}) for value in meant]

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the label of the stored value."""
        by_stored = {self.stored(choice.value): str(choice.label) for choice in self.choices()}
        return "" if value is None else by_stored.get(self.former.get(value, value), str(value))


@dataclass(frozen=True, eq=False)
class SetConditionType(ChoiceConditionType):
    """Any number of several values, stored as a JSON array of text."""

    default_sentences = SET_SENTENCES

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # depends on the choices
        """Return any, all and none."""
        return set_operators(self._argument()) + (FILLED_OPERATORS if self.nullable else ())

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; all of one value reads like any of it."""
        if condition.op == "all" and len(condition["value"]) == 1:
            return self.sentence(with_operator(condition, "any", condition["value"]), context)
        return ChoiceConditionType.sentence(self, condition, context)

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “A, B and C” for all of them, else “A, B or C”."""
        return all_of_text(list(labels)) if op == "all" else list_text(list(labels))

    def has_value(self) -> SqlFragment:
        """Return that the array is not empty."""
        return SqlFragment(
            f"CASE WHEN jsonb_typeof({self.expression}) = 'array' THEN jsonb_array_length({self.expression}) > 0 END"
        )

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a comparison with the elements of the array."""
        operator = "?&" if condition.op == "all" else "?|"
        text = f"{self.expression} {operator} %(values)s::text[]"
        gone = self._gone(condition)
        values = [value for value in condition["value"] if value not in gone]
        if condition.op == "all" and self.former:
            each = {f"values{i}": [str(one) for one in self._all_of(value)] for i, value in enumerate(values)}
            text = " AND ".join(f"{self.expression} ?| %({name})s::text[]" for name in each)
            clause = Clause(SqlFragment(f"({text or 'true'})", each))
        else:
            params = {"values": [str(one) for value in values for one in self._all_of(value)]}
            clause = Clause(SqlFragment(text, params), negated=condition.op == "none")
        return clause.without(len(gone), of=len(condition["value"]), every=condition.op == "all")

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the elements as text."""
        return ", ".join(self.labels(value)) if isinstance(value, list) else ""


@dataclass(frozen=True, eq=False)
class YesNoConditionType(ExpressionConditionType):
    """Yes or no; neither, if there is no value."""

    default_sentences = YES_NO_SENTENCES
    base_operators = YES_NO_OPERATORS

    @property
    def opposites(self) -> Mapping[str, str]:  # type: ignore[override]  # neither is true without a value
        """Return yes and no as opposites when there always is a value."""
        return OPPOSITES if self.nullable else OPPOSITES | YES_NO_OPPOSITES

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the expression or its negation."""
        return Clause(SqlFragment(self.expression if condition.op == "yes" else f"NOT {self.expression}"))

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return yes or no."""
        return "" if value is None else str(_("Yes") if value else _("No"))
