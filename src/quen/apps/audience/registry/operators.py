"""Operators of each kind of value, and their sentences, to follow the word “Customers”."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.registry.formatting import DAYS
from quen.apps.audience.types import Argument, ArgumentKind, Operator

_TEXT = Argument("value", ArgumentKind.TEXT, _("Value"))
_DAY = Argument("value", ArgumentKind.DATE, _("Day"))
_FROM_DAY = Argument("from", ArgumentKind.DATE, _("From day"), required=False)
_TO_DAY = Argument("to", ArgumentKind.DATE, _("To day"), required=False)

FILLED_OPERATORS = (Operator("filled", _("has a value")), Operator("empty", _("is empty")))
FILLED_SENTENCES = {"filled": _("with **%(label)s**"), "empty": _("without **%(label)s**")}

TEXT_OPERATORS = (
    Operator("is", _("is"), (_TEXT,)),
    Operator("is_not", _("is not"), (_TEXT,)),
    Operator("contains", _("contains"), (_TEXT,)),
    Operator("contains_not", _("does not contain"), (_TEXT,)),
    Operator("begins", _("begins with"), (_TEXT,)),
)
TEXT_SENTENCES = {
    "is": _("with %(label)s **%(value)s**"),
    "is_not": _("whose %(label)s is not **%(value)s**"),
    "contains": _("whose %(label)s contains **%(value)s**"),
    "contains_not": _("whose %(label)s does not contain **%(value)s**"),
    "begins": _("whose %(label)s begins with **%(value)s**"),
}


def number_operators(
    kind: ArgumentKind, *, min_value: int | None = None, max_value: int | None = None
) -> tuple[Operator, ...]:
    """Return the comparisons of integers, numbers or money, with the bounds of their values."""
    value = Argument("value", kind, _("Value"), min_value=min_value, max_value=max_value)
    low = replace(value, name="from", label=_("From"), required=False)
    high = replace(low, name="to", label=_("To"))
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
    "is": _("with %(label)s **%(value)s**"),
    "is_not": _("whose %(label)s is not **%(value)s**"),
    "less": _("with %(label)s below **%(value)s**"),
    "at_most": _("with %(label)s at most **%(value)s**"),
    "more": _("with %(label)s above **%(value)s**"),
    "at_least": _("with %(label)s at least **%(value)s**"),
    "between": _("with %(label)s from **%(from)s to %(to)s**"),
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
    "last_days": _("with %(label)s in the last **%(days)s**"),
    "next_days": _("with %(label)s in the next **%(days)s**"),
    "older": _("with %(label)s more than **%(days)s** ago"),
    "before": _("with %(label)s before **%(value)s**"),
    "after": _("with %(label)s after **%(value)s**"),
    "on": _("with %(label)s on **%(value)s**"),
    "between": _("with %(label)s from **%(from)s to %(to)s**"),
    "since": _("with %(label)s from **%(value)s** on"),
    "until": _("with %(label)s until **%(value)s**"),
}


def choice_operators(values: Argument) -> tuple[Operator, ...]:
    """Return is and is not, with the choices."""
    return (Operator("is", _("is any of"), (values,)), Operator("is_not", _("is none of"), (values,)))


CHOICE_SENTENCES = {
    "is": _("with %(label)s **%(value)s**"),
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
    "any": _("with %(label)s **%(value)s**"),
    "all": _("with %(label)s all of **%(value)s**"),
    "none": _("with %(label)s none of **%(value)s**"),
}

YES_NO_OPERATORS = (Operator("yes", _("yes")), Operator("no", _("no")))
YES_NO_SENTENCES = {"yes": _("with %(label)s: **yes**"), "no": _("with %(label)s: **no**")}
