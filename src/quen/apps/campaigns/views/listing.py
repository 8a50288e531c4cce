"""The campaign list, and creating a campaign."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import queries, services
from quen.apps.campaigns.forms import NewCampaignForm
from quen.apps.campaigns.types import AudienceItem, AudienceItemKind, CampaignRight, CampaignState
from quen.apps.campaigns.views.tables import campaign_table
from quen.apps.groups import queries as groups
from quen.apps.segments import queries as segments
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.core.paging import Sort
from quen.ui.pages import page, refusals_on, success
from quen.ui.params import positive_int


@allowed(CampaignRight.VIEW)
@require_GET
def campaign_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of campaigns; it updates while one is being sent."""
    params = request.GET
    state, search = params.get("state", ""), params.get("q", "").strip()[:200]
    sort = Sort.read(params.get("sort"), queries.SORT_COLUMNS) or queries.DEFAULT_SORT
    found = queries.campaign_page(
        search=search,
        state=state,
        sort=sort,
        after=params.get("after", ""),
        before=params.get("before", ""),
        now=request.now,
        zone=request.workspace.zone,
    )
    counts = queries.counts_by_state()
    query = [(name, value) for name, value in (("state", state), ("q", search)) if value]
    if sort != queries.DEFAULT_SORT:
        query.append(("sort", str(sort)))
    sent_campaigns = [row.campaign for row in found.rows if row.campaign.state != CampaignState.DRAFT]
    request.topics += ["campaigns", *(f"campaign/{each.pk}" for each in sent_campaigns)]
    context = {
        "table": campaign_table(
            found,
            sort=sort,
            query=query,
            searched=bool(search),
            with_channel=len(queries.usable_channels()) > 1,
            now=request.now,
        ),
        "search": search,
        "state": state,
        "tabs": _tabs(state, search, counts),
        "nothing": not any(counts.values()),
        "may_edit": request.member.can(CampaignRight.EDIT),
        "here": request.get_full_path(),
    }
    return page(request, "campaigns/list.html", context, part="listing")


def _tabs(state: str, search: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    query = {"q": search} if search else {}
    everything = sum(number for key, number in counts.items() if key != queries.ARCHIVED)
    tabs = [{"text": _("All"), "href": _link(query), "on": not state, "count": everything}]
    named = [*((each.value, str(each.label)) for each in CampaignState), (queries.ARCHIVED, _("Archive"))]
    tabs += [
        {"text": text, "href": _link(query | {"state": key}), "on": state == key, "count": counts[key]}
        for key, text in named
        if counts[key] or state == key
    ]
    return tabs


def _link(query: dict[str, str], **more: str) -> str:
    asked = urlencode({**query, **more})
    return f"{reverse('campaigns:campaign_list')}{f'?{asked}' if asked else ''}"


@allowed(CampaignRight.EDIT)
@require_http_methods(["GET", "POST"])
def campaign_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a campaign from a name and a channel, then open the composer.

    ``segment`` or ``rules`` preselect the audience.
    """
    params = request.POST if request.method == "POST" else request.GET
    include, description = _audience_from_query(request, params)
    channels = queries.usable_channels()
    form = NewCampaignForm(request.POST if request.method == "POST" else None, channels=channels)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            campaign = services.create_campaign(
                name=form.cleaned_data["name"],
                channel=form.cleaned_data.get("channel", ""),
                include=include,
                language=request.workspace.language,
                actor=request.actor,
                now=request.now,
            )
            return success(request, to=reverse("campaigns:campaign", args=[campaign.pk]))
    context = {
        "form": form,
        "channels": channels,
        "description": description,
        "segment": params.get("segment", ""),
        "group": params.get("group", ""),
        "rules": params.get("rules", ""),
    }
    return page(request, "campaigns/new.html", context, part="form")


def _audience_from_query(request: WorkspaceRequest, params: Any) -> tuple[list[AudienceItem], str]:
    """Return the preselected audience and its description; what can't be read is ignored."""
    number, rules = positive_int(params.get("segment")), params.get("rules", "")
    try:
        if number is not None:
            segment = segments.get_segment(number)
            return [AudienceItem(AudienceItemKind.SEGMENT, segment.pk)], segment.name
        group_id = positive_int(params.get("group"))
        if group_id is not None:
            group = groups.get_group(group_id)
            return [AudienceItem(AudienceItemKind.GROUP, group.pk)], group.name
        if rules:
            tree = conditions.tree_from_query(rules)
            words = conditions.describe_people(tree, now=request.now, zone=request.workspace.zone)
            return [AudienceItem(AudienceItemKind.TREE, conditions.as_json(tree))], str(words)
    except DomainError:
        pass
    return [], ""
