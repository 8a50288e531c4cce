"""Tables of the delivery app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.types import DispatchSource, DispatchState, EngagementKind, MessageState
from quen.core.privacy import PersonalData


class Dispatch(models.Model):
    """One act of sending to a set of contacts: what, how and when. It is frozen when it is created.

    ``scheduled_for`` is the instant the sending was meant for. It is part of the key of every message.
    Personal data: the sender's name and address, which may be a member's. Kept with the report.
    """

    personal_data = PersonalData(
        staff="member_id sender_name sender_address reply_to",
        impersonal="channel name permission_reminders link_tags prepared_content allocated_tags error",
    )

    source = models.CharField(max_length=10, choices=DispatchSource.choices)
    source_id = models.BigIntegerField()
    scheduled_for = models.DateTimeField()
    #: key of a channel
    channel = models.CharField(max_length=10)
    message_class = models.CharField(max_length=15, choices=MessageClass.choices)
    #: compliance.Topic of advertising; people who left it are skipped
    topic_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=1000)
    connection_id = models.BigIntegerField()
    content_id = models.BigIntegerField()
    sender_name = models.CharField(max_length=60)
    sender_address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)
    #: overrides the workspace's permission reminder, by language
    permission_reminders = models.JSONField(default=dict)
    #: appended to every link: {"utm_source": …}
    link_tags = models.JSONField(default=dict)
    #: content written in advance, without content_id: {"subject", "text"} of a confirmation
    prepared_content = models.JSONField(default=dict)
    #: keys of merge tags whose values are allocated for each message, see content.registry.AllocatedTag
    allocated_tags = models.JSONField(default=list)
    track_opens = models.BooleanField(default=True)
    track_clicks = models.BooleanField(default=True)
    rate_per_second = models.FloatField(null=True)
    state = models.CharField(max_length=15, choices=DispatchState.choices, default=DispatchState.FANNING_OUT)
    #: why it is paused or failed: {"code", "text"}
    error = models.JSONField(default=dict)
    #: recipients whose messages have been created, of recipient_count
    fanned_out_count = models.BigIntegerField(default=0)
    recipient_count = models.BigIntegerField(default=0)
    #: accepts further recipients and does not finish until it is closed
    is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    fanned_out_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: team.Member who started it and is notified of the result
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
    """A contact of a dispatch, frozen by one statement and kept until fan-out has created the message.

    Personal data: contact_id. Deleted after fan-out.
    """

    personal_data = PersonalData(
        erased="contact_id",
    )

    pk = models.CompositePrimaryKey("dispatch_id", "position")
    dispatch_id = models.BigIntegerField()
    position = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    #: the instant the message is for, of a recipient added later; NULL for that of the dispatch
    scheduled_for = models.DateTimeField(null=True)


class Message(models.Model):
    """One message to one contact, or the reason why there is none. The log of everything sent (CHN-22).

    Personal data: contact_id, address. Anonymized by services.anonymize_messages when the contact is erased.
    """

    personal_data = PersonalData(
        erased="contact_id address language provider_message provider_id",
        impersonal="code allocated_values",
    )

    # Plain ids instead of foreign keys: one statement writes a million rows, and the table may be partitioned later.
    dispatch_id = models.BigIntegerField()
    #: 0 in a test to a colleague, negative after the contact was erased
    contact_id = models.BigIntegerField()
    #: incremented when a user sends an uncertain or failed message again
    attempt = models.SmallIntegerField(default=1)
    scheduled_for = models.DateTimeField()
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=5, blank=True)
    state = models.SmallIntegerField(choices=MessageState.choices)
    #: compliance.ExclusionReason of a skipped message
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
    #: values allocated for this message, by merge tag
    allocated_values = models.JSONField(null=True)

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
                # Not the state: an indexed column, also in a condition, makes every update rewrite all indexes.
                condition=models.Q(due_at__isnull=False),
            ),
        ]


class QueueRange(models.Model):
    """A range of message ids of one dispatch in which messages are queued.

    It shrinks from the front and is deleted once sent. It only tells the sender where to look: what is queued is
    decided by the message's state. Ranges may overlap.
    Personal data: none.
    """

    personal_data = PersonalData()

    dispatch_id = models.BigIntegerField()
    first_id = models.BigIntegerField()
    #: inclusive
    last_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["dispatch_id", "first_id"], name="queue_range_in_order")
        ]


class InFlightBatch(models.Model):
    """At most 50 messages between the first byte and their results.

    When the sending process dies, the outcome of these messages is unknown.
    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="message_ids",
    )

    dispatch_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    message_ids = ArrayField(models.BigIntegerField())
    claimed_at = models.DateTimeField()


