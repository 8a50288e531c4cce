"""Pages of the signup app, inside a workspace."""

from django.urls import path

from quen.apps.signup.views import counter, editor, external, listing, parts, reports, submissions

app_name = "signup"
urlpatterns = [
    path("", listing.form_list, name="form_list"),
    path("new/", listing.form_new, name="form_new"),
    path("contacts/<int:contact_id>/", submissions.contact_panel, name="contact"),
    path("proposals/<int:proposal_id>/", submissions.decide, name="proposal"),
    path("submissions/<int:submission_id>/", submissions.submission_page, name="submission"),
    path("submissions/<int:submission_id>/release/", submissions.release, name="release"),
    path("submissions/<int:submission_id>/reading/", submissions.read_again, name="read_again"),
    path("<int:form_id>/", editor.editor, name="form"),
    path("<int:form_id>/preview/", editor.preview, name="preview"),
    path("<int:form_id>/name/", listing.form_name, name="form_name"),
    path("<int:form_id>/parts/<slug:key>/", parts.save_part, name="part"),
    path("<int:form_id>/items/", parts.add_item, name="items"),
    path("<int:form_id>/items/<slug:key>/removal/", parts.remove_item, name="item_removal"),
    path("<int:form_id>/items/<slug:key>/place/", parts.place_item, name="item_place"),
    path("<int:form_id>/publication/", listing.publish, name="publication"),
    path("<int:form_id>/review/", listing.review, name="review"),
    path("<int:form_id>/draft/removal/", listing.discard, name="discard"),
    path("<int:form_id>/closing/", listing.close, name="closing"),
    path("<int:form_id>/opening/", listing.reopen, name="opening"),
    path("<int:form_id>/removal/", listing.delete, name="removal"),
    path("<int:form_id>/qr/<slug:kind>/", editor.qr_code, name="qr"),
    path("<int:form_id>/wordings/<int:wording_id>/", reports.wording, name="wording"),
    path("<int:form_id>/report/", reports.report, name="report"),
    path("<int:form_id>/submissions/", submissions.submission_list, name="submissions"),
    path("<int:form_id>/counter/", counter.counter, name="counter"),
    path("<int:form_id>/setup/", external.setup, name="setup"),
    path("<int:form_id>/consent/", external.consent, name="consent"),
    path("<int:form_id>/address/", external.renew, name="address"),
]
