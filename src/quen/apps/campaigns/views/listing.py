"""The list of campaigns, and where a new one begins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import queries, services
from quen.apps.campaigns.forms import NameForm
from quen.apps.campaigns.types import CampaignState, Pick, PickKind
from quen.apps.campaigns.views.common import sign
from quen.apps.segments import queries as segments
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.asked import whole
from quen.ui.pages import done, page, refusals_on

_SORTS = ("name", "time")


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def campaign_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of campaigns; it keeps itself up to date while one is under way."""
    given = request.GET
    state, words = given.get("state", ""), given.get("q", "").strip()[:200]
    sorting = given.get("sort", "")
    if sorting.removeprefix("-") not in _SORTS:
        sorting = "-time"
    listed = queries.page_of(
        words=words,
        state=state,
        sorting=sorting,
        after=given.get("after", ""),
        before=given.get("before", ""),
        now=request.now,
        zone=request.workspace.zone,
    )
    counts = queries.counts()
    kept = {name: value for name, value in (("state", state), ("q", words)) if value}
    if sorting != "-time":
        kept["sort"] = sorting
    moving = [row.campaign for row in listed.rows if row.campaign.state != CampaignState.DRAFT]
    request.topics += ["campaigns", *(f"campaign/{each.pk}" for each in moving)]
    context = {
        "rows": [(row, sign(row.campaign.state)) for row in listed.rows],
        "previous": _link(kept, before=listed.previous) if listed.previous else "",
        "next": _link(kept, after=listed.next) if listed.next else "",
        "words": words,
        "state": state,
        "sorted_by": sorting,
        "tabs": _tabs(state, words, counts),
        "nothing": not any(counts.values()),
        "may_edit": request.member.can(Right.EDIT_CAMPAIGNS),
        "now": request.now,
        "here": request.get_full_path(),
    }
    return page(request, "campaigns/list.html", context, part="listing")


def _tabs(state: str, words: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    kept = {"q": words} if words else {}
    everything = sum(number for key, number in counts.items() if key != queries.ARCHIVED)
    tabs = [{"text": _("All"), "href": _link(kept), "on": not state, "count": everything}]
    named = [*((each.value, str(each.label)) for each in CampaignState), (queries.ARCHIVED, _("Archive"))]
    tabs += [
        {"text": text, "href": _link(kept | {"state": key}), "on": state == key, "count": counts[key]}
        for key, text in named
        if counts[key] or state == key
    ]
    return tabs


def _link(kept: dict[str, str], **more: str) -> str:
    asked = urlencode({**kept, **more})
    return f"{reverse('campaigns:campaign_list')}{f'?{asked}' if asked else ''}"


@allowed(Right.EDIT_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def campaign_new(request: WorkspaceRequest) -> HttpResponse:
    """Ask for a name, then go on in the composer. ``segment`` and ``rules`` bring the people along."""
    given = request.POST if request.method == "POST" else request.GET
    include, told = _brought(request, given)
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = services.create_campaign(
                name=form.cleaned_data["name"],
                include=include,
                language=request.workspace.language,
                actor=request.member,
                now=request.now,
            )
            return done(request, to=reverse("campaigns:campaign", args=[made.pk]))
    context = {
        "form": form,
        "told": told,
        "segment": given.get("segment", ""),
        "rules": given.get("rules", ""),
    }
    return page(request, "campaigns/new.html", context, part="form")


def _brought(request: WorkspaceRequest, given: Any) -> tuple[list[Pick], str]:
    """Read whom the page one came from meant; what can't be read any more is left out."""
    number, rules = whole(given.get("segment")), given.get("rules", "")
    try:
        if number is not None:
            segment = segments.get_segment(number)
            return [Pick(PickKind.SEGMENT, segment.pk)], segment.name
        if rules:
            tree = conditions.tree_from_query(rules)
            words = conditions.sentence(tree, now=request.now, zone=request.workspace.zone)
            return [Pick(PickKind.TREE, conditions.as_json(tree))], str(words)
    except DomainError:
        pass
    return [], ""
