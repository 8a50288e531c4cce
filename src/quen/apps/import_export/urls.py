"""Pages of the import_export room."""

from django.urls import path

from quen.apps.import_export.views import columns, data, listing, results, running, settings

app_name = "import_export"
urlpatterns = [
    path("", listing.import_list, name="import_list"),
    path("files/", listing.files, name="files"),
    path("pastes/", listing.pastes, name="pastes"),
    path("templates/<slug:key>/", listing.template, name="template"),
    path("<int:import_id>/", listing.import_, name="import"),
    path("<int:import_id>/removal/", listing.removal, name="removal"),
    path("<int:import_id>/data/", data.data, name="data"),
    path("<int:import_id>/columns/", columns.columns, name="columns"),
    path("<int:import_id>/settings/", settings.settings, name="settings"),
    path("<int:import_id>/trial/", running.trial, name="trial"),
    path("<int:import_id>/run/", running.run, name="run"),
    path("<int:import_id>/run/stop/", running.stop, name="stop"),
    path("<int:import_id>/run/continuation/", running.continuation, name="continuation"),
    path("<int:import_id>/refused.csv", results.refused, name="refused"),
    path("<int:import_id>/corrections/", results.corrections, name="corrections"),
    path("<int:import_id>/undoing/", results.undoing, name="undoing"),
]
