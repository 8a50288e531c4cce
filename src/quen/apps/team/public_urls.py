"""Pages of the team app outside a workspace."""

from django.urls import path

from quen.apps.team.views.account import delete_account
from quen.apps.team.views.invitations import invitation
from quen.apps.team.views.workspaces import new_workspace, suggest_slug, workspace_list

urlpatterns = [
    path("workspaces/", workspace_list, name="workspaces"),
    path("workspaces/new/", new_workspace, name="new_workspace"),
    path("workspaces/new/slug/", suggest_slug, name="suggest_slug"),
    path("profile/delete/", delete_account, name="delete_account"),
    path("invitation/<str:token>/", invitation, name="invitation"),
]
