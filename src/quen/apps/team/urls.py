"""Pages of the team app inside a workspace."""

from django.urls import path

from quen.apps.team.views import (
    archive,
    command_palette,
    log,
    members,
    notifications,
    overview,
    progress,
    settings,
)

app_name = "team"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("overview/onboarding/", overview.onboarding, name="onboarding"),
    path("overview/<str:key>/", overview.panel, name="panel"),
    path("team/", members.members, name="members"),
    path("team/roles/", members.roles, name="roles"),
    path("team/<int:member_id>/", members.member, name="member"),
    path("team/<int:member_id>/remove/", members.remove_member, name="remove_member"),
    path("team/invitations/", members.invite, name="invitations"),
    path("team/invitations/<int:invitation_id>/resend/", members.resend_invitation, name="resend_invitation"),
    path("team/invitations/<int:invitation_id>/revoke/", members.revoke_invitation, name="revoke_invitation"),
    path("settings/", settings.settings, name="settings"),
    path("settings/archive/", archive.archive, name="archive"),
    path("settings/archive/restore/", archive.unarchive, name="unarchive"),
    path("settings/archive/deletion/", archive.deletion, name="deletion"),
    path("log/", log.audit_log, name="log"),
    path("notifications/", notifications.notification_list, name="notifications"),
    path("notifications/read/", notifications.mark_all_read, name="mark_all_read"),
    path("notifications/emails/", notifications.email_preferences, name="email_preferences"),
    path("notifications/bell/", notifications.bell, name="bell"),
    path("notifications/<int:notification_id>/", notifications.notification, name="notification"),
    path("command-palette/", command_palette.command_palette, name="command_palette"),
    path("progress/<int:progress_id>/", progress.progress, name="progress"),
    path("progress/<int:progress_id>/retry/", progress.retry_progress, name="retry_progress"),
    path("progress/<int:progress_id>/stop/", progress.stop_progress, name="stop_progress"),
]
