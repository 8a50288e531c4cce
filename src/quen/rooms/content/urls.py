"""Pages of the content room, inside a workspace."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "content"
urlpatterns: list[URLPattern] = []
