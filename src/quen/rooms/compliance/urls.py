"""Pages of the compliance room, inside a workspace."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "compliance"
urlpatterns: list[URLPattern] = []
