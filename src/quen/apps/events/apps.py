"""The events room."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """What people did: one append-only stream a workspace."""

    name = "quen.apps.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of events and the conditions on them."""
        from quen.apps.events import event_kinds, plugs

        event_kinds.register()
        plugs.register()
