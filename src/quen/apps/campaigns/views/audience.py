"""The card “Who receives it”: its pieces, where they are chosen, how many are reached and who is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.audience import queries as conditions_queries
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.forms import SegmentForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import Audience, NoSuchPick, Pick, PickKind
from quen.apps.compliance.types import Reason
from quen.apps.contacts import queries as contacts
from quen.apps.segments import queries as segments
from quen.apps.segments import services as segment_services
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core import sql
from quen.core.errors import DomainError
from quen.core.text import fold
from quen.ui.asked import whole
from quen.ui.news import announce
from quen.ui.pages import done, page, refusals_on

AUDIENCE = "campaign:audience"
LOOKED = "campaign:looked"
SIDES = ("include", "exclude")
_TIMEOUT_MS, _PATIENT_MS = 2_000, 25_000
_OFFERED, _LEFT_OUT_EACH = 60, 50


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to tick. value: "segment:3"."""

    value: str
    text: str
    hint: str
    people: int | None
    chosen: bool


@allowed(Right.EDIT_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def picks(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the card; add what was ticked."""
    found = access.draft(campaign_id)
    if request.method == "POST":
        chosen = [_pick(value) for value in request.POST.getlist("pick")]
        services.add_picks(campaign=found, side=_side(request.POST), picks=chosen, now=request.now)
        return done(request, event=AUDIENCE, to=_back(request, found))
    return page(request, "campaigns/who.html", {"campaign": found} | who(request, found), part="who")


@allowed(Right.EDIT_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def choices(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Offer segments, tags, single customers and everyone; ``words`` finds among them."""
    found = access.draft(campaign_id)
    given = request.POST if request.method == "POST" else request.GET
    words = given.get("words", "").strip()[:100]
    ticked = given.getlist("pick")
    side = _side(given)
    context = {
        "campaign": found,
        "side": side,
        "words": words,
        "segments": _segments(words, ticked),
        "tags": _tags(words, ticked),
        "people": _people(words, ticked),
        "everyone": side == "include" and "everyone:1" in ticked,
        "back": reverse("campaigns:campaign", args=[found.pk]),
    }
    part = "found" if request.headers.get("HX-Target", "").endswith("#choices-found") else "dialog"
    return page(request, "campaigns/choices.html", context, part=part)


@allowed(Right.EDIT_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def conditions(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Write conditions for this campaign only, or keep them as a segment under a name (R-14)."""
    found = access.draft(campaign_id)
    given = request.POST if request.method == "POST" else request.GET
    side = _side(given)
    form = SegmentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            pick = _conditions_pick(request, form.cleaned_data["name"])
            services.add_picks(campaign=found, side=side, picks=[pick], now=request.now)
            return done(request, event=AUDIENCE, to=_back(request, found))
    here = reverse("campaigns:conditions", args=[found.pk])
    context = {
        "campaign": found,
        "side": side,
        "form": form,
        "rules": given.get("rules", ""),
        "here": here,
        "editor": f"{reverse('audience:editor')}?inside=1&to={here}?side={side}&param=rules",
        "back": reverse("campaigns:campaign", args=[found.pk]),
        "may_save": request.member.can(Right.EDIT_SEGMENTS),
    }
    part = "form" if request.method == "POST" else "dialog"
    return page(request, "campaigns/conditions.html", context, part=part)


def _conditions_pick(request: WorkspaceRequest, name: str) -> Pick:
    values = {key: [str(value) for value in found] for key, found in request.POST.lists()}
    tree = conditions_queries.tree_from_editor(values)
    if name and request.member.can(Right.EDIT_SEGMENTS):
        made = segment_services.create_segment(name=name, tree=tree, actor=request.member, now=request.now)
        return Pick(PickKind.SEGMENT, made.pk)
    return Pick(PickKind.TREE, conditions_queries.as_json(tree))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def removal(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Take a piece away."""
    found = access.draft(campaign_id)
    place = whole(request.POST.get("place"))
    if place is not None:
        services.remove_pick(campaign=found, side=_side(request.POST), place=place, now=request.now)
    return done(request, event=AUDIENCE, to=_back(request, found))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def everyone(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Keep that everyone is meant, or take that back."""
    found = access.draft(campaign_id)
    confirmed = request.POST.get("confirmed") == "1"
    services.confirm_everyone(campaign=found, confirmed=confirmed, now=request.now)
    return done(request, event=LOOKED, to=_back(request, found))


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def reach(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Count whom it reaches: quickly first; ``patient`` waits longer for a large shop."""
    found = access.campaign(campaign_id)
    patient = "patient" in request.GET
    context: dict[str, Any] = {"campaign": found, "patient": patient}
    try:
        look = queries.look_at(
            found,
            workspace=request.workspace,
            now=request.now,
            timeout_ms=_PATIENT_MS if patient else _TIMEOUT_MS,
        )
    except DomainError as refusal:
        return page(request, "campaigns/reach.html", context | {"refusal": str(refusal)}, part="box")
    if look is not None:
        services.note_look(campaign=found, look=look)
    response = page(request, "campaigns/reach.html", context | reached(look), part="box")
    if look is not None:
        announce(response, event=LOOKED)
    return response


@allowed(Right.VIEW_CONTACTS)
@require_GET
def left_out(request: WorkspaceRequest, campaign_id: int, reason: int) -> HttpResponse:
    """Show the people a reason leaves out, as it stands now."""
    found = access.campaign(campaign_id)
    if reason not in Reason.values:
        raise NoSuchPick()
    after = whole(request.GET.get("after")) or 0
    with sql.read_only(timeout_ms=_PATIENT_MS):
        ids = queries.left_out(
            found,
            reason,
            workspace=request.workspace,
            now=request.now,
            after=after,
            most=_LEFT_OUT_EACH + 1,
        )
    people = conditions_queries.people(ids[:_LEFT_OUT_EACH])
    context = {
        "campaign": found,
        "reason": Reason(reason).label,
        "people": people,
        "next": f"?after={ids[_LEFT_OUT_EACH - 1]}" if len(ids) > _LEFT_OUT_EACH else "",
        "back": reverse("campaigns:campaign", args=[found.pk]),
    }
    return page(request, "campaigns/left_out.html", context)


def who(request: WorkspaceRequest, found: Campaign) -> dict[str, Any]:
    """Give what the card shows."""
    try:
        audience = queries.audience_of(found)
    except DomainError:
        audience = Audience()
    names = queries.Names([audience], now=request.now, zone=request.workspace.zone)
    return {
        "audience": audience,
        "include": names.shown(audience.include),
        "exclude": names.shown(audience.exclude),
    } | reached(queries.counted(found))


def reached(look: Any) -> dict[str, Any]:
    """Give what the box of numbers shows."""
    if look is None:
        return {"look": None}
    return {
        "look": look,
        "left": [(code, Reason(code).label, people) for code, people in look.left_out.items()],
        "percent": round(look.eligible * 100 / look.matched) if look.matched else 0,
    }


def _segments(words: str, ticked: list[str]) -> list[Offer]:
    return [
        Offer(
            f"segment:{each.pk}",
            each.name,
            each.description,
            None if each.counting else each.size,
            f"segment:{each.pk}" in ticked,
        )
        for each in segments.segments()
        if _fits(each.name, words) or f"segment:{each.pk}" in ticked
    ][:_OFFERED]


def _tags(words: str, ticked: list[str]) -> list[Offer]:
    return [
        Offer(f"tag:{each.id}", each.name, "", each.people, f"tag:{each.id}" in ticked)
        for each in contacts.tags_with_counts()
        if _fits(each.name, words) or f"tag:{each.id}" in ticked
    ][:_OFFERED]


def _people(words: str, ticked: list[str]) -> list[Offer]:
    chosen = [number for value in ticked if (number := whole(value.removeprefix("contact:"))) is not None]
    found = [*conditions_queries.people(chosen), *conditions_queries.people_like(words)]
    offers = {
        each.contact_id: Offer(
            f"contact:{each.contact_id}", each.name, each.hint, None, each.contact_id in chosen
        )
        for each in found
    }
    return list(offers.values())


def _fits(name: str, words: str) -> bool:
    parts = fold(name).split()
    return all(any(part.startswith(term) for part in parts) for term in fold(words).split())


def _pick(value: str) -> Pick:
    kind, _colon, raw = value.partition(":")
    number = whole(raw)
    if kind == PickKind.EVERYONE:
        return Pick(PickKind.EVERYONE, True)
    if kind in (PickKind.SEGMENT, PickKind.TAG, PickKind.CONTACT) and number:
        return Pick(PickKind(kind), number)
    raise NoSuchPick()


def _side(given: Any) -> str:
    side = given.get("side", "include")
    return side if side in SIDES else "include"


def _back(request: WorkspaceRequest, found: Campaign) -> str:
    """Without scripts the deed ends on the composer; with them the page stays."""
    return (
        "" if request.headers.get("HX-Request") == "true" else reverse("campaigns:campaign", args=[found.pk])
    )
