"""The one table of the events room: append-only, partitioned by month."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """What somebody did, once. No foreign key: events outlive rooms and survive partitions.

    Partitioned by month on ``at``; the key contains the partition column. Made by services.record_*, never changed.
    Personal data: contact_id, data. Erased by services.erase_events.
    """

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    contact_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    ref = models.BigIntegerField(null=True)
    data = models.JSONField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
