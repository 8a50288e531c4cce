"""Pages outside a workspace."""

from django.urls import include, path

urlpatterns = [
    path("", include("quen.rooms.accounts.urls")),
    path("", include("quen.rooms.team.public_urls")),
    path("accounts/", include("quen.rooms.accounts.auth_urls")),
    path("u/", include("quen.rooms.compliance.public_urls")),
    path("ui/", include("quen.ui.urls")),
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
