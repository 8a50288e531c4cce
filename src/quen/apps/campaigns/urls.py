"""Pages of the campaigns room, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.campaigns.views import audience, composing, lifecycle, listing, reporting, trying

app_name = "campaigns"
urlpatterns = [
    path("", listing.campaign_list, name="campaign_list"),
    path("new/", listing.campaign_new, name="campaign_new"),
    path("<int:campaign_id>/", composing.campaign, name="campaign"),
    path("<int:campaign_id>/name/", composing.name, name="name"),
    path("<int:campaign_id>/delivery/", composing.delivery, name="delivery"),
    path("<int:campaign_id>/time/", composing.send_time, name="send_time"),
    path("<int:campaign_id>/checks/", composing.checks, name="checks"),
    path("<int:campaign_id>/links/", composing.links, name="links"),
    path("<int:campaign_id>/audience/", audience.picks, name="audience"),
    path("<int:campaign_id>/audience/choices/", audience.choices, name="choices"),
    path("<int:campaign_id>/audience/conditions/", audience.conditions, name="conditions"),
    path("<int:campaign_id>/audience/removal/", audience.removal, name="pick_removal"),
    path("<int:campaign_id>/audience/everyone/", audience.everyone, name="everyone"),
    path("<int:campaign_id>/reach/", audience.reach, name="reach"),
    path("<int:campaign_id>/reach/<int:reason>/", audience.left_out, name="left_out"),
    path("<int:campaign_id>/preview/", trying.preview, name="preview"),
    path("<int:campaign_id>/test/", trying.test, name="test"),
    path("<int:campaign_id>/sending/", lifecycle.sending, name="sending"),
    path("<int:campaign_id>/draft/", lifecycle.draft, name="draft"),
    path("<int:campaign_id>/pause/", lifecycle.pause, name="pause"),
    path("<int:campaign_id>/resumption/", lifecycle.resumption, name="resumption"),
    path("<int:campaign_id>/cancellation/", lifecycle.cancellation, name="cancellation"),
    path("<int:campaign_id>/retry/", lifecycle.retry, name="retry"),
    path("<int:campaign_id>/copies/", lifecycle.copies, name="copies"),
    path("<int:campaign_id>/copies/unopened/", lifecycle.unopened, name="unopened"),
    path("<int:campaign_id>/removal/", lifecycle.removal, name="removal"),
    path("<int:campaign_id>/restoration/", lifecycle.restoration, name="restoration"),
    path("<int:campaign_id>/archive/", lifecycle.archive, name="archive"),
    path("<int:campaign_id>/unarchive/", lifecycle.unarchive, name="unarchive"),
    path("<int:campaign_id>/report/", reporting.report, name="report"),
    path("<int:campaign_id>/report/course/", reporting.course, name="course"),
    path("<int:campaign_id>/report/uncertain/", reporting.uncertain, name="uncertain"),
    path("<int:campaign_id>/report/<slug:figure>/", reporting.people, name="people"),
]
