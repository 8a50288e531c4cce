"""URLs of segments, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.segments.views import editing, lifecycle, listing, page

app_name = "segments"
urlpatterns = [
    path("", listing.segment_list, name="segment_list"),
    path("uses/", listing.segment_uses, name="segment_uses"),
    path("contact/<int:contact_id>/", listing.contact_segments, name="contact_segments"),
    path("new/", editing.segment_new, name="segment_new"),
    path("reach/", editing.segment_reach, name="segment_reach"),
    path("<int:segment_id>/", page.segment_detail, name="segment"),
    path("<int:segment_id>/members/", page.segment_members, name="segment_members"),
    path("<int:segment_id>/demographics/", page.segment_demographics, name="segment_demographics"),
    path("<int:segment_id>/overlap/", page.segment_overlap, name="segment_overlap"),
    path("<int:segment_id>/edit/", editing.segment_edit, name="segment_edit"),
    path("<int:segment_id>/duplicate/", lifecycle.segment_duplicate, name="segment_duplicate"),
    path("<int:segment_id>/recompute/", lifecycle.segment_recompute, name="segment_recompute"),
    path("<int:segment_id>/archive/", lifecycle.segment_archive, name="segment_archive"),
    path("<int:segment_id>/restore/", lifecycle.segment_restore, name="segment_restore"),
]
