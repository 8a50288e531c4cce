"""URLs outside a workspace."""

from django.urls import include, path

from quen.apps.api.types import API_PATH
from quen.config import api
from quen.config.manifests import manifests

urlpatterns = [
    *(
        path(prefix, include(module))
        for _app, manifest in manifests()
        for prefix, module in manifest.public_pages.items()
    ),
    path("ui/", include("quen.ui.urls")),
    path(API_PATH.lstrip("/"), include(api.urlpatterns())),
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
