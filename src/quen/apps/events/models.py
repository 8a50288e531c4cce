"""Tables of the events room: the stream, append-only and partitioned by month, and who waits for what."""

from __future__ import annotations

from typing import ClassVar

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
    #: events of one large statement share a number, for which one pending marker stands
    bulk_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-at", "-id"]


class Subscription(models.Model):
    """A consumer waits for a kind of event in this workspace; whoever records one writes it a pending row.

    Personal data: none.
    """

    pk = models.CompositePrimaryKey("consumer", "kind")
    consumer = models.CharField(max_length=40)
    kind = models.SmallIntegerField()


class ConsumerQueue(models.Model):
    """Something a consumer has not taken yet: one event, a change of a person without an event, or a marker.

    A marker (``batch``) stands for all events of one large statement. Taken in order of id and deleted in the
    transaction that acts on it.
    Personal data: contact_id, data. Gone when taken.
    """

    consumer = models.CharField(max_length=40)
    kind = models.SmallIntegerField()
    at = models.DateTimeField()
    contact_id = models.BigIntegerField(null=True)
    #: None for a marker and for a change that is no event
    event_id = models.BigIntegerField(null=True)
    #: the events of a marker carry the same number; they lie between at and until
    bulk_id = models.BigIntegerField(null=True)
    until = models.DateTimeField(null=True)
    data = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["consumer", "id"], name="consumerqueue_in_order")
        ]
