"""Addresses of the duplicates desk."""

from django.urls import path

from quen.apps.duplicates.views import desk, merged

app_name = "duplicates"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("sure/", merged.sure, name="sure"),
    path("merged/", merged.merged_list, name="merged"),
    path("merged/<int:merge_id>/", merged.undo_preview, name="undo_preview"),
    path("pairs/<int:pair_id>/apart/", desk.tell_apart, name="tell_apart"),
    path("pairs/<int:pair_id>/reopen/", desk.reopen, name="reopen"),
    path("pairs/<int:pair_id>/later/", desk.postpone, name="postpone"),
    path("contacts/<int:contact_id>/", desk.contact_panel, name="contact_panel"),
    path("contacts/<int:contact_id>/with/", desk.choose, name="choose"),
    path("compare/<int:first_id>/<int:second_id>/", desk.compare, name="compare"),
    path("compare/<int:first_id>/<int:second_id>/merge/", desk.merge, name="merge"),
]
