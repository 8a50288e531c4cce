"""The contacts room."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The person: record, tags, fields, status, consent, identities."""

    name = "quen.apps.contacts"
    label = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame, listen."""
        from quen.apps.contacts import plugs, receivers

        plugs.register()
        receivers.connect()
