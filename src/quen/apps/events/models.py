"""Tables of the events app: the append-only event table, partitioned by month, and the queues of its consumers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quen.core.privacy import PersonalData


class Event(models.Model):
    """Something a contact did, once. Without foreign keys, because partitions and other apps' rows come and go.

    Partitioned by month on ``at``; the key contains the partition column. Written by services.record_*, never changed
    but by services.change_data, for their author.
    Personal data: contact_id, data. Erased by services.erase_events.
    """

    personal_data = PersonalData(
        erased="contact_id data",
    )

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    contact_id = models.BigIntegerField()
    kind = models.SmallIntegerField()
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    ref = models.BigIntegerField(null=True)
    data = models.JSONField(null=True)
    #: shared by the events of one bulk statement, which are queued as one bulk marker
    bulk_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-at", "-id"]


class Subscription(models.Model):
    """A consumer receives a kind of event in this workspace: recording such an event queues a row for it.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="consumer",
    )

    pk = models.CompositePrimaryKey("consumer", "kind")
    consumer = models.CharField(max_length=40)
    kind = models.SmallIntegerField()


class ConsumerQueue(models.Model):
    """A queue row of a consumer: one event, a change of a contact without an event, or a bulk marker.

    A bulk marker (``bulk_id``) represents all events of one bulk statement. Rows are handled in order of id and deleted
    in the same transaction.
    Personal data: contact_id, data. Deleted when handled.
    """

    personal_data = PersonalData(
        expires={
            "contact_id data": "deleted when handled",
        },
        impersonal="consumer",
    )

    consumer = models.CharField(max_length=40)
    kind = models.SmallIntegerField()
    at = models.DateTimeField()
    contact_id = models.BigIntegerField(null=True)
    #: None for a bulk marker and for a change without an event
    event_id = models.BigIntegerField(null=True)
    #: only of a bulk marker: its events have the same number, and instants from at to until
    bulk_id = models.BigIntegerField(null=True)
    until = models.DateTimeField(null=True)
    data = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["consumer", "id"], name="consumerqueue_in_order")
        ]
