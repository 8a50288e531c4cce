"""Pages behind the links of messages; the token in the address is the permission."""

from django.urls import path

from quen.apps.compliance.views import public

urlpatterns = [
    path("<str:token>/", public.choice, name="unsubscribe"),
    path("<str:token>/one-click/", public.one_click, name="unsubscribe_one_click"),
    path("<str:token>/stay/", public.stay, name="unsubscribe_stay"),
    path("<str:token>/undo/", public.undo, name="unsubscribe_undo"),
    path("<str:token>/return/", public.coming_back, name="unsubscribe_return"),
    path("<str:token>/unblocking/", public.unblocking, name="unsubscribe_unblocking"),
    path("<str:token>/details/", public.details, name="unsubscribe_details"),
]
