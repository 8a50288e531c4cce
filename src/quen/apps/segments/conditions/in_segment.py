"""The condition "in a segment", available wherever conditions are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

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
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.references import KEY, MEMBERS
from quen.apps.segments.types import SegmentArchived
from quen.core.text import fold

_LABEL = _("Segment")
_SENTENCES = {
    "in": _("in the segment **%(value)s**"),
    "not_in": _("not in the segment **%(value)s**"),
}


@dataclass(frozen=True, eq=False)
class InSegment(ConditionType):
    """In one of several segments, by id in JSON; names are accepted, too. An archived segment has no members."""

    key: str = KEY
    label: Any = _LABEL
    group: str = "tags_and_status"
    #: which segments is read from the condition itself, see rules.references
    reads: frozenset[str] = frozenset({MEMBERS})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return "is in" and "is not in"."""
        values = Argument(
            "value", ArgumentKind.CHOICES, self.label, choices=_choices, find=_find_archived, default=[]
        )
        return (Operator("in", _("is in"), (values,)), Operator("not_in", _("is not in"), (values,)))

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a SELECT of the members of active segments."""
        segment_ids = list(condition["value"])
        text = (
            "SELECT m.contact_id FROM segments_segmentmember m JOIN segments_segment s ON s.id = m.segment_id"
            " WHERE s.archived_at IS NULL AND m.segment_id = ANY(%(segments)s::bigint[])"
        )
        clause = Clause(
            SqlFragment(text, {"segments": segment_ids}),
            selects=True,
            unique=len(segment_ids) == 1,
            negated=condition.op == "not_in",
        )
        existing = queries.segments().filter(pk__in=segment_ids).count()
        clause = clause.without(len(segment_ids) - existing, of=len(segment_ids))
        if clause.is_void or queries.are_whole(segment_ids, now=context.now, zone=context.zone):
            return clause
        # Whom such a segment lacks may only be missing because of what is gone.
        return replace(clause, is_partial=True)

    opposites: ClassVar[Mapping[str, str]] = {"in": "not_in", "not_in": "in"}

    def template(self, op: str) -> LazyText:
        """Return “in the segment %(value)s”."""
        return _SENTENCES[op]

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the segments."""
        names = dict(Segment.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted segment"))) for number in condition["value"]]
        return {"value": self.choices_text(condition.op, labels)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “Regulars or New”."""
        return registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the names of the segments the contact is in."""
        text = (
            "(SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM segments_segmentmember m"
            " JOIN segments_segment s ON s.id = m.segment_id WHERE s.archived_at IS NULL"
            " AND m.contact_id = contact.id AND m.segment_id = ANY(%(segments)s::bigint[]))"
        )
        return SqlFragment(text, {"segments": list(condition["value"])})


def _choices() -> Sequence[Choice]:
    return [Choice(segment.pk, segment.name) for segment in queries.segments()]


def _find_archived(raw: str) -> None:
    """Raise SegmentArchived when the text names an archived segment."""
    for segment in queries.segments(archived=True):
        named = raw == str(segment.pk) or fold(raw) == fold(segment.name)
        if named and queries.find_segment(raw) is None:
            raise SegmentArchived(name=segment.name, path="")
