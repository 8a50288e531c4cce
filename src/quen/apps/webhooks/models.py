"""Tables of the webhooks app, in the workspace's schema."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models

from quen.apps.webhooks.types import (
    DESCRIPTION_MAX_CHARS,
    LOG_DAYS,
    URL_MAX_CHARS,
    EndpointPauseReason,
    WebhookMessageState,
)
from quen.core.privacy import PersonalData

_EXPIRY = f"services.delete_old deletes it after {LOG_DAYS} days"


class Endpoint(models.Model):
    """An address of another system, what it wants to know, and how it has been doing.

    Personal data: the name of the member who made it, kept like the audit log's.
    """

    personal_data = PersonalData(
        staff="created_by",
        impersonal="url description kinds secret previous_secret token",
    )

    url = models.CharField(max_length=URL_MAX_CHARS)
    description = models.CharField(max_length=DESCRIPTION_MAX_CHARS, blank=True)
    #: public names of kinds
    kinds = models.JSONField(default=list)
    #: encrypted; during a change of the secret both sign
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_until = models.DateTimeField(null=True)
    #: random; makes the ids of messages unique beyond this workspace
    token = models.CharField(max_length=32)
    #: the API key that the other system itself uses
    own_key_id = models.BigIntegerField(null=True)
    #: whether it is also told what its own key did
    include_own = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=10, choices=EndpointPauseReason.choices, blank=True)
    last_success_at = models.DateTimeField(null=True)
    #: of the first failure since the last success
    failing_since = models.DateTimeField(null=True)
    #: troubles in a row; the endpoint rests the longer the more there are
    troubles = models.IntegerField(default=0)
    resting_until = models.DateTimeField(null=True)
    #: its messages are deleted by a job
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    @property
    def place(self) -> str:
        """Return the host of the address, for texts: the rest of an address may hold a secret."""
        return urlsplit(self.url).hostname or ""


class WebhookMessage(models.Model):
    """A message to one endpoint: written in the transaction that handles the events, its body when it is first sent.

    Personal data: what the message says of a contact. Erased with the contact, or after 30 days; the message about
    the erasure itself holds nothing but the contact's number.
    """

    personal_data = PersonalData(
        erased="occurrences body",
        expires={"contact_id": _EXPIRY},
        impersonal="kind last_error",
    )

    endpoint = models.ForeignKey(Endpoint, on_delete=models.DO_NOTHING, db_index=False)
    kind = models.CharField(max_length=60)
    #: None: a test
    contact_id = models.BigIntegerField(null=True)
    #: of the events
    at = models.DateTimeField()
    #: [{"event": code, "ref": id, "data": {…}}]
    occurrences = models.JSONField(default=list)
    #: exactly as sent; "" until it is sent for the first time
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=WebhookMessageState.choices, default=WebhookMessageState.WAITING
    )
    next_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    #: of the last attempt
    last_status = models.SmallIntegerField(null=True)
    last_error = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["endpoint", "next_at", "id"],
                name="webhook_message_due",
                condition=models.Q(state=WebhookMessageState.WAITING),
            ),
            models.Index(fields=["endpoint", "state", "-id"], name="webhook_message_log"),
            models.Index(fields=["endpoint", "-id"], name="webhook_message_newest"),
            models.Index(fields=["contact_id"], name="webhook_message_of_contact"),
            models.Index(fields=["created_at"], name="webhook_message_by_age"),
        ]


class DeliveryAttempt(models.Model):
    """One attempt to deliver a message, and the beginning of the answer.

    Personal data: what the other system answered may repeat what it was sent. Erased with the contact, or
    after 30 days.
    """

    personal_data = PersonalData(erased="answer", impersonal="error")

    message = models.ForeignKey(WebhookMessage, on_delete=models.DO_NOTHING, db_index=False)
    at = models.DateTimeField()
    duration_ms = models.IntegerField()
    #: None without an answer
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message", "id"], name="webhook_attempt_of_message")
        ]
