"""The compliance room."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """May this person be written to: suppression, refusals, the gate all sending passes."""

    name = "quen.apps.compliance"
    label = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Plug the room into the rooms below and into the frame."""
        from quen.apps.compliance import plugs

        plugs.register()
