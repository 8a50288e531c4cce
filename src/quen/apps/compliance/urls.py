"""Pages of the app, inside a workspace."""

from django.urls import path

from quen.apps.compliance.views import (
    company,
    consent_log,
    contact,
    purposes,
    register,
    settings,
    suppressions,
    topics,
)

app_name = "compliance"
urlpatterns = [
    path("", settings.sending_settings, name="settings"),
    path("first/", settings.first_sending, name="first_sending"),
    path("topics/", topics.topic_list, name="topics"),
    path("topics/new/", topics.topic_new, name="topic_new"),
    path("topics/<int:topic_id>/", topics.topic_edit, name="topic_edit"),
    path("topics/<int:topic_id>/move/", topics.topic_move, name="topic_move"),
    path("topics/<int:topic_id>/archive/", topics.topic_archive, name="topic_archive"),
    path("topics/<int:topic_id>/restore/", topics.topic_restore, name="topic_restore"),
    path("terms/", settings.terms, name="terms"),
    path("company/", company.company, name="company"),
    path("company/code/", company.company_code, name="company_code"),
    path("company/request/withdrawal/", company.withdraw_request, name="withdraw_join_request"),
    path("company/requests/<int:request_id>/acceptance/", company.accept_request, name="accept_join_request"),
    path("company/requests/<int:request_id>/refusal/", company.decline_request, name="decline_join_request"),
    path("company/departure/", company.leave, name="leave_company"),
    path("suppressions/", suppressions.suppression_list, name="suppressions"),
    path("suppressions/new/", suppressions.suppress, name="suppress"),
    path("suppressions/register/", register.upload_register, name="register"),
    path("suppressions/file/", suppressions.suppression_file, name="suppression_file"),
    path("suppressions/<int:suppression_id>/remove/", suppressions.unsuppress, name="unsuppress"),
    path("consent-log/", consent_log.consent_log, name="consent_log"),
    path("consent-log/file/", consent_log.consent_log_file, name="consent_log_file"),
    path("contacts/<int:contact_id>/", contact.contact_panel, name="contact"),
    path("contacts/<int:contact_id>/uses/<slug:purpose>/", purposes.contact_purpose, name="contact_purpose"),
    path("contacts/<int:contact_id>/unsubscribe/", contact.unsubscribe_contact, name="unsubscribe_contact"),
]
