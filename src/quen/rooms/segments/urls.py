"""Pages of the segments room, inside a workspace."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "segments"
urlpatterns: list[URLPattern] = []
