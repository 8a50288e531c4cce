"""Pages of the webhooks app, inside a workspace."""

from django.urls import path

from quen.apps.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("", views.endpoint_list, name="endpoint_list"),
    path("new/", views.new_endpoint, name="new"),
    path("<int:endpoint_id>/", views.endpoint_page, name="endpoint"),
    path("<int:endpoint_id>/edit/", views.edit_endpoint, name="edit"),
    path("<int:endpoint_id>/secret/", views.rotate_secret, name="secret"),
    path("<int:endpoint_id>/test/", views.send_test, name="test"),
    path("<int:endpoint_id>/pause/", views.pause, name="pause"),
    path("<int:endpoint_id>/resume/", views.resume, name="resume"),
    path("<int:endpoint_id>/delete/", views.delete, name="delete"),
    path("<int:endpoint_id>/replay/", views.replay_failed, name="replay_failed"),
    path("<int:endpoint_id>/messages/<int:message_id>/", views.message_page, name="message"),
    path("<int:endpoint_id>/messages/<int:message_id>/replay/", views.replay, name="replay"),
]
