"""Duplicate, archive and restore a segment."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quen.apps.segments import services
from quen.apps.segments.access import segment_for
from quen.apps.segments.types import SegmentRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.ui.pages import success


@allowed(SegmentRight.EDIT)
@require_POST
def segment_duplicate(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Duplicate a segment and open the copy for editing."""
    segment = segment_for(segment_id)
    try:
        copy = services.duplicate_segment(segment=segment, actor=request.actor, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("Created “%(name)s”. Change what should differ.") % {"name": copy.name}
    return success(request, message=message, to=reverse("segments:segment_edit", args=[copy.pk]))


@allowed(SegmentRight.EDIT)
@require_POST
def segment_recompute(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Compute a segment again whose computation failed."""
    segment = segment_for(segment_id)
    services.recompute_later(segment=segment)
    message = _("Calculating again.")
    return success(request, message=message, to=reverse("segments:segment", args=[segment.pk]))


@allowed(SegmentRight.EDIT)
@require_POST
def segment_archive(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Archive a segment unless something uses it; the toast offers to undo it."""
    segment = segment_for(segment_id)
    try:
        services.archive_segment(segment=segment, actor=request.actor, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("“%(name)s” archived.") % {"name": segment.name}
    undo = reverse("segments:segment_restore", args=[segment.pk])
    return success(request, message=message, to=reverse("segments:segment_list"), undo=undo)


@allowed(SegmentRight.EDIT)
@require_POST
def segment_restore(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Restore an archived segment; a job computes its members."""
    segment = segment_for(segment_id)
    try:
        services.restore_segment(segment=segment, actor=request.actor, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("“%(name)s” restored.") % {"name": segment.name}
    return success(request, message=message, to=reverse("segments:segment", args=[segment.pk]))


def _refused(request: WorkspaceRequest, segment_id: int, refusal: DomainError) -> HttpResponse:
    return success(
        request, message=str(refusal), to=reverse("segments:segment", args=[segment_id]), tone="bad"
    )
