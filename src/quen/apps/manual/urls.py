"""URLs of the manual, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.manual import views

app_name = "manual"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:key>/", views.manual_page, name="page"),
]
