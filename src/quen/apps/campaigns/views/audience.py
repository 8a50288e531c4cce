"""The card "Recipients" of the composer: its items, the dialogs that add them, the estimate and who is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.audience import queries as conditions_queries
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import SaveAsSegmentForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import (
    Audience,
    AudienceItem,
    AudienceItemKind,
    CampaignRight,
    InvalidAudienceItem,
)
from quen.apps.campaigns.views.tables import skipped_table
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.groups import queries as groups
from quen.apps.segments import queries as segments
from quen.apps.segments import services as segment_services
from quen.apps.segments.types import SegmentRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.text import fold
from quen.ui.pages import page, refusals_on, success
from quen.ui.params import positive_int
from quen.ui.toasts import add_hx_trigger

AUDIENCE = "campaign:audience"
ESTIMATED = "campaign:estimated"
INCLUDE, EXCLUDE = "include", "exclude"
SIDES = (INCLUDE, EXCLUDE)
_TIMEOUT_MS, _LONG_TIMEOUT_MS = 2_000, 25_000
_MAX_CHOICES = 60
_KINDS_WITH_ID = (
    AudienceItemKind.SEGMENT,
    AudienceItemKind.GROUP,
    AudienceItemKind.TAG,
    AudienceItemKind.CONTACT,
)


@dataclass(frozen=True, slots=True)
class AudienceChoice:
    """A checkbox of the dialog. value: such as "segment:3".  detail: what stands where others have their size."""

    value: str
    text: str
    hint: str
    size: int | None
    selected: bool
    detail: str = ""


@allowed(CampaignRight.EDIT)
@require_http_methods(["GET", "POST"])
def audience_items(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the card, or add the selected items."""
    campaign = access.draft(campaign_id)
    if request.method == "POST":
        selected_items = [_parse_item(value) for value in request.POST.getlist("item")]
        services.add_items(
            campaign=campaign, side=_parse_side(request.POST), items=selected_items, now=request.now
        )
        return success(request, event=AUDIENCE, to=_return_url(request, campaign))
    return page(
        request,
        "campaigns/audience.html",
        {"campaign": campaign} | audience_card(request, campaign),
        part="audience",
    )


