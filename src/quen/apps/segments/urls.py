"""Pages of the segments room, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.segments.views import editing, lifecycle, listing, page

app_name = "segments"
urlpatterns = [
    path("", listing.segment_list, name="segment_list"),
    path("uses/", listing.segment_uses, name="segment_uses"),
    path("of/<int:contact_id>/", listing.contact_segments, name="contact_segments"),
    path("new/", editing.segment_new, name="segment_new"),
    path("reach/", editing.segment_reach, name="segment_reach"),
    path("<int:segment_id>/", page.segment, name="segment"),
    path("<int:segment_id>/members/", page.segment_members, name="segment_members"),
    path("<int:segment_id>/portrait/", page.segment_portrait, name="segment_portrait"),
    path("<int:segment_id>/overlap/", page.segment_overlap, name="segment_overlap"),
    path("<int:segment_id>/editing/", editing.segment_edit, name="segment_edit"),
    path("<int:segment_id>/copies/", lifecycle.segment_copies, name="segment_copies"),
    path("<int:segment_id>/archiving/", lifecycle.segment_archiving, name="segment_archiving"),
    path("<int:segment_id>/restoration/", lifecycle.segment_restoration, name="segment_restoration"),
]
