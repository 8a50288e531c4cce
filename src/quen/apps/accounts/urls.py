"""Pages of the user's own account and of operators, and the start page."""

from django.urls import path

from quen.apps.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.first_password, name="account_set_password"),
    path("profile/email/", views.change_email, name="change_email"),
    path("profile/devices/", views.end_sessions, name="end_sessions"),
    path("email/<str:token>/", views.confirm_email, name="confirm_email"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("sign-in/<str:token>/", views.sign_in_link, name="sign_in_link"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<int:mail_id>/", views.mail, name="mail"),
    path("installation/", views.installation, name="installation"),
    path("installation/<str:slug>/", views.installed_workspace, name="installed_workspace"),
    path("installation/<str:slug>/pause/", views.pause_workspace, name="pause_workspace"),
    path("installation/<str:slug>/resume/", views.resume_workspace, name="resume_workspace"),
]
