"""URLs of the import_export app."""

from django.urls import path

from quen.apps.import_export.views import columns, data, exports, listing, results, run, settings

app_name = "import_export"
urlpatterns = [
    path("", listing.import_list, name="import_list"),
    path("files/", listing.files, name="files"),
    path("pastes/", listing.pastes, name="pastes"),
    path("templates/<slug:kind>/<slug:key>/", listing.template, name="template"),
    path("news/", exports.hear_of_all, name="hear_of_all"),
    path("exports/<int:export_id>/", exports.export, name="export"),
    path("exports/<int:export_id>/stop/", exports.stop_export, name="stop_export"),
    path("exports/<int:export_id>/delete/", exports.delete_export, name="delete_export"),
    path("exports/files/<str:token>/", exports.export_file, name="export_file"),
    path("<int:import_id>/", listing.import_, name="import"),
    path("<int:import_id>/delete/", listing.delete, name="delete"),
    path("<int:import_id>/data/", data.data, name="data"),
    path("<int:import_id>/columns/", columns.columns, name="columns"),
    path("<int:import_id>/settings/", settings.settings, name="settings"),
    path("<int:import_id>/dry-run/", run.dry_run, name="dry_run"),
    path("<int:import_id>/run/", run.run, name="run"),
    path("<int:import_id>/run/stop/", run.stop, name="stop"),
    path("<int:import_id>/run/resume/", run.resume, name="resume"),
    path("<int:import_id>/refused.csv", results.refused, name="refused"),
    path("<int:import_id>/refused.xlsx", results.refused_workbook, name="refused_workbook"),
    path("<int:import_id>/retry/", results.retry, name="retry"),
    path("<int:import_id>/undo/", results.undo, name="undo"),
]
