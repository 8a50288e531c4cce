"""Create and change a segment."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries as contacts
from quen.apps.segments import charts, queries, services
from quen.apps.segments.access import segment_for
from quen.apps.segments.forms import SegmentForm, initial_of, values_of
from quen.apps.segments.models import Segment
from quen.apps.segments.timeouts import with_timeout
from quen.apps.segments.types import SegmentRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success

#: with fewer conditions than this a hint is shown (R-12)
RECOMMENDED_CONDITIONS = 3
_TIMEOUT_MS = 3_000


@allowed(SegmentRight.EDIT)
@require_http_methods(["GET", "POST"])
def segment_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a segment. ``rules`` holds conditions passed on by a list or a draft."""
    posted = request.POST if request.method == "POST" else None
    form = SegmentForm(posted, initial={"name": request.GET.get("name", "")[:120]})
    if posted is not None and form.is_valid():
        with refusals_on(form):
            segment = services.create_segment(
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                tree=form.conditions,
                actor=request.actor,
                now=request.now,
            )
            message = _("Segment “%(name)s” saved.") % {"name": segment.name}
            return success(request, message=message, to=reverse("segments:segment", args=[segment.pk]))
    return _form_page(request, form, None)


@allowed(SegmentRight.EDIT)
@require_http_methods(["GET", "POST"])
def segment_edit(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Change a segment; new conditions are computed by a job."""
    segment = segment_for(segment_id)
    posted = request.POST if request.method == "POST" else None
    form = SegmentForm(posted, initial=initial_of(segment))
    if posted is not None and form.is_valid():
        with refusals_on(form):
            services.update_segment(
                segment=segment,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                tree=form.conditions,
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Saved."), to=reverse("segments:segment", args=[segment.pk]))
    return _form_page(request, form, segment)


@allowed(SegmentRight.EDIT)
@require_POST
def segment_reach(request: WorkspaceRequest) -> HttpResponse:
    """Show how many contacts of the draft consented to each channel, while it is edited."""
    tree = audience.draft_from_editor(values_of(request.POST))
    contacts_relation = audience.relation(tree, now=request.now, zone=request.workspace.zone)
    found = with_timeout(lambda: contacts.channel_reach(contacts_relation), timeout_ms=_TIMEOUT_MS)
    conditions = audience.count_conditions(tree)
    context = {
        "reach": charts.reach_bars(found.channels, found.contacts) if found else None,
        "contact_count": found.contacts if found else None,
        "few_conditions": conditions < RECOMMENDED_CONDITIONS,
        "conditions": conditions,
    }
    return page(request, "segments/reach.html", context, part="shown")


def _form_page(request: WorkspaceRequest, form: SegmentForm, segment: Segment | None) -> HttpResponse:
    rules = _rules(request, segment)
    here = request.path
    editor = {"tree": rules, "to": here, "param": "rules", "embedded": "1"}
    context = {
        "form": form,
        "segment": segment,
        "rules": rules,
        "editor": f"{reverse('audience:editor')}?{urlencode(editor)}",
        "back": reverse("segments:segment", args=[segment.pk])
        if segment
        else reverse("segments:segment_list"),
        "error": queries.tree_error(segment) if segment else "",
    }
    return page(request, "segments/edit.html", context, part="form")


def _rules(request: WorkspaceRequest, segment: Segment | None) -> str:
    """Return the conditions the editor starts with: those passed on, otherwise the segment's own."""
    given = request.POST.get("rules") or request.GET.get("rules", "")
    if given:
        return given if len(given) <= audience.MAX_QUERY_CHARS else ""
    return audience.tree_to_query(queries.tree_of(segment)) if segment else ""
