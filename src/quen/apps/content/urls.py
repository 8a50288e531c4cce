"""Pages of the content app, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.content import views

app_name = "content"
urlpatterns = [
    path("<int:content_id>/", views.content, name="content"),
    path("<int:content_id>/preview/", views.preview, name="preview"),
    path("<int:content_id>/contacts/", views.preview_contacts, name="preview_contacts"),
    path("<int:content_id>/<slug:language>/", views.version, name="version"),
    path("<int:content_id>/<slug:language>/frame/", views.frame, name="frame"),
    path("<int:content_id>/<slug:language>/design/", views.design, name="design"),
    path("<int:content_id>/<slug:language>/design/<slug:key>/", views.design_frame, name="design_frame"),
]
