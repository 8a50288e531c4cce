"""Keys of other systems, the answers that repeated calls get, and the log of calls."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from quen.apps.api.types import KEY_NAME_MAX_CHARS
from quen.core.privacy import PersonalData


class ApiKey(models.Model):
    """A key with which another system calls; the secret itself is not stored.

    Personal data: none. A revoked key stays, so that logs can name it.
    """

    personal_data = PersonalData(
        staff="created_by",
        impersonal="name token_hash hint scopes",
    )

    name = models.CharField(max_length=KEY_NAME_MAX_CHARS)
    #: SHA-256 of the whole token, which is random
    token_hash = models.CharField(max_length=64, unique=True)
    #: the last characters, by which people tell keys apart
    hint = models.CharField(max_length=8)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class StoredAnswer(models.Model):
    """The answer to a call with an idempotency key, written in the transaction of its work.

    Personal data: whatever the answer says. Emptied as soon as somebody it is about is erased; deleted after a day.
    """

    personal_data = PersonalData(
        erased="body",
        impersonal="key_hash operation digest contact_ids",
    )

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    #: SHA-256 of the idempotency key
    key_hash = models.CharField(max_length=64)
    operation = models.CharField(max_length=80)
    #: SHA-256 of the address and the body
    digest = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField(null=True)
    #: whom the answer is about; null if the operation doesn't say, so that any erasure empties it
    contact_ids = ArrayField(models.BigIntegerField(), null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key_hash"], name="api_answer_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="api_answer_oldest"),
        ]


class ApiCall(models.Model):
    """An entry of the log of calls: which operation, how it ended, how long it took; nothing of what was sent.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="method operation code reference",
    )

    at = models.DateTimeField()
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=8)
    operation = models.CharField(max_length=80)
    status = models.SmallIntegerField()
    #: code of the refusal
    code = models.CharField(max_length=60, blank=True)
    duration_ms = models.IntegerField()
    reference = models.CharField(max_length=16)

    class Meta:
        ordering = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["api_key", "-id"], name="api_call_of_key"),
            models.Index(fields=["at"], name="api_call_oldest"),
        ]
