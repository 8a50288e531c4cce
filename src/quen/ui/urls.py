from django.urls import path

from quen.ui import gallery

app_name = "ui"
urlpatterns = [
    path("", gallery.gallery, name="gallery"),
    path("part/", gallery.part, name="part"),
    path("options/", gallery.options, name="options"),
    path("deed/", gallery.deed, name="deed"),
    path("error/<int:status>/", gallery.error, name="error"),
]
