"""Pages of the delivery room, inside a workspace."""

from __future__ import annotations

from django.urls import path

from quen.apps.delivery.views import launches, messages

app_name = "delivery"
urlpatterns = [
    path("", messages.message_list, name="message_list"),
    path("<int:message_id>/", messages.message, name="message"),
    path("<int:message_id>/words/", messages.words, name="words"),
    path("<int:message_id>/settlement/", messages.settlement, name="settlement"),
    path("people/<int:contact_id>/", messages.person, name="person"),
    path("launches/<int:launch_id>/", launches.progress, name="launch"),
    path("launches/<int:launch_id>/pause/", launches.pause, name="pause"),
    path("launches/<int:launch_id>/resumption/", launches.resumption, name="resumption"),
    path("launches/<int:launch_id>/cancellation/", launches.cancellation, name="cancellation"),
    path("launches/<int:launch_id>/settlement/", launches.settlement, name="settlement_of_all"),
    path("launches/<int:launch_id>/retry/", launches.retry, name="retry"),
]
