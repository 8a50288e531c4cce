"""The one table of the ingest room, in the shared schema: endpoints outside a workspace write here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RawEvent(models.Model):
    """What somebody outside told us, as it came: an opened mail, a clicked link, a provider's receipt.

    Acknowledged only once it is committed; understood later by the room that owns the endpoint, then deleted.
    Personal data: body. Deleted when understood; what nobody understood, after 30 days.
    """

    workspace_id = models.BigIntegerField()
    #: who understands it: a key of registry.endpoint
    endpoint = models.CharField(max_length=40)
    #: the sender's own id, which a repeated call carries again
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
