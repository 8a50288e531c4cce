"""Pages of the webhooks app, inside a workspace."""

from django.urls import URLPattern

app_name = "webhooks"
urlpatterns: list[URLPattern] = []
