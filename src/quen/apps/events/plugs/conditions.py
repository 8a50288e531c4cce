"""Conditions on what people did: an event of a kind, so many times, within a window, worth so much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.audience import registry as audience
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    MenuGroup,
    Operator,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.events import registry
from quen.apps.events.types import EventKind

_GROUPS = {
    "shopping": MenuGroup.PURCHASES,
    "web": MenuGroup.INTERACTION,
    "messages": MenuGroup.MESSAGES,
    "follow": MenuGroup.FOLLOWERS,
    "record": MenuGroup.RECORD,
}
_TIMES = Argument(
    "times", ArgumentKind.WHOLE, _("Times"), _("times"), min_value=1, max_value=10_000, default=1
)
_TIMES_OR_NONE = replace(_TIMES, min_value=0)
_WINDOW = (
    replace(audience.DAYS, name="last_days", label=_("In the last days"), required=False),
    Argument("from", ArgumentKind.DATE, _("From day"), required=False),
    Argument("to", ArgumentKind.DATE, _("To day"), required=False),
)
_VALUE = (
    Argument("value_at_least", ArgumentKind.MONEY, _("Worth at least"), required=False, min_value=0),
    Argument("value_at_most", ArgumentKind.MONEY, _("Worth at most"), required=False, min_value=0),
)


@dataclass(frozen=True, eq=False)
class EventConditionType(ConditionType):
    """People for whom a kind of event happened so many times.

    Without a window it may have happened ever. ``last_days`` runs from 00:00 local time of that day until now;
    ``from`` and ``to`` are local days, both included. A window of both kinds is where they overlap.
    """

    family: ClassVar[str] = "event"
    kind: EventKind

    @property
    def key(self) -> str:  # type: ignore[override]  # follows the kind
        """Give the kind's key."""
        return self.kind.key

    @property
    def label(self) -> Any:  # type: ignore[override]  # follows the kind
        """Give the kind's label."""
        return self.kind.label

    @property
    def group(self) -> MenuGroup:  # type: ignore[override]  # follows the kind
        """Give the place in the menu."""
        if self.kind.key == "followed":
            return MenuGroup.FOLLOWERS
        return _GROUPS.get(self.kind.group, MenuGroup.INTERACTION)

    @property
    def reads(self) -> frozenset[str]:  # type: ignore[override]  # follows the kind
        """Name the kind."""
        return frozenset({f"event.{self.kind.key}"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # only some kinds have a worth
        """Give how often it happened."""
        rest = _WINDOW + (_VALUE if self.kind.has_value else ())
        return (
            Operator("at_least", _("at least"), (_TIMES, *rest)),
            Operator("never", _("never"), rest),
            Operator("at_most", _("at most"), (_TIMES_OR_NONE, *rest)),
            Operator("exactly", _("exactly"), (_TIMES_OR_NONE, *rest)),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Select by the index on kind and time; few or no times are everyone but those with more."""
        where, params = self._window_predicate(condition, context)
        text = f"SELECT contact_id FROM events_event WHERE {where}"
        times = 0 if condition.op == "never" else condition["times"]
        if condition.op == "exactly" and times:
            params["times"] = times
            having = "= %(times)s"
            return Clause(_grouped(text, having, params), selects=True, unique=True, grouped=True)
        negated = condition.op != "at_least"
        least = times + 1 if negated else times
        if least == 1:
            return Clause(SqlFragment(text, params), selects=True, negated=negated)
        several = _grouped(text, ">= %(times)s", params | {"times": least})
        return Clause(several, selects=True, unique=True, negated=negated, grouped=True)

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Say “placed an order at least 2 times in the last 90 days”."""
        event = audience.label_in_sentence(self.label)
        times = condition.get("times", 0)
        written = ngettext("%(count)d time", "%(count)d times", times) % {"count": times}
        sentence = format_sentence(
            _SENTENCES["never" if not times else condition.op], event=event, times=written
        )
        for part in self._window_sentences(condition, context):
            sentence += format_sentence(" ") + part
        return sentence

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Count the events of the window."""
        where, params = self._window_predicate(condition, context)
        return SqlFragment(
            f"(SELECT count(*) FROM events_event WHERE contact_id = contact.id AND {where})", params
        )

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Write how often."""
        return ngettext("%(count)d time", "%(count)d times", value) % {"count": value}

    def is_time_based(self, condition: Condition) -> bool:
        """A window of the last days moves."""
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
            parts.append(
                format_sentence(
                    _("in the last **%(days)s**"), days=audience.days_text(condition["last_days"])
                )
            )
        days = {name: audience.day_text(condition[name]) for name in ("from", "to") if condition.get(name)}
        if len(days) == 2:
            parts.append(format_sentence(_("from **%(from)s to %(to)s**"), **days))
        elif days:
            parts.append(
                format_sentence(
                    _("from **%(from)s** on") if "from" in days else _("until **%(to)s**"), **days
                )
            )
        for name, template in _VALUE_SENTENCES.items():
            if condition.get(name) is not None:
                parts.append(
                    format_sentence(template, value=audience.number_text(condition[name], context=context))
                )
        return parts


class EventConditionProvider:
    """Every registered kind; rooms above register theirs after this room."""

    families = frozenset({EventConditionType.family})

    def all(self) -> Sequence[ConditionType]:
        """Give a condition for each kind."""
        return [EventConditionType(kind) for kind in registry.all_kinds()]

    def find(self, family: str, key: str) -> ConditionType | None:
        """Give the condition of a kind."""
        kind = registry.find(key) if family == EventConditionType.family else None
        return EventConditionType(kind) if kind else None


_SENTENCES = {
    "at_least": _("%(event)s at least **%(times)s**"),
    "at_most": _("%(event)s at most **%(times)s**"),
    "exactly": _("%(event)s exactly **%(times)s**"),
    "never": _("never %(event)s"),
}
_VALUE_SENTENCES = {
    "value_at_least": _("worth at least **%(value)s**"),
    "value_at_most": _("worth at most **%(value)s**"),
}


def _grouped(text: str, having: str, params: dict[str, Any]) -> SqlFragment:
    return SqlFragment(f"{text} GROUP BY contact_id HAVING count(*) {having}", params)


def register() -> None:
    """Plug the conditions in."""
    audience.register_condition_provider("events", EventConditionProvider())
