"""The report of visits to the website."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.website import queries
from quen.apps.website.types import DayVisits, WebsiteRight
from quen.core.clock import day_start, local_day
from quen.ui.charts import Chart, ChartKind, Series
from quen.ui.pages import page
from quen.ui.params import positive_int
from quen.ui.tags import filters

_PERIODS: Final = (7, 30, 90)


@allowed(WebsiteRight.VIEW)
@require_GET
def report(request: WorkspaceRequest) -> HttpResponse:
    """Show visitors, visits, known share, pages and products of the last days."""
    settings = queries.website_settings()
    asked = positive_int(request.GET.get("days"))
    period = asked if asked in _PERIODS else _PERIODS[0]
    zone = request.workspace.zone
    today = local_day(request.now, zone)
    since, until = day_start(today - timedelta(days=period - 1), zone), request.now
    days = [today - timedelta(days=back) for back in reversed(range(period))]
    by_day = {each.day: each for each in queries.visits_by_day(since=since, until=until, zone=str(zone))}
    visits = [by_day.get(day, DayVisits(day, 0, 0, 0)) for day in days]
    visitors, known, sessions, views = queries.totals(since=since, until=until)
    span = {"since": since, "until": until}
    context = {
        "settings": settings,
        "may_configure": request.member.can(WebsiteRight.CONFIGURE),
        "periods": [
            {
                "text": ngettext("%(n)s day", "%(n)s days", days_) % {"n": days_},
                "href": f"{reverse('website:report')}?days={days_}",
                "on": days_ == period,
            }
            for days_ in _PERIODS
        ],
        "visitors": visitors,
        "known_percent": 100 * known / visitors if visitors else None,
        "sessions": sessions,
        "views": views,
        "visits_chart": _visits_chart(visits),
        "known_chart": _known_chart(visits),
        "tables": [
            (_("Pages"), _("Page"), _("Views"), queries.top_pages(**span)),
            (_("Products"), _("Product"), _("Views"), queries.top_products(**span)),
            (_("Where visitors come from"), _("Source"), _("Visits"), queries.top_sources(**span)),
        ],
    }
    return page(request, "website/report.html", context)


def _visits_chart(visits: list[DayVisits]) -> Chart:
    return Chart(
        ChartKind.LINES,
        _("Visitors and visits"),
        _("Day"),
        [filters.day(each.day) for each in visits],
        [
            Series(_("Visitors"), [each.visitors for each in visits]),
            Series(_("Visits"), [each.sessions for each in visits]),
        ],
        _("No visits in this time."),
        min_buckets=len(visits),
        hide_title=True,
        low=True,
    )


def _known_chart(visits: list[DayVisits]) -> Chart:
    return Chart(
        ChartKind.BARS,
        _("Share of known visitors"),
        _("Day"),
        [filters.day(each.day) for each in visits],
        [
            Series(
                _("Known"), [100 * each.known / each.visitors if each.visitors else None for each in visits]
            )
        ],
        _("Nobody was recognised in this time."),
        unit="percent",
        min_buckets=len(visits),
        hide_title=True,
        low=True,
    )
