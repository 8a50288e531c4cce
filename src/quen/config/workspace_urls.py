"""URLs of a workspace, mounted at ``/w/<slug>/`` like a SCRIPT_NAME."""

from django.urls import include, path

from quen.config.manifests import manifests

urlpatterns = [
    path(manifest.pages, include(f"{app.module}.urls"))
    for app, manifest in manifests()
    if manifest.pages is not None
]
handler403 = "quen.ui.errors.forbidden"
handler404 = "quen.ui.errors.not_found"
handler500 = "quen.ui.errors.server_error"
handler400 = "quen.ui.errors.bad_request"
