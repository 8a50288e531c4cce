"""Pages outside a workspace."""

from django.urls import include, path

urlpatterns = [
    path("", include("quen.apps.accounts.urls")),
    path("", include("quen.apps.team.public_urls")),
    path("accounts/", include("quen.apps.accounts.auth_urls")),
    path("u/", include("quen.apps.compliance.public_urls")),
    path("ui/", include("quen.ui.urls")),
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
