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
    Criterion,
    Grouping,
    Moment,
    Operator,
    Sentence,
    Snippet,
    say,
)
from quen.apps.events import registry
from quen.apps.events.types import EventKind

_GROUPS = {
    "shopping": Grouping.PURCHASES,
    "web": Grouping.INTERACTION,
    "messages": Grouping.MESSAGES,
    "follow": Grouping.FOLLOWERS,
    "record": Grouping.RECORD,
}
_TIMES = Argument("times", ArgumentKind.WHOLE, _("Times"), _("times"), low=1, high=10_000, default=1)
_TIMES_OR_NONE = replace(_TIMES, low=0)
_WINDOW = (
    replace(audience.DAYS, name="last_days", label=_("In the last days"), required=False),
    Argument("from", ArgumentKind.DATE, _("From day"), required=False),
    Argument("to", ArgumentKind.DATE, _("To day"), required=False),
)
_WORTH = (
    Argument("value_at_least", ArgumentKind.MONEY, _("Worth at least"), required=False, low=0),
    Argument("value_at_most", ArgumentKind.MONEY, _("Worth at most"), required=False, low=0),
)


@dataclass(frozen=True, eq=False)
class EventCriterion(Criterion):
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
    def group(self) -> Grouping:  # type: ignore[override]  # follows the kind
        """Give the place in the menu."""
        if self.kind.key == "followed":
            return Grouping.FOLLOWERS
        return _GROUPS.get(self.kind.group, Grouping.INTERACTION)

    @property
    def reads(self) -> frozenset[str]:  # type: ignore[override]  # follows the kind
        """Name the kind."""
        return frozenset({f"event.{self.kind.key}"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # only some kinds have a worth
        """Give how often it happened."""
        rest = _WINDOW + (_WORTH if self.kind.has_value else ())
        return (
            Operator("at_least", _("at least"), (_TIMES, *rest)),
            Operator("never", _("never"), rest),
            Operator("at_most", _("at most"), (_TIMES_OR_NONE, *rest)),
            Operator("exactly", _("exactly"), (_TIMES_OR_NONE, *rest)),
        )

    def clause(self, asked: Condition, moment: Moment) -> Clause:
        """Select by the index on kind and time; few or no times are everyone but those with more."""
        where, params = self._window(asked, moment)
        text = f"SELECT contact_id FROM events_event WHERE {where}"
        times = 0 if asked.op == "never" else asked["times"]
        if asked.op == "exactly" and times:
            params["times"] = times
            having = "= %(times)s"
            return Clause(_grouped(text, having, params), selects=True, unique=True, grouped=True)
        negated = asked.op != "at_least"
        least = times + 1 if negated else times
        if least == 1:
            return Clause(Snippet(text, params), selects=True, negated=negated)
        several = _grouped(text, ">= %(times)s", params | {"times": least})
        return Clause(several, selects=True, unique=True, negated=negated, grouped=True)

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Say “placed an order at least 2 times in the last 90 days”."""
        event = audience.the_label(self.label)
        times = asked.get("times", 0)
        written = ngettext("%(count)d time", "%(count)d times", times) % {"count": times}
        words = say(_SAYS["never" if not times else asked.op], event=event, times=written)
        for part in self._when(asked, moment):
            words += say(" ") + part
        return words

    def actual(self, asked: Condition, moment: Moment) -> Snippet | None:
        """Count the events of the window."""
        where, params = self._window(asked, moment)
        return Snippet(
            f"(SELECT count(*) FROM events_event WHERE contact_id = person.id AND {where})", params
        )

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write how often."""
        return ngettext("%(count)d time", "%(count)d times", value) % {"count": value}

    def moves(self, asked: Condition) -> bool:
        """A window of the last days moves."""
        return asked.get("last_days") is not None

    def _window(self, asked: Condition, moment: Moment) -> tuple[str, dict[str, Any]]:
        parts: list[str] = ["kind = %(kind)s"]
        params: dict[str, Any] = {"kind": self.kind.code}
        if asked.get("last_days") is not None:
            parts.append("at >= %(since)s AND at <= %(now)s")
            params |= {"since": moment.days_ago(asked["last_days"]), "now": moment.now}
        if asked.get("from"):
            parts.append("at >= %(from)s")
            params["from"] = moment.start_of(date.fromisoformat(asked["from"]))
        if asked.get("to"):
            parts.append("at < %(until)s")
            params["until"] = moment.start_of(date.fromisoformat(asked["to"]) + timedelta(days=1))
        for name, sign in (("value_at_least", ">="), ("value_at_most", "<=")):
            if asked.get(name) is not None:
                parts.append(f"value {sign} %({name})s")
                params[name] = Decimal(str(asked[name]))
        return " AND ".join(parts), params

    def _when(self, asked: Condition, moment: Moment) -> list[Sentence]:
        parts = []
        if asked.get("last_days") is not None:
            parts.append(say(_("in the last **%(days)s**"), days=audience.days_text(asked["last_days"])))
        days = {name: audience.day_text(asked[name]) for name in ("from", "to") if asked.get(name)}
        if len(days) == 2:
            parts.append(say(_("from **%(from)s to %(to)s**"), **days))
        elif days:
            parts.append(say(_("from **%(from)s** on") if "from" in days else _("until **%(to)s**"), **days))
        for name, template in _WORTH_SAYS.items():
            if asked.get(name) is not None:
                parts.append(say(template, value=audience.number_text(asked[name], moment=moment)))
        return parts


class EventConditions:
    """Every registered kind; rooms above register theirs after this room."""

    families = frozenset({EventCriterion.family})

    def all(self) -> Sequence[Criterion]:
        """Give a condition for each kind."""
        return [EventCriterion(kind) for kind in registry.all_kinds()]

    def find(self, family: str, key: str) -> Criterion | None:
        """Give the condition of a kind."""
        kind = registry.find(key) if family == EventCriterion.family else None
        return EventCriterion(kind) if kind else None


_SAYS = {
    "at_least": _("%(event)s at least **%(times)s**"),
    "at_most": _("%(event)s at most **%(times)s**"),
    "exactly": _("%(event)s exactly **%(times)s**"),
    "never": _("never %(event)s"),
}
_WORTH_SAYS = {
    "value_at_least": _("worth at least **%(value)s**"),
    "value_at_most": _("worth at most **%(value)s**"),
}


def _grouped(text: str, having: str, params: dict[str, Any]) -> Snippet:
    return Snippet(f"{text} GROUP BY contact_id HAVING count(*) {having}", params)


def register() -> None:
    """Plug the conditions in."""
    audience.plug_provider("events", EventConditions())
