"""Pages behind the unsubscribe links of messages; the token in the URL is the permission."""

from django.urls import path

from quen.apps.compliance.views import own_data, purposes, unsubscribe

urlpatterns = [
    path("<str:token>/", unsubscribe.preferences, name="unsubscribe"),
    path("<str:token>/one-click/", unsubscribe.one_click, name="unsubscribe_one_click"),
    path("<str:token>/keep/", unsubscribe.keep, name="unsubscribe_keep"),
    path("<str:token>/undo/", unsubscribe.undo, name="unsubscribe_undo"),
    path("<str:token>/resubscribe/", unsubscribe.resubscribe, name="unsubscribe_resubscribe"),
    path("<str:token>/unblock/", unsubscribe.unblock, name="unsubscribe_unblock"),
    path("<str:token>/choices/", own_data.choose, name="unsubscribe_choose"),
    path("<str:token>/uses/", purposes.choose_uses, name="unsubscribe_uses"),
    path("<str:token>/block/", own_data.block, name="unsubscribe_block"),
    path("<str:token>/requests/<slug:kind>/", own_data.ask, name="unsubscribe_ask"),
    path("<str:token>/address/code/", own_data.address_code, name="unsubscribe_address_code"),
    path("<str:token>/address/<slug:column>/", own_data.address, name="unsubscribe_address"),
    path("<str:token>/details/", unsubscribe.details, name="unsubscribe_details"),
]
