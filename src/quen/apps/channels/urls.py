"""Pages of the channels room, inside a workspace."""

from django.urls import path

from quen.apps.channels.views import connections, sandbox, senders

app_name = "channels"
urlpatterns = [
    path("", connections.channels, name="channels"),
    path("smtp/", connections.smtp, name="smtp"),
    path("tests/", connections.tests, name="tests"),
    path("<int:connection_id>/choice/", connections.choice, name="choice"),
    path("senders/new/", senders.sender_new, name="sender_new"),
    path("senders/<int:sender_id>/", senders.sender, name="sender"),
    path("senders/<int:sender_id>/preference/", senders.sender_preference, name="sender_preference"),
    path("senders/<int:sender_id>/removal/", senders.sender_removal, name="sender_removal"),
    path("sandbox/", sandbox.inbox, name="sandbox"),
    path("sandbox/removal/", sandbox.removal, name="sandbox_removal"),
    path("sandbox/<int:message_id>/", sandbox.message, name="sandbox_message"),
    path("sandbox/<int:message_id>/body/", sandbox.body, name="sandbox_body"),
    path("sandbox/<int:message_id>/plays/", sandbox.plays, name="sandbox_plays"),
]
