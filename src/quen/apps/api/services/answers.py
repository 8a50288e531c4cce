"""Answers to calls with an idempotency key, so that a repeated call is answered without doing the work again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from quen.apps.api.models import ApiKey, StoredAnswer
from quen.apps.api.types import IDEMPOTENCY_HOURS, CallInProgress, IdempotencyKeyReused
from quen.core.locks import AdvisoryLock

_LOCK = AdvisoryLock("api.idempotency")


@dataclass(frozen=True, slots=True)
class IdempotentCall:
    """A call with an idempotency key. digest: of its address and body."""

    key: ApiKey
    idempotency_key: str
    operation: str
    digest: str

    @property
    def key_hash(self) -> str:
        """Return what is stored of the idempotency key."""
        return hashlib.sha256(self.idempotency_key.encode()).hexdigest()


def find_answer(call: IdempotentCall) -> StoredAnswer | None:
    """Return the stored answer of this call; None if it is to be done now, and nobody else does it until the commit.

    Call it in the transaction of the work. Raises CallInProgress if another call with the key is at work, and
    IdempotencyKeyReused if it was used for another operation or body.
    """
    if not _LOCK.try_acquire(call.key.pk, call.key_hash):
        raise CallInProgress()
    stored = StoredAnswer.objects.filter(api_key=call.key, key_hash=call.key_hash).first()
    if stored is not None and (stored.operation, stored.digest) != (call.operation, call.digest):
        raise IdempotencyKeyReused()
    return stored


def store_answer(
    call: IdempotentCall,
    *,
    status: int,
    body: bytes,
    contact_ids: Collection[int] | None,
    now: datetime,
) -> None:
    """Store the answer of a call, in the transaction of its work."""
    StoredAnswer.objects.create(
        api_key=call.key,
        key_hash=call.key_hash,
        operation=call.operation,
        digest=call.digest,
        status=status,
        body=body,
        contact_ids=None if contact_ids is None else sorted(contact_ids),
        created_at=now,
    )


def forget_answers(*, contact_ids: Collection[int]) -> int:
    """Empty the answers about people who are erased, and those that don't say whom they are about."""
    about = Q(contact_ids=None) | Q(contact_ids__overlap=list(contact_ids))
    return StoredAnswer.objects.filter(about, body__isnull=False).update(body=None)


def delete_old_answers(*, now: datetime) -> int:
    """Delete answers after a day. Return their number."""
    return StoredAnswer.objects.filter(created_at__lt=now - timedelta(hours=IDEMPOTENCY_HOURS)).delete()[0]
