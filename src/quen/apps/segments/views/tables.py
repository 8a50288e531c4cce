"""The lists of segments as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quen.apps.segments.listing import MemberRow, SegmentRow
from quen.apps.segments.models import Segment
from quen.core.paging import NumberedPage, Page
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title
from quen.ui.tags import filters
from quen.ui.tags.basics import ui_state


def segment_table(
    page: NumberedPage[SegmentRow], *, sort: str, pager: Mapping[str, Any], empty: EmptyState
) -> ListTable:
    """Return the segment list. What uses a segment is loaded after the page."""
    return ListTable(
        label=_("Segments"),
        columns=(
            Column("name", _("Segment"), "title", sort="name", phone="title"),
            Column(
                "size",
                _("Customers"),
                "html",
                sort="size",
                descending_first=True,
                phone="side",
                align="right",
            ),
            Column("week", _("7 days"), "html", phone="note-side", align="right"),
            Column("month", _("30 days"), "html", min_width=56, align="right"),
            Column("trend", _("Trend"), "spark", min_width=74, hide_label=True),
            Column("uses", _("Used by"), "html", min_width=62),
            Column("changed", _("Updated"), "day", sort="changed", descending_first=True, min_width=80),
        ),
        rows=[_segment_row(row) for row in page.rows],
        empty=empty,
        sort=sort,
        pager=pager,
        full_page=True,
    )


def _segment_row(row: SegmentRow) -> Row:
    segment = row.segment
    return Row(
        (
            Title(segment.name, format_html("{}", row.sentence)),
            _size(segment),
            _change(row.trend.week, unit=_("in 7 days")),
            _change(row.trend.month),
            row.trend.sizes,
            format_html('<span class="cut block text-sm text-ink-2" id="uses-{}">–</span>', segment.pk),
            segment.updated_at,
        ),
        key=segment.pk,
        name=segment.name,
        href=reverse("segments:segment", args=[segment.pk]),
    )


def _size(segment: Segment) -> SafeString:
    if segment.computing:
        return ui_state(_("Calculating"), "wait", "loader-circle")
    if segment.failure:
        return ui_state(_("Not calculated"), "bad", "octagon-x")
    return format_html('<span class="num font-medium">{}</span>', filters.num(segment.size))


def _change(change: int | None, *, unit: str = "") -> SafeString:
    """Return a change of size. unit: the period, shown on phones, where there is no header."""
    if change is None:
        return format_html('<span class="text-ink-3">{}</span>', filters.NO_VALUE)
    direction = "up" if change > 0 else "down" if change < 0 else "text-ink-3"
    period = format_html('<span class="md:hidden text-ink-3"> {}</span>', unit) if unit else ""
    return format_html('<span class="num text-sm {}">{}</span>{}', direction, filters.signed(change), period)


def member_table(page: Page[MemberRow], *, segment: Segment, now: datetime) -> ListTable:
    """Return the members of a segment."""
    empty = EmptyState(
        _("No members yet"),
        _("Customers who match the conditions are added automatically, within a minute."),
        "people",
    )
    if segment.computing:
        text = _("Members appear here when the calculation is done.")
        empty = EmptyState(_("Calculating"), text, "people")
    return ListTable(
        label=_("Members"),
        columns=(
            Column("name", _("Customer"), "title", phone="title"),
            Column("phone", _("Phone"), "phone", min_width=44),
            Column("email", _("Email"), "text", min_width=62),
            Column("spent", _("Total spent"), "money", min_width=56),
            Column("since", _("In the segment since"), "time_ago", phone="side"),
        ),
        rows=[
            Row(
                (
                    Title(row.name, avatar=True),
                    row.contact.phone,
                    row.contact.email,
                    row.contact.spent,
                    row.entered_at,
                ),
                key=row.contact.pk,
                name=row.name,
                href=reverse("contacts:contact", args=[row.contact.pk]),
            )
            for row in page.rows
        ],
        empty=empty,
        pager={**page.links([]), "total": segment.size, "noun": _("customers")},
        full_page=True,
        now=now,
    )
