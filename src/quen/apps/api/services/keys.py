"""Keys: made, used, revoked."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from quen.apps.accounts import queries as accounts
from quen.apps.api import registry
from quen.apps.api.models import ApiKey
from quen.apps.api.queries import KEY_PREFIX, token_hash
from quen.apps.api.types import KEY_NAME_MAX_CHARS, ExpiryInThePast, KeyNameMissing, NoScopes
from quen.apps.team import services as team
from quen.core.actors import Actor

_ALPHABET: Final = string.ascii_letters + string.digits
#: 238 bits
_SECRET_CHARS: Final = 40
_HINT_CHARS: Final = 4
#: the last use is written at most so often
_USE_RECORDED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key with its token, which is shown once and stored nowhere."""

    key: ApiKey
    token: str


@transaction.atomic
def create_key(
    *,
    name: str,
    scopes: Collection[str],
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> CreatedKey:
    """Create a key and return it with its token. Raises KeyNameMissing, NoScopes, ExpiryInThePast."""
    name = " ".join(name.split())[:KEY_NAME_MAX_CHARS]
    chosen = sorted(set(scopes) & registry.scope_keys())
    if not name:
        raise KeyNameMissing()
    if not chosen:
        raise NoScopes()
    if expires_at is not None and expires_at <= now:
        raise ExpiryInThePast()
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_CHARS))
    token = f"{KEY_PREFIX}_{accounts.current_workspace().slug}_{secret}"
    key = ApiKey.objects.create(
        name=name,
        token_hash=token_hash(token),
        hint=token[-_HINT_CHARS:],
        scopes=chosen,
        created_at=now,
        created_by=actor.name,
        expires_at=expires_at,
    )
    team.audit(actor, "api.key_created", now=now, target=key, data={"name": name})
    return CreatedKey(key, token)


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: Actor, now: datetime) -> None:
    """Revoke a key at once; a key that is revoked already stays as it is."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        team.audit(actor, "api.key_revoked", now=now, target=key, data={"name": key.name})


def record_use(key: ApiKey, *, now: datetime) -> None:
    """Record that a key was used, at most once a minute."""
    before = now - _USE_RECORDED_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
