"""URLs of campaigns, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.campaigns.views import audience, editing, lifecycle, listing, preview_and_test, reports

app_name = "campaigns"
urlpatterns = [
    path("", listing.campaign_list, name="campaign_list"),
    path("new/", listing.campaign_new, name="campaign_new"),
    path("<int:campaign_id>/", editing.campaign_detail, name="campaign"),
    path("<int:campaign_id>/name/", editing.name, name="name"),
    path("<int:campaign_id>/delivery/", editing.delivery, name="delivery"),
    path("<int:campaign_id>/time/", editing.send_time, name="send_time"),
    path("<int:campaign_id>/checklist/", editing.checklist, name="checklist"),
    path("<int:campaign_id>/link-check/", editing.link_check, name="link_check"),
    path("<int:campaign_id>/audience/", audience.audience_items, name="audience"),
    path("<int:campaign_id>/audience/choices/", audience.choices, name="choices"),
    path("<int:campaign_id>/audience/conditions/", audience.conditions, name="conditions"),
    path("<int:campaign_id>/audience/remove/", audience.remove_item, name="remove_item"),
    path("<int:campaign_id>/audience/confirm-everyone/", audience.confirm_everyone, name="confirm_everyone"),
    path("<int:campaign_id>/estimate/", audience.estimate, name="estimate"),
    path("<int:campaign_id>/estimate/skipped/<int:reason>/", audience.skipped, name="skipped"),
    path("<int:campaign_id>/preview/", preview_and_test.preview, name="preview"),
    path("<int:campaign_id>/test/", preview_and_test.test, name="test"),
    path("<int:campaign_id>/send/", lifecycle.send, name="send"),
    path("<int:campaign_id>/unschedule/", lifecycle.unschedule, name="unschedule"),
    path("<int:campaign_id>/pause/", lifecycle.pause, name="pause"),
    path("<int:campaign_id>/resume/", lifecycle.resume, name="resume"),
    path("<int:campaign_id>/cancel/", lifecycle.cancel, name="cancel"),
    path("<int:campaign_id>/retry/", lifecycle.retry, name="retry"),
    path("<int:campaign_id>/duplicate/", lifecycle.duplicate, name="duplicate"),
    path("<int:campaign_id>/resend-to-unopened/", lifecycle.resend_to_unopened, name="resend_to_unopened"),
    path("<int:campaign_id>/delete/", lifecycle.delete, name="delete"),
    path("<int:campaign_id>/restore/", lifecycle.restore, name="restore"),
    path("<int:campaign_id>/archive/", lifecycle.archive, name="archive"),
    path("<int:campaign_id>/unarchive/", lifecycle.unarchive, name="unarchive"),
    path("<int:campaign_id>/report/", reports.report, name="report"),
    path(
        "<int:campaign_id>/report/mail/<slug:language>/", preview_and_test.clicked_mail, name="clicked_mail"
    ),
    path("<int:campaign_id>/report/timeline/", reports.engagement_timeline, name="timeline"),
    path("<int:campaign_id>/report/resolve-uncertain/", reports.resolve_uncertain, name="resolve_uncertain"),
    path("<int:campaign_id>/report/<slug:metric>/", reports.report_contacts, name="report_contacts"),
]
