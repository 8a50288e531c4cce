"""Pages of the delivery app, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.delivery.views import dispatches, messages

app_name = "delivery"
urlpatterns = [
    path("", messages.message_list, name="message_list"),
    path("<int:message_id>/", messages.message, name="message"),
    path("<int:message_id>/body/", messages.message_body, name="message_body"),
    path("<int:message_id>/resolve/", messages.resolve, name="resolve"),
    path("contacts/<int:contact_id>/", messages.contact_messages, name="contact_messages"),
    path("dispatches/<int:dispatch_id>/", dispatches.progress, name="dispatch"),
    path("dispatches/<int:dispatch_id>/pause/", dispatches.pause, name="pause"),
    path("dispatches/<int:dispatch_id>/resume/", dispatches.resume, name="resume"),
    path("dispatches/<int:dispatch_id>/cancel/", dispatches.cancel, name="cancel"),
    path("dispatches/<int:dispatch_id>/resolve/", dispatches.resolve, name="resolve_all"),
    path("dispatches/<int:dispatch_id>/retry/", dispatches.retry, name="retry"),
]
