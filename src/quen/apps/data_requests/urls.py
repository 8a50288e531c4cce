"""Pages of the data_requests app, inside a workspace."""

from django.urls import path

from quen.apps.data_requests import views

app_name = "data_requests"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("settings/", views.settings, name="settings"),
    path("new/<int:contact_id>/", views.new_request, name="new"),
    path("contacts/<int:contact_id>/", views.contact_panel, name="contact"),
    path("contacts/<int:contact_id>/unrestrict/", views.unrestrict, name="unrestrict"),
    path("<int:request_id>/", views.request_page, name="request"),
    path("<int:request_id>/step/", views.take_step, name="step"),
    path("<int:request_id>/answer/", views.answer, name="answer"),
    path("<int:request_id>/erasure/", views.erasure, name="erasure"),
    path("<int:request_id>/copy/", views.copy_page, name="copy"),
    path("<int:request_id>/copy/<slug:form>/", views.copy_file, name="copy_file"),
    path("<int:request_id>/certificate/", views.certificate, name="certificate"),
]
