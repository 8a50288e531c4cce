"""The contacts app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The people a shop knows: record, tags, fields, status, consent, identities."""

    name = "quen.apps.contacts"
    label = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest cannot declare, connect signal receivers."""
        from quen.apps.contacts import manifest, receivers

        manifest.register()
        receivers.connect()
