"""Pages of the contacts room."""

from django.urls import path

from quen.apps.contacts.views import bulk, exports, fields, listing, person, sources, tags, timeline, values

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
    path("new/", person.contact_new, name="contact_new"),
    path("deleted/", person.deleted_list, name="deleted_list"),
    path("incomplete/", person.incomplete_list, name="incomplete_list"),
    path("<int:contact_id>/", person.contact, name="contact"),
    path("<int:contact_id>/head/", person.head, name="contact_head"),
    path("<int:contact_id>/editing/", person.contact_edit, name="contact_edit"),
    path("<int:contact_id>/deletion/", person.contact_deletion, name="contact_deletion"),
    path("<int:contact_id>/restoration/", person.contact_restoration, name="contact_restoration"),
    path("<int:contact_id>/values/<str:key>/", values.contact_value, name="contact_value"),
    path("<int:contact_id>/taggings/", values.contact_tags, name="contact_tags"),
    path("<int:contact_id>/status/", values.contact_status, name="contact_status"),
    path("<int:contact_id>/consent/<str:channel>/", values.contact_consent, name="contact_consent"),
    path("<int:contact_id>/timeline/", timeline.contact_timeline, name="contact_timeline"),
    path("<int:contact_id>/notes/", timeline.contact_notes, name="contact_notes"),
    path("<int:contact_id>/notes/<int:event_id>/removal/", timeline.note_removal, name="note_removal"),
    path("fields/", fields.field_list, name="field_list"),
    path("fields/new/", fields.field_new, name="field_new"),
    path("fields/<int:field_id>/", fields.field_edit, name="field_edit"),
    path("fields/<int:field_id>/place/", fields.field_place, name="field_place"),
    path("fields/<int:field_id>/archiving/", fields.field_archiving, name="field_archiving"),
    path("fields/<int:field_id>/restoration/", fields.field_restoration, name="field_restoration"),
    path("fields/<int:field_id>/removal/", fields.field_removal, name="field_removal"),
    path("tags/", tags.tag_list, name="tag_list"),
    path("tags/words/", tags.tag_words, name="tag_words"),
    path("tags/<int:tag_id>/", tags.tag, name="tag"),
    path("tags/<int:tag_id>/removal/", tags.tag_removal, name="tag_removal"),
    path("sources/", sources.source_list, name="source_list"),
    path("sources/new/", sources.source_new, name="source_new"),
    path("sources/<int:source_id>/", sources.source_edit, name="source_edit"),
]
