"""Pages of the compliance room, inside a workspace."""

from django.urls import path

from quen.apps.compliance.views import ledger, person, rules, suppressing

app_name = "compliance"
urlpatterns = [
    path("", rules.rules, name="rules"),
    path("terms/", rules.terms, name="terms"),
    path("suppressed/", suppressing.suppressed, name="suppressed"),
    path("suppressed/new/", suppressing.suppressing, name="suppressing"),
    path("suppressed/file/", suppressing.suppression_file, name="suppression_file"),
    path("suppressed/<int:suppression_id>/lifting/", suppressing.lifting, name="lifting"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/file/", ledger.ledger_file, name="ledger_file"),
    path("people/<int:contact_id>/", person.person, name="person"),
    path("people/<int:contact_id>/refusal/", person.refusal, name="refusal"),
]
