"""The desk: pairs that may be one person, and two contacts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import AlreadyMerged, ContactRight, NoIdentifier
from quen.apps.duplicates import queries, services
from quen.apps.duplicates.models import DuplicatePair
from quen.apps.duplicates.services.decisions import order
from quen.apps.duplicates.types import PairKind, Sign
from quen.apps.duplicates.views.presenters import chosen, pair_lines, reasons, source_text
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core.errors import NotFound
from quen.ui.pages import page, success
from quen.ui.params import positive_int

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

#: pairs in the list at once
_LISTED = 50
_FAMILIES = 3
#: contacts found to merge with
_FOUND = 20
CONFLICT = 409


@allowed(ContactRight.VIEW)
@require_GET
def desk(request: WorkspaceRequest) -> HttpResponse:
    """Show the pairs to decide, surest first, and one of them side by side."""
    showing = request.GET.get("show", "")
    pairs = queries.families() if showing == "families" else queries.pairs_to_decide()
    lines = pair_lines(list(pairs[:_LISTED]))
    wanted = request.GET.get("pair", "")
    pair = queries.find_pair(positive_int(wanted) or 0)
    if pair is None and lines:
        pair = queries.get_pair(lines[0].id)
    families = [] if showing == "families" else list(queries.families()[:_FAMILIES])
    context = _list_context(lines, pair) | {
        "show": showing,
        "total": pairs.count(),
        "to_check": queries.pairs_to_decide().count(),
        "families": pair_lines(families),
        "family_count": queries.families().count(),
        "sure_count": len(queries.sure_pairs()) if request.member.can(ContactRight.DELETE) else 0,
        "merged_count": contacts.recent_merges(now=request.now).count(),
        "is_chosen": bool(wanted),
    }
    if pair is not None:
        context |= _pair_context(request, pair)
    return page(request, "duplicates/desk.html", context)


@allowed(ContactRight.DELETE)
@require_GET
def compare(request: WorkspaceRequest, first_id: int, second_id: int) -> HttpResponse:
    """Show any two contacts side by side, to merge them by hand."""
    return page(request, "duplicates/compare.html", _two(request, first_id, second_id))


@allowed(ContactRight.DELETE)
@require_POST
def merge(request: WorkspaceRequest, first_id: int, second_id: int) -> HttpResponse:
    """Merge two contacts as chosen, and go on to the next pair. Nothing happens when either changed meanwhile."""
    ensure(request.member, ContactRight.EDIT)
    context = _two(request, first_id, second_id, request.POST)
    comparison = context["comparison"]
    if request.POST.get("version") != comparison.version:
        context["changed"] = True
        return page(request, "duplicates/compare.html", context, status=CONFLICT)
    try:
        made = contacts_services.merge_contacts(
            kept=comparison.kept,
            merged=comparison.merged,
            choices=context["choices"],
            actor=request.actor,
            now=request.now,
        )
    except (AlreadyMerged, NoIdentifier) as refusal:
        context["refusal"] = str(refusal)
        return page(request, "duplicates/compare.html", context, status=CONFLICT)
    from_desk = "from_desk" in request.POST
    to = reverse("duplicates:desk") if from_desk else reverse("contacts:contact", args=[comparison.kept.pk])
    return success(
        request,
        message=_("Merged into %(name)s.") % {"name": comparison.kept},
        to=to,
        undo=f"{reverse('duplicates:undo_preview', args=[made.pk])}?preview",
    )


@allowed(ContactRight.EDIT)
@require_POST
def tell_apart(request: WorkspaceRequest, pair_id: int) -> HttpResponse:
    """Remember that two contacts are different people."""
    pair = queries.get_pair(pair_id)
    services.tell_apart(pair=pair, actor=request.actor, now=request.now)
    return success(
        request,
        message=_("Noted: two people. They are offered again when a phone or an email changes."),
        to=_desk_of(pair),
        undo=reverse("duplicates:reopen", args=[pair.pk]),
    )


@allowed(ContactRight.EDIT)
@require_POST
def reopen(request: WorkspaceRequest, pair_id: int) -> HttpResponse:
    """Take back that two contacts are different people."""
    pair = queries.get_pair(pair_id)
    services.reopen(pair=pair)
    return success(request, to=f"{_desk_of(pair)}?pair={pair.pk}")


@allowed(ContactRight.EDIT)
@require_POST
def postpone(request: WorkspaceRequest, pair_id: int) -> HttpResponse:
    """Put a pair behind all others."""
    pair = queries.get_pair(pair_id)
    services.postpone(pair=pair, now=request.now)
    return success(request, message=_("Put at the end of the list."), to=_desk_of(pair))


@allowed(ContactRight.DELETE)
@require_GET
def choose(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Search for the contact with whom one is to be merged."""
    contact = contacts.get_contact(contact_id)
    text = request.GET.get("q", "").strip()
    matches = contacts.found_contacts(text, limit=_FOUND) if text else []
    found = [each for each, _match in matches if each.pk != contact.pk]
    alike = pair_lines(list(queries.pairs_of_contact(contact.pk)[:_FAMILIES]))
    context = {"contact": contact, "q": text, "found": found, "alike": alike}
    return page(request, "duplicates/choose.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def contact_panel(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show on the page of a contact with whom they may be one person."""
    contact = contacts.get_contact(contact_id)
    lines = pair_lines(list(queries.pairs_of_contact(contact.pk)[:_FAMILIES]))
    others = [(line.id, line.merged if line.kept.pk == contact.pk else line.kept, line.why) for line in lines]
    return page(
        request,
        "duplicates/contact_panel.html",
        {"contact": contact, "others": others, "may_merge": _may_merge(request)},
        part="shown",
    )


def _two(
    request: WorkspaceRequest, first_id: int, second_id: int, posted: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    one, two = contacts.get_contact(first_id), contacts.get_contact(second_id)
    if one.pk == two.pk:
        raise NotFound()
    kept, merged = order(one, two)
    pair = queries.pair_of((kept.pk, merged.pk))
    return _comparison_context(request, kept, merged, posted) | {
        "pair": pair,
        "reasons": reasons(Sign(pair.signs)) if pair else [],
        "from_desk": "from_desk" in (posted or {}),
    }


def _pair_context(request: WorkspaceRequest, pair: DuplicatePair) -> dict[str, Any]:
    found = contacts.contacts().select_related("first_source")
    both = found.in_bulk([pair.first_contact_id, pair.second_contact_id])
    if len(both) < 2:
        return {"pair": None}
    kept, merged = order(*both.values())
    return _comparison_context(request, kept, merged) | {
        "pair": pair,
        "reasons": reasons(Sign(pair.signs)),
        "is_family": pair.kind == PairKind.FAMILY,
        "from_desk": True,
    }


def _comparison_context(
    request: WorkspaceRequest, kept: Contact, merged: Contact, posted: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    currency = request.workspace.currency
    comparison = contacts.compare_contacts(kept, merged, {}, currency=currency)
    choices = chosen(posted, comparison) if posted is not None else {}
    if choices:
        comparison = contacts.compare_contacts(kept, merged, choices, currency=currency)
    return {
        "comparison": comparison,
        "choices": choices,
        "sources": (source_text(kept), source_text(merged)),
        "may_merge": _may_merge(request),
        "undo_until": contacts.undo_until(request.now),
    }


def _list_context(lines: list[Any], pair: DuplicatePair | None) -> dict[str, Any]:
    """Return the list, and the pairs beside the open one in it."""
    ids = [line.id for line in lines]
    at = ids.index(pair.pk) if pair is not None and pair.pk in ids else -1
    return {
        "lines": lines,
        "position": at + 1,
        "before": ids[at - 1] if at > 0 else None,
        "after": ids[at + 1] if 0 <= at < len(ids) - 1 else None,
    }


def _desk_of(pair: DuplicatePair) -> str:
    return reverse("duplicates:desk")


def _may_merge(request: WorkspaceRequest) -> bool:
    return request.member.can(ContactRight.EDIT) and request.member.can(ContactRight.DELETE)