@allowed(CampaignRight.EDIT)
@require_http_methods(["GET", "POST"])
def choices(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show segments, groups, tags, single contacts and everyone, filtered by ``search``."""
    campaign = access.draft(campaign_id)
    params = request.POST if request.method == "POST" else request.GET
    search = params.get("search", "").strip()[:100]
    selected = params.getlist("item")
    side = _parse_side(params)
    context = {
        "campaign": campaign,
        "side": side,
        "search": search,
        "sections": [
            (title, found)
            for title, found in (
                (_("Segments"), _segment_choices(search, selected)),
                (_("Groups"), _group_choices(search, selected)),
                (_("Tags"), _tag_choices(search, selected)),
                (_("Customers"), _contact_choices(search, selected)),
            )
            if found
        ],
        "title": _("Send to…") if side == INCLUDE else _("Exclude…"),
        "everyone": _everyone_choice(selected) if side == INCLUDE and not search else None,
        "back": reverse("campaigns:campaign", args=[campaign.pk]),
    }
    part = "found" if request.headers.get("HX-Target", "").endswith("#choices-found") else "dialog"
    return page(request, "campaigns/choices.html", context, part=part)


@allowed(CampaignRight.EDIT)
@require_http_methods(["GET", "POST"])
def conditions(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Add conditions to this campaign only, or save them as a segment with a name (R-14)."""
    campaign = access.draft(campaign_id)
    params = request.POST if request.method == "POST" else request.GET
    side = _parse_side(params)
    form = SaveAsSegmentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            item = _item_from_conditions(request, form.cleaned_data["name"])
            services.add_items(campaign=campaign, side=side, items=[item], now=request.now)
            return success(request, event=AUDIENCE, to=_return_url(request, campaign))
    here = reverse("campaigns:conditions", args=[campaign.pk])
    context = {
        "campaign": campaign,
        "side": side,
        "form": form,
        "rules": params.get("rules", ""),
        "here": here,
        "editor": f"{reverse('audience:editor')}?embedded=1&to={here}?side={side}&param=rules",
        "back": reverse("campaigns:campaign", args=[campaign.pk]),
        "may_save": request.member.can(SegmentRight.EDIT),
    }
    part = "form" if request.method == "POST" else "dialog"
    return page(request, "campaigns/conditions.html", context, part=part)


def _item_from_conditions(request: WorkspaceRequest, name: str) -> AudienceItem:
    values = {key: [str(value) for value in posted] for key, posted in request.POST.lists()}
    tree = conditions_queries.tree_from_editor(values)
    if name and request.member.can(SegmentRight.EDIT):
        segment = segment_services.create_segment(name=name, tree=tree, actor=request.actor, now=request.now)
        return AudienceItem(AudienceItemKind.SEGMENT, segment.pk)
    return AudienceItem(AudienceItemKind.TREE, conditions_queries.as_json(tree))


@allowed(CampaignRight.EDIT)
@require_POST
def remove_item(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Remove an item."""
    campaign = access.draft(campaign_id)
    position = positive_int(request.POST.get("position"))
    if position is not None:
        services.remove_item(
            campaign=campaign, side=_parse_side(request.POST), position=position, now=request.now
        )
    return success(request, event=AUDIENCE, to=_return_url(request, campaign))


@allowed(CampaignRight.EDIT)
@require_POST
def confirm_everyone(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Store whether all contacts are meant."""
    campaign = access.draft(campaign_id)
    confirmed = request.POST.get("confirmed") == "1"
    services.confirm_everyone(campaign=campaign, confirmed=confirmed, now=request.now)
    return success(request, event=ESTIMATED, to=_return_url(request, campaign))


@allowed(CampaignRight.VIEW)
@require_GET
def estimate(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Count whom the campaign reaches. ``long_wait`` allows more time for a large workspace."""
    campaign = access.campaign(campaign_id)
    long_wait = "long_wait" in request.GET
    context: dict[str, Any] = {"campaign": campaign, "long_wait": long_wait}
    try:
        estimate = queries.estimate(
            campaign,
            workspace=request.workspace,
            now=request.now,
            timeout_ms=_LONG_TIMEOUT_MS if long_wait else _TIMEOUT_MS,
        )
    except DomainError as refusal:
        return page(request, "campaigns/estimate.html", context | {"refusal": str(refusal)}, part="box")
    if estimate is not None:
        services.save_estimate(campaign=campaign, estimate=estimate)
    response = page(request, "campaigns/estimate.html", context | estimate_context(estimate), part="box")
    if estimate is not None:
        add_hx_trigger(response, event=ESTIMATED)
    return response


@allowed(ContactRight.VIEW)
@require_GET
def skipped(request: WorkspaceRequest, campaign_id: int, reason: int) -> HttpResponse:
    """List the contacts skipped for a reason as of now."""
    campaign = access.campaign(campaign_id)
    if reason not in ExclusionReason.values:
        raise InvalidAudienceItem()
    with sql.read_only(timeout_ms=_LONG_TIMEOUT_MS):
        skipped_page = queries.skipped_contacts(
            campaign,
            reason,
            workspace=request.workspace,
            now=request.now,
            after=request.GET.get("after"),
            before=request.GET.get("before"),
        )
    label = str(ExclusionReason(reason).label)
    context = {
        "campaign": campaign,
        "reason": label,
        "table": skipped_table(skipped_page, label=label),
        "back": reverse("campaigns:campaign", args=[campaign.pk]),
    }
    return page(request, "campaigns/skipped.html", context)


def audience_card(request: WorkspaceRequest, campaign: Campaign) -> dict[str, Any]:
    """Return the context of the card."""
    try:
        audience = queries.audience_of(campaign)
    except DomainError:
        audience = Audience()
    names = queries.AudienceNames([audience], now=request.now, zone=request.workspace.zone)
    return {
        "audience": audience,
        "include": names.chips(audience.include),
        "exclude": names.chips(audience.exclude),
    } | estimate_context(queries.last_estimate(campaign))


def estimate_context(estimate: Any) -> dict[str, Any]:
    """Return the context of the estimate box."""
    if estimate is None:
        return {"estimate": None}
    return {
        "estimate": estimate,
        "skipped": [
            (code, ExclusionReason(code).label, count) for code, count in estimate.skipped_by_reason.items()
        ],
        "percent": round(estimate.eligible * 100 / estimate.matched) if estimate.matched else 0,
    }


def _everyone_choice(selected: list[str]) -> AudienceChoice:
    value = "everyone:1"
    return AudienceChoice(value, _("Everyone"), _("all customers in this workspace"), None, value in selected)


def _segment_choices(search: str, selected: list[str]) -> list[AudienceChoice]:
    return [
        AudienceChoice(
            f"segment:{each.pk}",
            each.name,
            each.description,
            None if each.computing else each.size,
            f"segment:{each.pk}" in selected,
        )
        for each in segments.segments()
        if _matches(each.name, search) or f"segment:{each.pk}" in selected
    ][:_MAX_CHOICES]


def _group_choices(search: str, selected: list[str]) -> list[AudienceChoice]:
    offered = [
        each
        for each in groups.groups(active_only=True)
        if _matches(each.name, search) or f"group:{each.pk}" in selected
    ][:_MAX_CHOICES]
    sizes = groups.sizes() if offered else {}
    return [
        AudienceChoice(
            f"group:{each.pk}",
            each.name,
            each.description,
            sizes.get(each.pk, 0),
            f"group:{each.pk}" in selected,
        )
        for each in offered
    ]


def _tag_choices(search: str, selected: list[str]) -> list[AudienceChoice]:
    return [
        AudienceChoice(f"tag:{each.id}", each.name, "", each.contact_count, f"tag:{each.id}" in selected)
        for each in contacts.tags_with_counts()
        if _matches(each.name, search) or f"tag:{each.id}" in selected
    ][:_MAX_CHOICES]


def _contact_choices(search: str, selected: list[str]) -> list[AudienceChoice]:
    selected_ids = [
        number for value in selected if (number := positive_int(value.removeprefix("contact:"))) is not None
    ]
    summaries = [
        *conditions_queries.contact_summaries(selected_ids),
        *conditions_queries.search_contacts(search),
    ]
    choices_by_id = {
        each.contact_id: AudienceChoice(
            f"contact:{each.contact_id}", each.name, "", None, each.contact_id in selected_ids, each.hint
        )
        for each in summaries
    }
    return list(choices_by_id.values())


def _matches(name: str, search: str) -> bool:
    parts = fold(name).split()
    return all(any(part.startswith(term) for part in parts) for term in fold(search).split())


def _parse_item(value: str) -> AudienceItem:
    kind, _colon, raw = value.partition(":")
    number = positive_int(raw)
    if kind == AudienceItemKind.EVERYONE:
        return AudienceItem(AudienceItemKind.EVERYONE, True)
    if kind in _KINDS_WITH_ID and number:
        return AudienceItem(AudienceItemKind(kind), number)
    raise InvalidAudienceItem()


def _parse_side(params: Any) -> str:
    side = params.get("side", INCLUDE)
    return side if side in SIDES else INCLUDE


def _return_url(request: WorkspaceRequest, campaign: Campaign) -> str:
    """Return where a request without htmx continues: the composer. With htmx the page stays."""
    return (
        ""
        if request.headers.get("HX-Request") == "true"
        else reverse("campaigns:campaign", args=[campaign.pk])
    )
