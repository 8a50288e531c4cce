"""Tables of the delivery room, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.types import DispatchSource, DispatchState, EngagementKind, MessageState


class Dispatch(models.Model):
    """A decision to send something to an audience: what, how, at which instant. Frozen when made.

    ``scheduled_for`` is the instant of dispatch and part of every message's key.
    Personal data: none.
    """

    source = models.CharField(max_length=10, choices=DispatchSource.choices)
    source_id = models.BigIntegerField()
    scheduled_for = models.DateTimeField()
    channel = models.CharField(max_length=10, default="email")
    message_class = models.CharField(max_length=15, choices=MessageClass.choices)
    name = models.CharField(max_length=1000)
    connection_id = models.BigIntegerField()
    content_id = models.BigIntegerField()
    sender_name = models.CharField(max_length=60)
    sender_address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)
    #: the reminder of this dispatch instead of the workspace's, by language
    permission_reminders = models.JSONField(default=dict)
    #: appended to every link: {"utm_source": …}
    link_tags = models.JSONField(default=dict)
    #: words that need no content, of a confirmation: {"subject", "text"}
    prepared_content = models.JSONField(default=dict)
    track_opens = models.BooleanField(default=True)
    track_clicks = models.BooleanField(default=True)
    rate_per_second = models.FloatField(null=True)
    state = models.CharField(max_length=15, choices=DispatchState.choices, default=DispatchState.FANNING_OUT)
    #: why it is paused or failed, in a stable code with its numbers
    error = models.JSONField(default=dict)
    #: people already turned into messages, of those pinned
    fanned_out_count = models.BigIntegerField(default=0)
    recipient_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: who launched it; hears how it ended
    member_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-scheduled_for", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "scheduled_for"], name="dispatch_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["connection_id", "id"],
                name="dispatch_active",
                condition=models.Q(state__in=["fanning_out", "sending"]),
            )
        ]


class DispatchRecipient(models.Model):
    """Who is meant by a dispatch, frozen in one statement, until they are turned into messages.

    Personal data: contact_id. Gone when gathered.
    """

    pk = models.CompositePrimaryKey("dispatch_id", "position")
    dispatch_id = models.BigIntegerField()
    position = models.BigIntegerField()
    contact_id = models.BigIntegerField()


class Message(models.Model):
    """One message to one person, or the reason why there is none. The log of everything sent (CHN-22).

    Personal data: contact_id, address. Erased with the person by plugs of delivery.
    """

    # Plain ids: a million rows are written by one statement, and partitions may come.
    dispatch_id = models.BigIntegerField()
    #: 0: nobody known, of a test to a colleague
    contact_id = models.BigIntegerField()
    #: raised when somebody says of an uncertain or failed one that it has to go again
    attempt = models.SmallIntegerField(default=1)
    scheduled_for = models.DateTimeField()
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=5, blank=True)
    state = models.SmallIntegerField(choices=MessageState.choices)
    #: compliance.Reason of a message left out
    reason = models.SmallIntegerField(null=True)
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    provider_message = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    bot_opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    opens = models.IntegerField(default=0)
    clicks = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch_id", "contact_id", "attempt", "scheduled_for"], name="message_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "-scheduled_for"], name="message_by_contact"),
            models.Index(
                fields=["dispatch_id", "due_at"],
                name="message_deferred",
                # Not the state: a column of an index or its condition would make every move rewrite all indexes.
                condition=models.Q(due_at__isnull=False),
            ),
        ]


class QueueRange(models.Model):
    """A range of ids of one dispatch in which messages wait. It shrinks from the front and is gone when done.

    Only a hint where to look: what waits is what is QUEUED. Ranges may overlap.
    Personal data: none.
    """

    dispatch_id = models.BigIntegerField()
    first_id = models.BigIntegerField()
    #: included
    last_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["dispatch_id", "first_id"], name="queue_range_in_order")
        ]


class InFlightBatch(models.Model):
    """At most 50 messages between the first byte and their results. What dies here is uncertain.

    Personal data: none.
    """

    dispatch_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    message_ids = ArrayField(models.BigIntegerField())
    claimed_at = models.DateTimeField()


class DispatchCounter(models.Model):
    """How many people of a dispatch are at a figure, kept in the transaction that moves them.

    figure: a key of Figures, or "reason:<code>".
    Personal data: none.
    """

    pk = models.CompositePrimaryKey("dispatch_id", "name")
    dispatch_id = models.BigIntegerField()
    name = models.CharField(max_length=30)
    value = models.BigIntegerField(default=0)


class DispatchLink(models.Model):
    """An address in the messages of a dispatch, and what it brought.

    Personal data: none, unless the shop wrote some into an address.
    """

    pk = models.CompositePrimaryKey("dispatch_id", "digest")
    dispatch_id = models.BigIntegerField()
    #: MD5 of the address, as the key of an index must be short
    digest = models.BinaryField(max_length=16)
    url = models.TextField()
    clicks = models.BigIntegerField(default=0)
    unique_clicks = models.BigIntegerField(default=0)


class EngagementEvent(models.Model):
    """One open or click, with the raw hit it came from.

    Personal data: what a person read. Erased with the message.
    """

    message_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=EngagementKind.choices)
    at = models.DateTimeField()
    url = models.TextField(blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    #: ingest.RawEvent: one event is counted once, however often the job runs
    raw_event_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["raw_event_id"], name="engagement_event_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message_id", "at"], name="engagement_by_message")
        ]
