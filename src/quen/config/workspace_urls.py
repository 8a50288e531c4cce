"""Pages of a workspace, mounted at ``/w/<slug>/`` as SCRIPT_NAME would be."""

from django.urls import include, path

urlpatterns = [
    path("", include("quen.apps.team.urls")),
    path("imports/", include("quen.apps.import_export.urls")),
    path("audience/", include("quen.apps.audience.urls")),
    path("contacts/", include("quen.apps.contacts.urls")),
    path("segments/", include("quen.apps.segments.urls")),
    path("sending/", include("quen.apps.compliance.urls")),
    path("channels/", include("quen.apps.channels.urls")),
    path("content/", include("quen.apps.content.urls")),
    path("messages/", include("quen.apps.delivery.urls")),
    path("campaigns/", include("quen.apps.campaigns.urls")),
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
