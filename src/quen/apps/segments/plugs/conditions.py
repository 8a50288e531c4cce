"""The condition "in a segment", as one may ask it everywhere the audience language is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.references import KEY
from quen.apps.segments.types import SegmentArchived
from quen.core.text import fold

_LABEL = _("Segment")


@dataclass(frozen=True, eq=False)
class InSegment(ConditionType):
    """In one of several segments, by id in JSON; names are read too. An archived one has no people."""

    key: str = KEY
    label: Any = _LABEL
    group: str = "tags_and_status"
    #: which segments follows from the condition: rules.references
    reads: frozenset[str] = frozenset({"segment.members"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Give in and not in."""
        values = Argument(
            "value", ArgumentKind.CHOICES, self.label, choices=_choices, find=_find_archived, default=[]
        )
        return (Operator("in", _("is in"), (values,)), Operator("not_in", _("is not in"), (values,)))

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Select the members of segments in use."""
        wanted = list(condition["value"])
        text = (
            "SELECT m.contact_id FROM segments_segmentmember m JOIN segments_segment s ON s.id = m.segment_id"
            " WHERE s.archived_at IS NULL AND m.segment_id = ANY(%(segments)s::bigint[])"
        )
        return Clause(
            SqlFragment(text, {"segments": wanted}),
            selects=True,
            unique=len(wanted) == 1,
            negated=condition.op == "not_in",
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Say “in the segment Regulars”."""
        names = dict(Segment.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted segment"))) for number in condition["value"]]
        template = (
            _("in the segment **%(value)s**")
            if condition.op == "in"
            else _("not in the segment **%(value)s**")
        )
        return format_sentence(template, value=registry.list_text(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Name those of the segments the person is in."""
        text = (
            "(SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM segments_segmentmember m"
            " JOIN segments_segment s ON s.id = m.segment_id WHERE s.archived_at IS NULL"
            " AND m.contact_id = contact.id AND m.segment_id = ANY(%(segments)s::bigint[]))"
        )
        return SqlFragment(text, {"segments": list(condition["value"])})


def register() -> None:
    """Plug it in."""
    registry.register_readable("segment.members")
    registry.register_condition_types([InSegment()])


def _choices() -> Sequence[Choice]:
    return [Choice(segment.pk, segment.name) for segment in queries.segments()]


def _find_archived(raw: str) -> None:
    """Say why an archived segment is no choice. Raises SegmentArchived."""
    for segment in queries.segments(archived=True):
        named = raw == str(segment.pk) or fold(raw) == fold(segment.name)
        if named and queries.find_segment(raw) is None:
            raise SegmentArchived(name=segment.name, path="")
