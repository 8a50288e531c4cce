"""Tables of the channels app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.apps.channels.types import ConnectionState
from quen.core.privacy import PersonalData


class Connection(models.Model):
    """An adapter with its settings, through which the messages of a channel are sent. One per channel is active.

    Personal data: none. Credentials are encrypted (core.crypto, purpose "channel-secret").
    """

    personal_data = PersonalData(
        kept={
            "last_error": "the server's last words, replaced by the next error",
            "slowdown_reply": "the server's last request to send less, replaced by the next one",
        },
        impersonal="channel adapter name settings secret last_error_code",
    )

    #: "email"
    channel = models.CharField(max_length=10)
    #: key of an adapter: "sandbox", "smtp"
    adapter = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=120)
    active = models.BooleanField(default=True)
    #: everything that is not secret: host, port, security, username …
    settings = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    #: maximum messages per second; empty for no limit
    rate_per_second = models.FloatField(_("maximum messages per second"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=ConnectionState.choices, default=ConnectionState.UNTESTED)
    last_success_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    #: key of types.CONNECTION_ERRORS, if known
    last_error_code = models.CharField(max_length=30, blank=True)
    last_error_at = models.DateTimeField(null=True)
    #: messages per second and connections that the server turned out to take; empty while it takes what it gets
    found_rate = models.FloatField(null=True)
    found_connections = models.SmallIntegerField(null=True)
    #: when and how the server last asked for less, and until when nothing is sent because of it
    slowed_at = models.DateTimeField(null=True)
    slowdown_reply = models.CharField(max_length=300, blank=True)
    slowed_until = models.DateTimeField(null=True)
    #: when the server last kept us waiting, and how many seconds
    silent_at = models.DateTimeField(null=True)
    silent_seconds = models.FloatField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["channel", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(active=True), name="one_active_connection_per_channel"
            )
        ]


class SendPace(models.Model):
    """The instant from which the next message of a limited connection or dispatch may begin, whoever sends it.

    Personal data: none.
    """

    personal_data = PersonalData(impersonal="key")

    #: "connection:3", "dispatch:7"
    key = models.CharField(primary_key=True, max_length=40)
    next_at = models.DateTimeField()


class Sender(models.Model):
    """A name and address that customers see as the sender.

    Personal data: name, address of the shop or its staff.
    """

    personal_data = PersonalData(
        staff="name address reply_to",
        impersonal="channel",
    )

    channel = models.CharField(max_length=10, default="email")
    name = models.CharField(_("sender name"), max_length=60)
    address = models.CharField(_("address"), max_length=254)
    reply_to = models.CharField(_("reply-to address"), max_length=254, blank=True)
    #: preselected in new campaigns
    preferred = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-preferred", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "name", "address"], name="unique_sender"),
            models.UniqueConstraint(
                fields=["channel"],
                condition=models.Q(preferred=True),
                name="one_preferred_sender_per_channel",
            ),
        ]


class SandboxMessage(models.Model):
    """A message that was stored instead of being sent, as the customer would see it.

    Personal data: all of it. Deleted after 30 days by services.delete_old_sandbox_messages.
    """

    personal_data = PersonalData(
        expires={
            "recipient subject html text headers": "deleted after 30 days by services.delete_old_sandbox_messages",
        },
        staff="sender",
        impersonal="channel simulated",
    )

    #: id of delivery's message; null for a test
    message_id = models.BigIntegerField(null=True, unique=True)
    channel = models.CharField(max_length=10, default="email")
    recipient = models.CharField(max_length=254)
    sender = models.CharField(max_length=330)
    subject = models.TextField(blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    #: [name, value] pairs in their original order
    headers = models.JSONField(default=list)
    at = models.DateTimeField()
    #: what was simulated for it: {"bounced_hard": "2026-…"}
    simulated = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["recipient", "-id"], name="sandbox_by_recipient")
        ]
