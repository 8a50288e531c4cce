"""Pages of the team room outside a workspace."""

from django.urls import path

from quen.apps.team.views.joining import invitation
from quen.apps.team.views.workspaces import address_name, listing, new

urlpatterns = [
    path("workspaces/", listing, name="workspaces"),
    path("workspaces/new/", new, name="new_workspace"),
    path("workspaces/new/address/", address_name, name="address_name"),
    path("invitation/<str:token>/", invitation, name="invitation"),
]
