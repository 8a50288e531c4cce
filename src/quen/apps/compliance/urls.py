"""Pages of the app, inside a workspace."""

from django.urls import path

from quen.apps.compliance.views import consent_log, contact, settings, suppressions

app_name = "compliance"
urlpatterns = [
    path("", settings.sending_settings, name="settings"),
    path("terms/", settings.terms, name="terms"),
    path("suppressions/", suppressions.suppression_list, name="suppressions"),
    path("suppressions/new/", suppressions.suppress, name="suppress"),
    path("suppressions/file/", suppressions.suppression_file, name="suppression_file"),
    path("suppressions/<int:suppression_id>/remove/", suppressions.unsuppress, name="unsuppress"),
    path("consent-log/", consent_log.consent_log, name="consent_log"),
    path("consent-log/file/", consent_log.consent_log_file, name="consent_log_file"),
    path("contacts/<int:contact_id>/", contact.contact_panel, name="contact"),
    path("contacts/<int:contact_id>/unsubscribe/", contact.unsubscribe_contact, name="unsubscribe_contact"),
]
