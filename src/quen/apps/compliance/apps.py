"""The compliance app."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """Who may be sent a message: suppressions, unsubscribes, eligibility."""

    name = "quen.apps.compliance"
    label = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the manifest has no field for."""
        from quen.apps.compliance import manifest

        manifest.register()