class DispatchCounter(models.Model):
    """A count of a dispatch's messages, updated in the transaction that changes the messages.

    name: a field of DispatchCounts, or "reason:<code>".
    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="name",
    )

    pk = models.CompositePrimaryKey("dispatch_id", "name")
    dispatch_id = models.BigIntegerField()
    name = models.CharField(max_length=30)
    value = models.BigIntegerField(default=0)


class DispatchLink(models.Model):
    """A link in the messages of a dispatch, with its clicks.

    Personal data: none, unless a merge tag wrote some into the URL. Its query is removed when the only contact who
    followed it is erased.
    """

    personal_data = PersonalData(
        kept={
            "url": "counts clicks; the query of a link that only an erased contact followed is removed",
        },
        impersonal="digest",
    )

    pk = models.CompositePrimaryKey("dispatch_id", "digest")
    dispatch_id = models.BigIntegerField()
    #: MD5 of the URL, because an index key must be short
    digest = models.BinaryField(max_length=16)
    url = models.TextField()
    clicks = models.BigIntegerField(default=0)
    unique_clicks = models.BigIntegerField(default=0)


class EngagementEvent(models.Model):
    """One open or click, with the raw event it was read from.

    Personal data: what a contact read. Deleted when the contact is erased.
    """

    personal_data = PersonalData(
        erased="url user_agent",
    )

    message_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=EngagementKind.choices)
    at = models.DateTimeField()
    url = models.TextField(blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    #: ingest.RawEvent: an event is counted once, however often the job runs
    raw_event_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["raw_event_id"], name="engagement_event_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message_id", "at"], name="engagement_by_message")
        ]


class MessageReceipt(models.Model):
    """What the provider reported about one message, or about one part of it, stored once.

    Receipts of messages that are not known yet have no message_id. They are matched when the result of the sending has
    been committed, and deleted after a day.
    Personal data: text may contain the address. Deleted when the contact is erased.
    """

    personal_data = PersonalData(
        erased="text",
        impersonal="provider_id kind code",
    )

    connection_id = models.BigIntegerField()
    message_id = models.BigIntegerField(null=True)
    provider_id = models.CharField(max_length=200, blank=True)
    #: of a message sent in several parts, from 0
    part = models.SmallIntegerField(default=0)
    #: a value of channels.types.ReceiptKind
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    code = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message_id", "connection_id", "part", "kind"],
                condition=models.Q(message_id__isnull=False),
                name="receipt_once",
            ),
            models.UniqueConstraint(
                fields=["connection_id", "provider_id", "part", "kind"],
                condition=models.Q(message_id__isnull=True),
                name="unmatched_receipt_once",
            ),
        ]


class ProviderReference(models.Model):
    """The message behind a provider's own id, kept for connections whose receipts carry only that id.

    A table of its own: an index on delivery_message.provider_id would make each result rewrite all indexes of its row.
    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="provider_id",
    )

    pk = models.CompositePrimaryKey("connection_id", "provider_id")
    connection_id = models.BigIntegerField()
    provider_id = models.CharField(max_length=200)
    message_id = models.BigIntegerField()
