"""The table of the ingest app, in the shared schema: endpoints outside workspaces write to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.core.privacy import PersonalData


class RawEvent(models.Model):
    """An event from outside, as received: an opened mail, a clicked link, a provider's receipt.

    It is acknowledged only after it is committed. The app that owns the endpoint processes it later, then it is
    deleted.
    Personal data: body. Deleted when processed; after 30 days if it could not be processed.
    """

    personal_data = PersonalData(
        expires={
            "body": "deleted when processed, otherwise after 30 days by services.delete_expired",
            "external_id": "with body",
        },
        impersonal="endpoint",
    )

    workspace_id = models.BigIntegerField()
    #: key of a handler, see registry.register_endpoint
    endpoint = models.CharField(max_length=40)
    #: the sender's own id; a repeated call carries the same
    external_id = models.CharField(max_length=200, null=True)
    at = models.DateTimeField()
    body = models.JSONField(default=dict)
    quarantined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="raw_event_once",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace_id", "endpoint", "id"], name="raw_event_by_workspace")
        ]
