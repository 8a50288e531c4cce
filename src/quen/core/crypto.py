"""Keys, signed tokens and encryption at rest.

One secret (``QUEN_SECRET_KEY`` or ``$QUEN_HOME/secret.key``, mode 600) is the root; every use derives its own
key from it, so that a leaked token of one kind is useless for any other.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core import signing


class BadToken(ValueError):
    """The token is forged, mangled or too old."""


def load_or_create_secret(path: Path) -> str:
    """Read the secret file; create it with mode 600 when absent. Two processes starting at once get the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key


def derive_key(purpose: str) -> bytes:
    """Derive 32 bytes for one purpose from the root secret."""
    return derive_key_from(settings.SECRET_KEY, purpose)


def derive_key_from(secret: str, purpose: str) -> bytes:
    """Derive 32 bytes for one purpose from a secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"quen", info=purpose.encode()).derive(secret.encode())


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt text at rest (Fernet). ``decrypt`` with the same purpose returns it."""
    return Fernet(base64.urlsafe_b64encode(derive_key(purpose))).encrypt(text.encode()).decode()


def decrypt(token: str, *, purpose: str) -> str:
    """Return the text that ``encrypt`` was given. Raises BadToken when the key or the token is not ours."""
    try:
        return Fernet(base64.urlsafe_b64encode(derive_key(purpose))).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise BadToken(purpose) from error


def sign(value: Any, *, purpose: str) -> str:
    """Return a URL-safe signed token of a JSON value."""
    return signing.dumps(value, key=derive_key(purpose).hex(), salt=purpose, compress=False)


def unsign(token: str, *, purpose: str, max_age_seconds: int | None = None) -> Any:
    """Return the value of a token made by ``sign``. Raises BadToken when forged or older than ``max_age_seconds``."""
    try:
        return signing.loads(token, key=derive_key(purpose).hex(), salt=purpose, max_age=max_age_seconds)
    except signing.BadSignature as error:
        raise BadToken(purpose) from error
