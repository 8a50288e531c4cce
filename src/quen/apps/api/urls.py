"""Pages of the api app, inside a workspace."""

from django.urls import path

from quen.apps.api import views

app_name = "api"
urlpatterns = [
    path("", views.key_list, name="key_list"),
    path("new/", views.new_key, name="new_key"),
    path("<int:key_id>/revoke/", views.revoke_key, name="revoke_key"),
    path("calls/", views.call_list, name="call_list"),
    path("documentation/", views.documentation, name="documentation"),
]
