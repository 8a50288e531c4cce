"""Tables of the delivery room, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.types import HitKind, LaunchState, MessageState, Source


class Launch(models.Model):
    """A decision to send something to an audience: what, how, at which instant. Frozen when made.

    ``origin_at`` is the instant of launch and part of every message's key.
    Personal data: none.
    """

    source = models.CharField(max_length=10, choices=Source.choices)
    source_id = models.BigIntegerField()
    origin_at = models.DateTimeField()
    kind = models.CharField(max_length=10, default="email")
    message_class = models.CharField(max_length=15, choices=MessageClass.choices)
    name = models.CharField(max_length=1000)
    connection_id = models.BigIntegerField()
    content_id = models.BigIntegerField()
    sender_name = models.CharField(max_length=60)
    sender_address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, blank=True)
    #: the reminder of this launch instead of the workspace's, by language
    reminders = models.JSONField(default=dict)
    #: appended to every link: {"utm_source": …}
    link_tags = models.JSONField(default=dict)
    #: words that need no content, of a confirmation: {"subject", "text"}
    ready = models.JSONField(default=dict)
    track_opens = models.BooleanField(default=True)
    track_clicks = models.BooleanField(default=True)
    rate_per_second = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=LaunchState.choices, default=LaunchState.GATHERING)
    #: why it is paused or failed, in a stable code with its numbers
    trouble = models.JSONField(default=dict)
    #: people already turned into messages, of those pinned
    gathered = models.BigIntegerField(default=0)
    pinned = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    gathered_at = models.DateTimeField(null=True)
    first_handed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: who launched it; hears how it ended
    member_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-origin_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id", "origin_at"], name="launch_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["connection_id", "id"],
                name="launch_at_work",
                condition=models.Q(state__in=["gathering", "sending"]),
            )
        ]


class Pinned(models.Model):
    """Who is meant by a launch, frozen in one statement, until they are turned into messages.

    Personal data: contact_id. Gone when gathered.
    """

    pk = models.CompositePrimaryKey("launch_id", "position")
    launch_id = models.BigIntegerField()
    position = models.BigIntegerField()
    contact_id = models.BigIntegerField()


class Message(models.Model):
    """One message to one person, or the reason why there is none. The log of everything sent (CHN-22).

    Personal data: contact_id, address. Erased with the person by plugs of delivery.
    """

    # Plain ids: a million rows are written by one statement, and partitions may come.
    launch_id = models.BigIntegerField()
    #: 0: nobody known, of a test to a colleague
    contact_id = models.BigIntegerField()
    #: raised when somebody says of an uncertain or failed one that it has to go again
    attempt = models.SmallIntegerField(default=1)
    origin_at = models.DateTimeField()
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=5, blank=True)
    state = models.SmallIntegerField(choices=MessageState.choices)
    #: compliance.Reason of a message left out
    reason = models.SmallIntegerField(null=True)
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=20, blank=True)
    told = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    machine_opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    opens = models.IntegerField(default=0)
    clicks = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["launch_id", "contact_id", "attempt", "origin_at"], name="message_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contact_id", "-origin_at"], name="message_by_contact"),
            models.Index(
                fields=["launch_id", "due_at"],
                name="message_deferred",
                # Not the state: a column of an index or its condition would make every move rewrite all indexes.
                condition=models.Q(due_at__isnull=False),
            ),
        ]


class Chunk(models.Model):
    """A range of ids of one launch in which messages wait. It shrinks from the front and is gone when done.

    Only a hint where to look: what waits is what is QUEUED. Ranges may overlap.
    Personal data: none.
    """

    launch_id = models.BigIntegerField()
    first_id = models.BigIntegerField()
    #: included
    last_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["launch_id", "first_id"], name="chunk_in_order")
        ]


class Window(models.Model):
    """At most 50 messages between the first byte and their results. What dies here is uncertain.

    Personal data: none.
    """

    launch_id = models.BigIntegerField()
    connection_id = models.BigIntegerField()
    message_ids = ArrayField(models.BigIntegerField())
    opened_at = models.DateTimeField()


class Tally(models.Model):
    """How many people of a launch are at a figure, kept in the transaction that moves them.

    figure: a key of Figures, or "reason:<code>".
    Personal data: none.
    """

    pk = models.CompositePrimaryKey("launch_id", "figure")
    launch_id = models.BigIntegerField()
    figure = models.CharField(max_length=30)
    people = models.BigIntegerField(default=0)


class Link(models.Model):
    """An address in the messages of a launch, and what it brought.

    Personal data: none, unless the shop wrote some into an address.
    """

    pk = models.CompositePrimaryKey("launch_id", "digest")
    launch_id = models.BigIntegerField()
    #: MD5 of the address, as the key of an index must be short
    digest = models.BinaryField(max_length=16)
    url = models.TextField()
    clicks = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)


class Hit(models.Model):
    """One open or click, with the raw hit it came from.

    Personal data: what a person read. Erased with the message.
    """

    message_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=HitKind.choices)
    at = models.DateTimeField()
    url = models.TextField(blank=True)
    agent = models.CharField(max_length=200, blank=True)
    #: ingest.RawHit: one hit is counted once, however often the job runs
    raw_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["raw_id"], name="hit_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message_id", "at"], name="hit_by_message")
        ]
