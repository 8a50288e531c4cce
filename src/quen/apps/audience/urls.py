"""URLs of the audience app: the condition editor and its parts."""

from django.urls import path

from quen.apps.audience import views

app_name = "audience"
urlpatterns = [
    path("editor/", views.editor, name="editor"),
    path("count/", views.count, name="count"),
    path("row-counts/", views.row_counts, name="row_counts"),
    path("sample/", views.sample, name="sample"),
    path("explain/", views.explain, name="explain"),
]
