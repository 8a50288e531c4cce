"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, workspaces and memberships."""

    name = "quen.apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect signals."""
        from quen.apps.accounts import receivers

        receivers.connect()
