"""The report of a form, and who agreed to which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries as contacts
from quen.apps.signup import queries
from quen.apps.signup.types import SignupRight, SubmissionState, Way
from quen.apps.signup.views.listing import head
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import clock
from quen.core.paging import paginate
from quen.ui.charts import Chart, ChartKind, Colour, Series
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title
from quen.ui.pages import page
from quen.ui.tags.filters import day, instant, percent

_SPANS = (7, 30, 90)


@allowed(SignupRight.VIEW)
@require_GET
def report(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Show views, submissions and confirmations over time, by version, by way and by source."""
    found = queries.get_form(form_id)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, _SPANS) else 30
    zone = request.workspace.zone
    since = clock.day_start(clock.local_day(request.now, zone) - timedelta(days=days - 1), zone)
    shown = queries.report(found, since=since, until=request.now, zone=zone)
    context = head(request, found) | {
        "report": shown,
        "rate": percent(shown.total.rate) if shown.total.rate is not None else "–",
        "spans": [
            {"href": f"?days={each}", "text": _("%(n)s days") % {"n": each}, "on": each == days}
            for each in _SPANS
        ],
        "chart": _chart(shown),
        "tables": [
            _table(_("By version"), _("Version"), shown.versions, _version_name),
            _table(
                _("By way"),
                _("Way"),
                shown.ways,
                lambda key: str(Way(key).label) if key in Way.values else key,
            ),
            _table(_("By source"), _("utm_source"), shown.sources, lambda key: key or _("Without a source")),
        ],
        "states": queries.count_by_state(found),
        "waiting": queries.waiting_mails(found),
    }
    context["held"] = context["states"].get(SubmissionState.HELD, 0)
    return page(request, "signup/report.html", context)


@allowed(SignupRight.VIEW)
@require_GET
def wording(request: WorkspaceRequest, form_id: int, wording_id: int) -> HttpResponse:
    """Show one version of a consent box's words, and who agreed to it."""
    found = queries.get_form(form_id)
    shown = queries.get_wording(found, wording_id)
    listed = paginate(
        queries.agreements_to(shown), after=request.GET.get("after"), before=request.GET.get("before")
    )
    ids = [each.contact_id for each in listed.rows if each.contact_id]
    names = {each.pk: each for each in contacts.contacts_in_order(ids)}
    rows = [
        Row(
            [
                Title(
                    str(names[each.contact_id])
                    if each.contact_id in names
                    else _("Erased or deleted customer")
                ),
                instant(each.granted_at),
            ],
            href=workspace_path(f"/contacts/{each.contact_id}/") if each.contact_id in names else "",
        )
        for each in listed.rows
    ]
    context = head(request, found) | {
        "wording": shown,
        "span": _span(shown),
        "table": ListTable(
            label=_("Customers who agreed"),
            columns=[
                Column("name", _("Customer"), "title", phone="title", width="w-2/3"),
                Column("at", _("Agreed"), phone="foot"),
            ],
            rows=rows,
            empty=EmptyState(_("Nobody yet")),
            pager=listed.links([]),
        ),
    }
    return page(request, "signup/wording.html", context)


def _span(shown: Any) -> str:
    if shown.until_at is None:
        return str(_("from %(day)s on") % {"day": day(shown.since_at)})
    return f"{day(shown.since_at)} – {day(shown.until_at)}"


def _version_name(key: str) -> str:
    return str(_("Version %(n)s") % {"n": key}) if key != "0" else str(_("Other system"))


def _chart(shown: queries.Report) -> Chart:
    return Chart(
        ChartKind.BARS,
        _("Views, registrations and confirmations by day"),
        _("Day"),
        [day(each) for each, _figures in shown.days],
        [
            Series(_("Views"), [figures.views for _day, figures in shown.days], Colour.REST),
            Series(_("Registrations"), [figures.submissions for _day, figures in shown.days], Colour.MARK),
            Series(_("Confirmed"), [figures.confirmations for _day, figures in shown.days], Colour.SUCCESS),
        ],
        _("Nobody has seen this form yet."),
    )


def _table(title: str, label: str, rows: Any, name: Any) -> ListTable:
    return ListTable(
        label=title,
        title=title,
        columns=[
            Column("name", label, "title", phone="title", width="w-2/5"),
            Column("views", _("Views"), "number", phone="note", unit=_("views")),
            Column("sent", _("Registrations"), "number", phone="foot", unit=_("registrations")),
            Column("confirmed", _("Confirmed"), "number", min_width=32),
            Column("rate", _("Rate"), phone="side", align="right"),
        ],
        rows=[
            Row(
                [
                    Title(name(each.key)),
                    each.figures.views,
                    each.figures.submissions,
                    each.figures.confirmations,
                    percent(each.figures.rate) if each.figures.rate is not None else "–",
                ]
            )
            for each in rows
        ],
        empty=EmptyState(_("Nothing yet")),
    )
