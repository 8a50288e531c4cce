"""Copying, archiving and restoring a segment."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quen.apps.segments import services
from quen.apps.segments.access import segment_for
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.pages import success


@allowed(Right.EDIT_SEGMENTS)
@require_POST
def segment_duplicate(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Copy a segment and open the copy to be changed."""
    segment = segment_for(segment_id)
    try:
        copy = services.duplicate_segment(segment=segment, actor=request.member, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("“%(name)s” is a copy; change what should differ.") % {"name": copy.name}
    return success(request, message=message, to=reverse("segments:segment_edit", args=[copy.pk]))


@allowed(Right.EDIT_SEGMENTS)
@require_POST
def segment_archive(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Put a segment away, unless something uses it; the toast brings it back."""
    segment = segment_for(segment_id)
    try:
        services.archive_segment(segment=segment, actor=request.member, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("“%(name)s” is archived.") % {"name": segment.name}
    undo = reverse("segments:segment_restore", args=[segment.pk])
    return success(request, message=message, to=reverse("segments:segment_list"), undo=undo)


@allowed(Right.EDIT_SEGMENTS)
@require_POST
def segment_restore(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Bring an archived segment back; its members are counted anew."""
    segment = segment_for(segment_id)
    try:
        services.restore_segment(segment=segment, actor=request.member, now=request.now)
    except DomainError as refusal:
        return _refused(request, segment.pk, refusal)
    message = _("“%(name)s” is in use again.") % {"name": segment.name}
    return success(request, message=message, to=reverse("segments:segment", args=[segment.pk]))


def _refused(request: WorkspaceRequest, segment_id: int, refusal: DomainError) -> HttpResponse:
    return success(
        request, message=str(refusal), to=reverse("segments:segment", args=[segment_id]), tone="bad"
    )
