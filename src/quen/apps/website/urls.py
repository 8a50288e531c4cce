"""URLs of the website app, under website/."""

from django.urls import path

from quen.apps.website.views import contact_panel, report, settings

app_name = "website"
urlpatterns = [
    path("", report.report, name="report"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/received/", settings.received, name="received"),
    path("settings/secret/", settings.secret, name="secret"),
    path("settings/test/", settings.test_page, name="test"),
    path("contacts/<int:contact_id>/", contact_panel.contact_visits, name="contact_visits"),
]
