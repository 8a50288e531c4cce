"""Pages of a workspace, mounted at ``/w/<slug>/`` as SCRIPT_NAME would be."""

from django.urls import include, path

urlpatterns = [
    path("", include("quen.rooms.team.urls")),
    path("imports/", include("quen.rooms.exchange.urls")),
    path("audience/", include("quen.rooms.audience.urls")),
    path("contacts/", include("quen.rooms.contacts.urls")),
    path("segments/", include("quen.rooms.segments.urls")),
    path("sending/", include("quen.rooms.compliance.urls")),
    path("channels/", include("quen.rooms.channels.urls")),
    path("content/", include("quen.rooms.content.urls")),
    path("messages/", include("quen.rooms.delivery.urls")),
    path("campaigns/", include("quen.rooms.campaigns.urls")),
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
