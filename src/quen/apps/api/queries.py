"""Reads of the api app."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from quen.apps.accounts import queries as accounts
from quen.apps.accounts.types import WorkspaceNotFound
from quen.apps.api.models import ApiCall, ApiKey
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

KEY_PREFIX = "quen"
_TOKEN_MAX_CHARS = 200


def token_hash(token: str) -> str:
    """Return what is stored of a token. It is random, so a plain hash can't be reversed."""
    return hashlib.sha256(token.encode()).hexdigest()


def workspace_of_token(token: str) -> Workspace | None:
    """Return the workspace that a token names, "quen_<slug>_<secret>"; nothing about the secret is checked."""
    parts = token.split("_")
    if len(parts) != 3 or parts[0] != KEY_PREFIX or len(token) > _TOKEN_MAX_CHARS or not token.isascii():
        return None
    try:
        return accounts.get_workspace(parts[1])
    except WorkspaceNotFound:
        return None


def find_valid_key(token: str, *, now: datetime) -> ApiKey | None:
    """Return the key of a token in the current workspace, neither revoked nor expired."""
    alive = Q(expires_at=None) | Q(expires_at__gt=now)
    return ApiKey.objects.filter(alive, token_hash=token_hash(token), revoked_at=None).first()


def get_key(key_id: int) -> ApiKey:
    """Return a key. Raises NotFound."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound()
    return key


def keys() -> QuerySet[ApiKey]:
    """Return all keys, revoked ones last, newest first."""
    return ApiKey.objects.order_by("revoked_at", "-id")


def calls(*, key_id: int | None = None, operation: str = "", outcome: str = "") -> QuerySet[ApiCall]:
    """Return the log of calls. outcome: "ok", "refused" or "failed"."""
    found = ApiCall.objects.select_related("api_key")
    if key_id is not None:
        found = found.filter(api_key_id=key_id)
    if operation:
        found = found.filter(operation=operation)
    ranges = {"ok": (0, 400), "refused": (400, 500), "failed": (500, 1000)}
    if outcome in ranges:
        low, high = ranges[outcome]
        found = found.filter(status__gte=low, status__lt=high)
    return found
