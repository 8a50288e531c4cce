from django.urls import path

from quen.ui import gallery

app_name = "ui"
urlpatterns = [
    path("", gallery.gallery, name="gallery"),
    path("drawer/", gallery.drawer, name="drawer"),
    path("options/", gallery.options, name="options"),
    path("action/", gallery.sample_action, name="action"),
    path("error/<int:status>/", gallery.error, name="error"),
]
