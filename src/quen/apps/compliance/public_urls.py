"""Pages behind the unsubscribe links of messages; the token in the URL is the permission."""

from django.urls import path

from quen.apps.compliance.views import unsubscribe

urlpatterns = [
    path("<str:token>/", unsubscribe.preferences, name="unsubscribe"),
    path("<str:token>/one-click/", unsubscribe.one_click, name="unsubscribe_one_click"),
    path("<str:token>/keep/", unsubscribe.keep, name="unsubscribe_keep"),
    path("<str:token>/undo/", unsubscribe.undo, name="unsubscribe_undo"),
    path("<str:token>/resubscribe/", unsubscribe.resubscribe, name="unsubscribe_resubscribe"),
    path("<str:token>/unblock/", unsubscribe.unblock, name="unsubscribe_unblock"),
    path("<str:token>/details/", unsubscribe.details, name="unsubscribe_details"),
]
