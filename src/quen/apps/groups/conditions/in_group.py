"""The condition "in a group", with when the contact joined, available wherever conditions are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
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
from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.types import MEMBERS
from quen.core.text import fold

_LABEL = _("Group")
_SENTENCES = {
    "in": _("in the group **%(value)s**"),
    "not_in": _("not in the group **%(value)s**"),
}
_WINDOW = (
    replace(registry.DAYS, name="last_days", label=_("Joined in the last days"), required=False),
    Argument("from", ArgumentKind.DATE, _("Joined from day"), required=False),
    Argument("to", ArgumentKind.DATE, _("Joined until day"), required=False),
)


@dataclass(frozen=True, eq=False)
class InGroup(ConditionType):
    """In one of several groups, by id in JSON; names are accepted, too.

    A group that is not in use keeps its members. A deleted one matches nobody, and "not in" it nobody either.
    """

    key: str = queries.CONDITION
    label: Any = _LABEL
    group: str = "tags_and_status"
    reads: frozenset[str] = frozenset({MEMBERS})

    opposites: ClassVar[Mapping[str, str]] = {"in": "not_in", "not_in": "in"}

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return "is in" and "is not in", with when they joined."""
        values = Argument(
            "value",
            ArgumentKind.CHOICES,
            self.label,
            choices=_choices,
            find=_find,
            unoffered=_unoffered,
            default=[],
        )
        return (
            Operator("in", _("is in"), (values, *_WINDOW)),
            Operator("not_in", _("is not in"), (values, *_WINDOW)),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a SELECT of the members of the groups that exist."""
        wanted = list(condition["value"])
        existing = {group.pk for group in queries.groups()} & set(wanted)
        negated = condition.op == "not_in"
        joined, params = _joined(condition, context)
        text = f"SELECT contact_id FROM groups_groupmember WHERE group_id = ANY(%(groups)s::bigint[]){joined}"
        clause = Clause(
            SqlFragment(text, params | {"groups": sorted(existing)}),
            selects=True,
            unique=len(existing) == 1,
            negated=negated,
        )
        return clause.without(len(wanted) - len(existing), of=len(wanted))

    def template(self, op: str) -> LazyText:
        """Return “in the group %(value)s”."""
        return _SENTENCES[op]

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “in the group VIP, joined in the last 30 days”."""
        sentence = ConditionType.sentence(self, condition, context)
        for part in _joined_sentences(condition):
            sentence += format_sentence(", ") + part
        return sentence

    def details(self, condition: Condition, context: EvaluationContext) -> str:
        """Return when they joined."""
        window = _joined_sentences(condition)
        return ", ".join(map(str, window)) if window else gettext("joined at any time")

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the groups; what is not offered any more says so."""
        labels = _labels()
        texts = [labels.get(number, gettext("deleted group")) for number in condition["value"]]
        return {"value": self.choices_text(condition.op, texts)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “VIP or New”."""
        return registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the names of the groups the contact is in, of those that are asked for."""
        text = (
            "(SELECT string_agg(g.name, ', ' ORDER BY g.name) FROM groups_groupmember m"
            " JOIN groups_contactgroup g ON g.id = m.group_id WHERE g.deleted_at IS NULL"
            " AND m.contact_id = contact.id AND m.group_id = ANY(%(groups)s::bigint[]))"
        )
        return SqlFragment(text, {"groups": list(condition["value"])})

    def is_time_based(self, condition: Condition) -> bool:
        """Return whether the days of joining end now."""
        return condition.get("last_days") is not None


def _joined(condition: Condition, context: EvaluationContext) -> tuple[str, dict[str, Any]]:
    parts: list[str] = []
    params: dict[str, Any] = {}
    if condition.get("last_days") is not None:
        parts.append(" AND joined_at >= %(since)s AND joined_at <= %(now)s")
        params |= {"since": context.days_ago(condition["last_days"]), "now": context.now}
    if condition.get("from"):
        parts.append(" AND joined_at >= %(from)s")
        params["from"] = context.start_of(date.fromisoformat(condition["from"]))
    if condition.get("to"):
        parts.append(" AND joined_at < %(until)s")
        params["until"] = context.start_of(date.fromisoformat(condition["to"]) + timedelta(days=1))
    return "".join(parts), params


def _joined_sentences(condition: Condition) -> list[Sentence]:
    parts = []
    if condition.get("last_days") is not None:
        days = registry.days_text(condition["last_days"])
        parts.append(format_sentence(_("joined in the last **%(days)s**"), days=days))
    ends = {name: registry.day_text(condition[name]) for name in ("from", "to") if condition.get(name)}
    if len(ends) == 2 and condition["from"] == condition["to"]:
        parts.append(format_sentence(_("joined on **%(day)s**"), day=ends["from"]))
    elif len(ends) == 2:
        parts.append(format_sentence(_("joined from **%(from)s** to **%(to)s**"), **ends))
    elif ends:
        template = _("joined since **%(from)s**") if "from" in ends else _("joined until **%(to)s**")
        parts.append(format_sentence(template, **ends))
    return parts


def _choices() -> Sequence[Choice]:
    return [Choice(group.pk, group.name) for group in queries.groups(active_only=True)]


def _labels() -> dict[int, str]:
    return {group.pk: _label(group) for group in ContactGroup.objects.all()}


def _label(group: ContactGroup) -> str:
    if group.deleted_at is not None:
        return gettext("%(name)s (deleted group)") % {"name": group.name}
    if not group.active:
        return gettext("%(name)s (not in use)") % {"name": group.name}
    return group.name


def _unoffered(value: object) -> str | None:
    """Return the label of a group that is not offered: switched off or deleted."""
    found = ContactGroup.objects.filter(pk=value).first() if isinstance(value, int) else None
    return _label(found) if found is not None else None


def _find(raw: str) -> int | None:
    """Return a group by its id, by the name of one that is not in use, or by its label."""
    for group in ContactGroup.objects.order_by("-pk"):
        is_named = group.deleted_at is None and fold(raw) == fold(group.name)
        if raw == str(group.pk) or is_named or raw == _label(group):
            return group.pk
    return None
