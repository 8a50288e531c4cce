"""The accounts room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, workspaces and who may enter which."""

    name = "quen.apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
