"""Operators of each kind of value, and their sentences, to follow the word “People”."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.registry.formatting import DAYS
from quen.apps.audience.types import Argument, ArgumentKind, Operator
from quen.apps.audience.types.condition_types import LazyText

_TEXT = Argument("value", ArgumentKind.TEXT, _("Value"))
_DAY = Argument("value", ArgumentKind.DATE, _("Day"))
_FROM_DAY = Argument("from", ArgumentKind.DATE, _("From day"), required=False)
_TO_DAY = Argument("to", ArgumentKind.DATE, _("To day"), required=False)

#: operators of which one is true exactly when the other is not, also for a missing value
OPPOSITES = {
    "is": "is_not",
    "is_not": "is",
    "contains": "contains_not",
    "contains_not": "contains",
    "any": "none",
    "none": "any",
    "filled": "empty",
    "empty": "filled",
}
#: the same for numbers that are never missing
NUMBER_OPPOSITES = {"at_least": "less", "less": "at_least", "at_most": "more", "more": "at_most"}
YES_NO_OPPOSITES = {"yes": "no", "no": "yes"}

FILLED_OPERATORS = (Operator("filled", _("has a value")), Operator("empty", _("is empty")))
FILLED_SENTENCES = {
    "filled": _("with **%(label)s filled in**"),
    "empty": _("with **%(label)s missing**"),
}

TEXT_OPERATORS = (
    Operator("is", _("is"), (_TEXT,)),
    Operator("is_not", _("is not"), (_TEXT,)),
    Operator("contains", _("contains"), (_TEXT,)),
    Operator("contains_not", _("does not contain"), (_TEXT,)),
    Operator("begins", _("begins with"), (_TEXT,)),
)
TEXT_SENTENCES = {
    "is": _("whose %(label)s is **%(value)s**"),
    "is_not": _("whose %(label)s is not **%(value)s**"),
    "contains": _("whose %(label)s contains **%(value)s**"),
    "contains_not": _("whose %(label)s does not contain **%(value)s**"),
    "begins": _("whose %(label)s begins with **%(value)s**"),
}


def number_operators(
    kind: ArgumentKind, *, unit: LazyText = "", min_value: int | None = None, max_value: int | None = None
) -> tuple[Operator, ...]:
    """Return the comparisons of integers, numbers or money. unit: follows each value, in a range only the last."""
    value = Argument("value", kind, _("Value"), unit, min_value=min_value, max_value=max_value)
    low = replace(value, name="from", label=_("From"), unit="", required=False)
    high = replace(value, name="to", label=_("To"), required=False)
    return (
        Operator("at_least", _("at least"), (value,)),
        Operator("at_most", _("at most"), (value,)),
        Operator("between", _("between"), (low, high), one_of=("from", "to")),
        Operator("is", _("equal to"), (value,)),
        Operator("is_not", _("not equal to"), (value,)),
        Operator("more", _("more than"), (value,)),
        Operator("less", _("less than"), (value,)),
    )


NUMBER_SENTENCES = {
    "is": _("with %(label)s of exactly **%(value)s**"),
    "is_not": _("with %(label)s other than **%(value)s**"),
    "less": _("with %(label)s below **%(value)s**"),
    "at_most": _("with %(label)s of at most **%(value)s**"),
    "more": _("with %(label)s above **%(value)s**"),
    "at_least": _("with %(label)s of at least **%(value)s**"),
    "between": _("with %(label)s from **%(from)s** to **%(to)s**"),
}

INSTANT_OPERATORS = (
    Operator("last_days", _("in the last days"), (DAYS,), time_based=True),
    Operator("older", _("before the last"), (DAYS,), time_based=True),
    Operator("before", _("before"), (_DAY,)),
    Operator("after", _("after"), (_DAY,)),
    Operator("on", _("on"), (_DAY,)),
    Operator("between", _("between"), (_FROM_DAY, _TO_DAY), one_of=("from", "to")),
)
NEXT_DAYS = Operator("next_days", _("in the next days"), (DAYS,), time_based=True)
DAY_OPERATORS = (INSTANT_OPERATORS[0], NEXT_DAYS, *INSTANT_OPERATORS[1:])
DAY_SENTENCES = {
    "last_days": _("whose %(label)s is in the last **%(days)s**"),
    "next_days": _("whose %(label)s is in the next **%(days)s**"),
    "older": _("whose %(label)s is more than **%(days)s** ago"),
    "before": _("whose %(label)s is before **%(value)s**"),
    "after": _("whose %(label)s is after **%(value)s**"),
    "on": _("whose %(label)s is **%(value)s**"),
    "between": _("whose %(label)s is from **%(from)s** to **%(to)s**"),
    "since": _("whose %(label)s is on or after **%(value)s**"),
    "until": _("whose %(label)s is on or before **%(value)s**"),
}
#: the same where a verb says what happened on the day: "who joined", "born"
VERB_SENTENCES = {
    "last_days": _("%(verb)s in the last **%(days)s**"),
    "next_days": _("%(verb)s in the next **%(days)s**"),
    "older": _("%(verb)s more than **%(days)s** ago"),
    "before": _("%(verb)s before **%(value)s**"),
    "after": _("%(verb)s after **%(value)s**"),
    "on": _("%(verb)s on **%(value)s**"),
    "between": _("%(verb)s from **%(from)s** to **%(to)s**"),
    "since": _("%(verb)s on or after **%(value)s**"),
    "until": _("%(verb)s on or before **%(value)s**"),
}


def choice_operators(values: Argument) -> tuple[Operator, ...]:
    """Return is and is not, with the choices."""
    return (Operator("is", _("is any of"), (values,)), Operator("is_not", _("is none of"), (values,)))


CHOICE_SENTENCES = {
    "is": _("whose %(label)s is **%(value)s**"),
    "is_not": _("whose %(label)s is not **%(value)s**"),
}


def set_operators(values: Argument) -> tuple[Operator, ...]:
    """Return any, all and none, with the choices."""
    return (
        Operator("any", _("any of"), (values,)),
        Operator("all", _("all of"), (values,)),
        Operator("none", _("none of"), (values,)),
    )


SET_SENTENCES = {
    "any": _("with %(label)s including **%(value)s**"),
    "all": _("with %(label)s including all of **%(value)s**"),
    "none": _("with %(label)s not including **%(value)s**"),
}

YES_NO_OPERATORS = (Operator("yes", _("yes")), Operator("no", _("no")))
YES_NO_SENTENCES = {
    "yes": _("with “%(label)s” set to **yes**"),
    "no": _("with “%(label)s” set to **no**"),
}
