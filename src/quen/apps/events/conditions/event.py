"""Conditions on events: how often an event of a kind happened, in which time, with what value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry as audience
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.apps.events import registry
from quen.apps.events.types import EventKind

_TIMES = Argument(
    "times", ArgumentKind.INTEGER, _("Times"), _("times"), min_value=1, max_value=10_000, default=1
)
_TIMES_OR_NONE = replace(_TIMES, min_value=0)
_WINDOW = (
    replace(audience.DAYS, name="last_days", label=_("In the last days"), required=False),
    Argument("from", ArgumentKind.DATE, _("From day"), required=False),
    Argument("to", ArgumentKind.DATE, _("To day"), required=False),
)
_VALUE = (
    Argument("value_at_least", ArgumentKind.MONEY, _("Value at least"), required=False, min_value=0),
    Argument("value_at_most", ArgumentKind.MONEY, _("Value at most"), required=False, min_value=0),
)


@dataclass(frozen=True, eq=False)
class EventConditionType(ConditionType):
    """Contacts with a number of events of one kind.

    Without a window the event may have happened at any time. ``last_days`` is from 00:00 local time of that day until
    now; ``from`` and ``to`` are local days, both included. With both kinds of window, their intersection counts.
    """

    family: ClassVar[str] = "event"
    kind: EventKind

    @property
    def key(self) -> str:  # type: ignore[override]  # follows the kind
        """Return the kind's key."""
        return self.kind.key

    @property
    def label(self) -> Any:  # type: ignore[override]  # follows the kind
        """Return the kind's label."""
        return self.kind.label

    @property
    def group(self) -> str:  # type: ignore[override]  # follows the kind
        """Return the condition group of the kind, else of its event group."""
        return self.kind.condition_group or registry.get_group(self.kind.group).condition_group

    @property
    def reads(self) -> frozenset[str]:  # type: ignore[override]  # follows the kind
        """Return the name of the kind."""
        return frozenset({f"event.{self.kind.key}"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # only some kinds have a value
        """Return the operators, with arguments for the value where the kind has one."""
        optional = _WINDOW + (_VALUE if self.kind.has_value else ())
        return (
            Operator("at_least", _("at least"), (_TIMES, *optional)),
            Operator("never", _("never"), optional),
            Operator("at_most", _("at most"), (_TIMES_OR_NONE, *optional)),
            Operator("exactly", _("exactly"), (_TIMES_OR_NONE, *optional)),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a SELECT that uses the index on kind and time; "at most" is the negation of "more than"."""
        where, params = self._window_predicate(condition, context)
        text = f"SELECT contact_id FROM events_event WHERE {where}"
        times = 0 if condition.op == "never" else condition["times"]
        if condition.op == "exactly" and times:
            params["times"] = times
            return Clause(_grouped(text, "= %(times)s", params), selects=True, unique=True, grouped=True)
        negated = condition.op != "at_least"
        minimum = times + 1 if negated else times
        if minimum == 1:
            return Clause(SqlFragment(text, params), selects=True, negated=negated)
        repeated = _grouped(text, ">= %(times)s", params | {"times": minimum})
        return Clause(repeated, selects=True, unique=True, negated=negated, grouped=True)

    def template(self, op: str) -> LazyText:
        """Return “who ordered at least %(times)s”."""
        return _SENTENCES[op]

    def template_words(self) -> dict[str, str]:
        """Return the phrases of the kind."""
        phrases = self.kind.phrases
        if phrases is not None:
            return {
                "did": str(phrases.did),
                "never": str(phrases.never),
                "did_not": str(phrases.did_not),
                "ever": str(phrases.ever or phrases.did),
            }
        event = audience.label_in_sentence(self.label)
        return {
            "did": gettext("with the event “%(event)s”") % {"event": event},
            "ever": gettext("with the event “%(event)s”") % {"event": event},
            "never": gettext("without the event “%(event)s”") % {"event": event},
            "did_not": gettext("without the event “%(event)s”") % {"event": event},
        }

    def own_opening(self, op: str) -> LazyText:
        """Return “who did not order” for never: its time follows."""
        return self.template_words()["did_not"] if op == "never" else ""

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “who ordered at least 2 times in the last 90 days”."""
        times = condition.get("times", 0)
        window = self._window_sentences(condition, context)
        template = _SENTENCES[condition.op]
        if not times:
            template = _NOT_IN_WINDOW if window else _SENTENCES["never"]
        elif condition.op == "at_least" and times == 1:
            template = _ONCE if window else _EVER
        sentence = format_sentence(template, times=audience.times_text(times), **self.template_words())
        for part in window:
            sentence += format_sentence(" ") + part
        return sentence

    def details(self, condition: Condition, context: EvaluationContext) -> str:
        """Return the window and the bounds of the value."""
        window = self._window_sentences(condition, context)
        return " ".join(map(str, window)) if window else gettext("at any time")

    def negate(self, condition: Condition) -> Condition | None:
        """Return the opposite count in the same window."""
        arguments = dict(condition.arguments)
        times = arguments.pop("times", 0)
        match condition.op:
            case "at_most":
                op, arguments["times"] = "at_least", times + 1
            case "at_least" if times > 1:
                op, arguments["times"] = "at_most", times - 1
            case "at_least":
                op = "never"
            case "never":
                op, arguments["times"] = "at_least", 1
            case _:
                return None
        return Condition.of(condition.family, condition.key, op, arguments)

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the number of events in the window."""
        where, params = self._window_predicate(condition, context)
        return SqlFragment(
            f"(SELECT count(*) FROM events_event WHERE contact_id = contact.id AND {where})", params
        )

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return “3 times”."""
        return audience.times_text(value) if value else gettext("never")

    def is_time_based(self, condition: Condition) -> bool:
        """Return whether the window ends now."""
        return condition.get("last_days") is not None

    def _window_predicate(
        self, condition: Condition, context: EvaluationContext
    ) -> tuple[str, dict[str, Any]]:
        parts: list[str] = ["kind = %(kind)s"]
        params: dict[str, Any] = {"kind": self.kind.code}
        if condition.get("last_days") is not None:
            parts.append("at >= %(since)s AND at <= %(now)s")
            params |= {"since": context.days_ago(condition["last_days"]), "now": context.now}
        if condition.get("from"):
            parts.append("at >= %(from)s")
            params["from"] = context.start_of(date.fromisoformat(condition["from"]))
        if condition.get("to"):
            parts.append("at < %(until)s")
            params["until"] = context.start_of(date.fromisoformat(condition["to"]) + timedelta(days=1))
        for name, sign in (("value_at_least", ">="), ("value_at_most", "<=")):
            if condition.get(name) is not None:
                parts.append(f"value {sign} %({name})s")
                params[name] = Decimal(str(condition[name]))
        return " AND ".join(parts), params

    def _window_sentences(self, condition: Condition, context: EvaluationContext) -> list[Sentence]:
        parts = []
        if condition.get("last_days") is not None:
            days = audience.days_text(condition["last_days"])
            parts.append(format_sentence(_("in the last **%(days)s**"), days=days))
        ends = {name: audience.day_text(condition[name]) for name in ("from", "to") if condition.get(name)}
        if len(ends) == 2 and condition["from"] == condition["to"]:
            parts.append(format_sentence(_("on **%(day)s**"), day=ends["from"]))
        elif len(ends) == 2:
            parts.append(format_sentence(_("from **%(from)s** to **%(to)s**"), **ends))
        elif ends:
            template = _("since **%(from)s**") if "from" in ends else _("until **%(to)s**")
            parts.append(format_sentence(template, **ends))
        for name, template in _VALUE_SENTENCES.items():
            if condition.get(name) is not None:
                value = audience.number_text(condition[name], context=context)
                parts.append(format_sentence(template, value=value))
        return parts


class EventConditionProvider:
    """Provides a condition for every registered event kind, those of apps above included."""

    families = frozenset({EventConditionType.family})

    @property
    def groups(self) -> frozenset[str]:
        """Return the condition groups of all kinds."""
        return frozenset(condition_type.group for condition_type in self.all())

    @property
    def reads(self) -> frozenset[str]:
        """Return the names of all kinds."""
        return frozenset[str]().union(*(condition_type.reads for condition_type in self.all()))

    def all(self) -> Sequence[ConditionType]:
        """Return a condition for each kind."""
        return [EventConditionType(kind) for kind in registry.all_kinds()]

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return the condition of a kind, or None."""
        kind = registry.find(key) if family == EventConditionType.family else None
        return EventConditionType(kind) if kind else None


_ONCE = "**%(did)s**"
_EVER = "**%(ever)s**"
_NOT_IN_WINDOW = "**%(did_not)s**"
_SENTENCES: Mapping[str, LazyText] = {
    "at_least": _("%(did)s at least **%(times)s**"),
    "at_most": _("%(did)s at most **%(times)s**"),
    "exactly": _("%(did)s exactly **%(times)s**"),
    "never": "**%(never)s**",
}
_VALUE_SENTENCES = {
    "value_at_least": _("for at least **%(value)s**"),
    "value_at_most": _("for at most **%(value)s**"),
}


def _grouped(text: str, having: str, params: dict[str, Any]) -> SqlFragment:
    return SqlFragment(f"{text} GROUP BY contact_id HAVING count(*) {having}", params)
