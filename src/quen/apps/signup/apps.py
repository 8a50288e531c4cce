"""The signup app."""

from django.apps import AppConfig


class SignupConfig(AppConfig):
    """Forms through which strangers become customers."""

    name = "quen.apps.signup"
    label = "signup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.signup import manifest

        manifest.register()
