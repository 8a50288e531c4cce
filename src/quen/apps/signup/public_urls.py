"""Pages for customers: a form by its public address, and the link in the mail that asks to confirm."""

from django.urls import path

from quen.apps.signup.views import confirmation, public

urlpatterns = [
    path("confirm/<str:token>/", confirmation.confirm, name="signup_confirm"),
    path("<str:token>/", public.form_page, name="signup_form"),
    path("<str:token>/thanks/", public.thanks, name="signup_thanks"),
    path("<str:token>/again/", public.again, name="signup_again"),
    path("<str:token>/time/", public.touch_time, name="signup_time"),
    path("<str:token>/embed.js", public.embed_script, name="signup_embed"),
]
