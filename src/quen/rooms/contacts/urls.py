"""Pages of the contacts room."""

from django.urls import path

from quen.rooms.contacts.views import bulk, exports, listing

app_name = "contacts"
urlpatterns = [
    path("", listing.contact_list, name="contact_list"),
    path("total/", listing.contact_total, name="contact_total"),
    path("columns/", listing.contact_columns, name="contact_columns"),
    path("<int:contact_id>/glance/", listing.contact_glance, name="contact_glance"),
    path("taggings/", bulk.taggings, name="taggings"),
    path("taggings/removal/", bulk.taggings_removal, name="taggings_removal"),
    path("status-changes/", bulk.status_changes, name="status_changes"),
    path("deletions/", bulk.deletions, name="deletions"),
    path("exports/", exports.exports, name="exports"),
    path("changes/<int:change_id>/undoing/", bulk.undoing, name="undoing"),
]
