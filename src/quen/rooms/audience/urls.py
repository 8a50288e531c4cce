"""Addresses of the audience room: parts of pages that filter people."""

from django.urls import URLPattern

app_name = "audience"
urlpatterns: list[URLPattern] = []
