"""Pages of the channels app, inside a workspace."""

from django.urls import path

from quen.apps.channels.views import connections, sandbox, senders

app_name = "channels"
urlpatterns = [
    path("", connections.channels, name="channels"),
    path("<int:connection_id>/rate/", connections.use_found_rate, name="use_found_rate"),
    path("<int:connection_id>/activate/", connections.activate, name="activate"),
    path("senders/<int:sender_id>/", senders.sender, name="sender"),
    path("senders/<int:sender_id>/prefer/", senders.sender_prefer, name="sender_prefer"),
    path("senders/<int:sender_id>/remove/", senders.sender_remove, name="sender_remove"),
    path("sandbox/", sandbox.inbox, name="sandbox"),
    path("sandbox/empty/", sandbox.empty, name="sandbox_empty"),
    path("sandbox/<int:message_id>/", sandbox.message, name="sandbox_message"),
    path("sandbox/<int:message_id>/body/", sandbox.body, name="sandbox_body"),
    path("sandbox/<int:message_id>/simulate/", sandbox.simulate, name="sandbox_simulate"),
    path("<slug:channel>/test/", connections.send_test, name="send_test"),
    path("<slug:channel>/sandbox/", connections.use_sandbox, name="use_sandbox"),
    path("<slug:channel>/senders/new/", senders.sender_new, name="sender_new"),
    path("<slug:channel>/adapters/<slug:adapter>/", connections.adapter, name="adapter"),
]
