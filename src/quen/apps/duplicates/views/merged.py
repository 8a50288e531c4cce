"""Merges of the last thirty days with what undo would bring back, and the sure pairs as one act."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import BulkOutcome, Channel, ContactRight
from quen.apps.duplicates import queries, services
from quen.apps.duplicates.views.presenters import pair_lines
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.core.errors import DomainError
from quen.ui.pages import page, success
from quen.ui.params import positive_int
from quen.ui.tags.filters import num

_LISTED = 100
CONFLICT = 409


@allowed(ContactRight.VIEW)
@require_GET
def merged_list(request: WorkspaceRequest) -> HttpResponse:
    """Show the merges that can still be undone, latest first."""
    merges = list(contacts.recent_merges(now=request.now)[:_LISTED])
    people = contacts.people_of_merges(merges)
    lines = [
        (merge, people[merge.kept_id], people[merge.merged_id], contacts.undo_until(merge.at))
        for merge in merges
        if merge.kept_id in people and merge.merged_id in people
    ]
    context = {
        "lines": lines,
        "merged_count": contacts.recent_merges(now=request.now).count(),
        "to_check": queries.pairs_to_decide().count(),
        "may_merge": request.member.can(ContactRight.EDIT) and request.member.can(ContactRight.DELETE),
    }
    return page(request, "duplicates/merged.html", context)


@allowed(ContactRight.DELETE)
@require_http_methods(["GET", "POST"])
def undo_preview(request: WorkspaceRequest, merge_id: int) -> HttpResponse:
    """Show what undoing a merge brings back, and undo it."""
    merge = contacts.get_merge(merge_id)
    preview = contacts.preview_undo(merge)
    context = {
        "merge": merge,
        "preview": preview,
        "returning": [label for key in preview.returning if (label := contacts.merge_field_label(key))],
        "edited": [(key, label) for key in preview.edited if (label := contacts.merge_field_label(key))],
        "refusals": [(Channel(key).label, count) for key, count in preview.refusals.items()],
        "refusal_count": sum(preview.refusals.values()),
    }
    if request.method == "POST":
        ensure(request.member, ContactRight.EDIT)
        try:
            return _undone(request, merge_id, request.POST.getlist("restore"))
        except DomainError as refusal:
            context["refusal"] = str(refusal)
            return page(request, "duplicates/undo.html", context, status=CONFLICT)
    return page(request, "duplicates/undo.html", context)


@allowed(ContactRight.DELETE)
@require_http_methods(["GET", "POST"])
def sure(request: WorkspaceRequest) -> HttpResponse:
    """Show the pairs that agree in phone, email and name, and merge them as one act."""
    if request.method == "POST":
        ensure(request.member, ContactRight.EDIT)
        given = map(positive_int, request.POST.getlist("pair"))
        ids = [pair_id for pair_id in given if pair_id is not None]
        outcome = services.start_merging(pair_ids=ids, actor=request.actor, now=request.now)
        if isinstance(outcome, BulkOutcome):
            count = outcome.changed
            text = ngettext("Merged %(n)s pair.", "Merged %(n)s pairs.", count) % {"n": num(count)}
        else:
            text = _("Merging has started. The list shows each pair as it is done.")
        return success(request, message=text, to=reverse("duplicates:merged"))
    return page(request, "duplicates/sure.html", {"lines": pair_lines(queries.sure_pairs())})


def _undone(request: WorkspaceRequest, merge_id: int, restore: list[str]) -> HttpResponse:
    kept, merged = contacts_services.undo_merge(
        merge=contacts.get_merge(merge_id), restore=restore, actor=request.actor, now=request.now
    )
    message = _("%(name)s and %(other)s are two again.") % {"name": kept, "other": merged}
    return success(request, message=message, to=reverse("duplicates:merged"))
