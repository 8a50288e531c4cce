"""Pages of the team room outside a workspace."""

from django.urls import path

from quen.rooms.team.views import joining, workspaces

urlpatterns = [
    path("workspaces/", workspaces.listing, name="workspaces"),
    path("workspaces/new/", workspaces.new, name="new_workspace"),
    path("workspaces/new/address/", workspaces.address_name, name="address_name"),
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
]
