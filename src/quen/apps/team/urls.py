"""Pages of the team room inside a workspace."""

from django.urls import path

from quen.apps.team.views import log, news, overview, people, settings

app_name = "team"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("overview/steps/", overview.steps, name="steps"),
    path("overview/<str:key>/", overview.panel, name="panel"),
    path("team/", people.members, name="members"),
    path("team/roles/", people.roles, name="roles"),
    path("team/<int:member_id>/", people.member, name="member"),
    path("team/<int:member_id>/removal/", people.removal, name="removal"),
    path("team/invitations/", people.invitations, name="invitations"),
    path("team/invitations/<int:invitation_id>/resending/", people.resending, name="resending"),
    path("team/invitations/<int:invitation_id>/revoking/", people.revoking, name="revoking"),
    path("settings/", settings.settings, name="settings"),
    path("log/", log.log, name="log"),
    path("notices/", news.notices, name="notices"),
    path("notices/reading/", news.reading, name="reading"),
    path("notices/bell/", news.bell, name="bell"),
    path("notices/<int:notice_id>/", news.notice, name="notice"),
    path("palette/", news.palette, name="palette"),
    path("progress/<int:progress_id>/", news.progress, name="progress"),
    path("progress/<int:progress_id>/stop/", news.stop, name="stop"),
]
