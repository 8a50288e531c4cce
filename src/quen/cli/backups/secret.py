"""The secret of an installation inside a backup, always encrypted with a passphrase.

Without it, channel passwords can't be decrypted any more and links in emails already sent stop working.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from quen.cli.base import CommandError
from quen.cli.i18n import _

VARIABLE = "QUEN_BACKUP_PASSPHRASE"
_MIN_CHARS = 8


def passphrase_from(file: Path | None) -> str | None:
    """Return the passphrase: the first line of a file, or the environment's, or None. Raises CommandError."""
    if file is None:
        return os.environ.get(VARIABLE) or None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        text = _("Can't read %(file)s (%(reason)s).")
        raise CommandError(text % {"file": file, "reason": error.strerror}, code="no_passphrase") from error
    if not lines or len(lines[0]) < _MIN_CHARS:
        raise CommandError(
            _("The passphrase needs at least %(count)d characters, in the first line of %(file)s.")
            % {"count": _MIN_CHARS, "file": file},
            code="short_passphrase",
        )
    return lines[0]


def read_secret(home: Path) -> str | None:
    """Return the installation's secret, or None."""
    if os.environ.get("QUEN_SECRET_KEY"):
        return os.environ["QUEN_SECRET_KEY"]
    path = home / "secret.key"
    return path.read_text().strip() if path.exists() else None


def encrypt_secret(secret: str, passphrase: str) -> dict[str, str]:
    """Encrypt the secret for the manifest."""
    salt = os.urandom(16)
    return {
        "salt": base64.b64encode(salt).decode(),
        "encrypted": _fernet(passphrase, salt).encrypt(secret.encode()).decode(),
    }


def decrypt_secret(encrypted: Mapping[str, str], passphrase: str) -> str:
    """Return the secret from the manifest. Raises CommandError for a wrong passphrase."""
    try:
        return (
            _fernet(passphrase, base64.b64decode(encrypted["salt"]))
            .decrypt(encrypted["encrypted"].encode())
            .decode()
        )
    except InvalidToken as error:
        raise CommandError(_("Wrong passphrase for this backup."), code="wrong_passphrase") from error


def install_secret(secret: str, home: Path) -> None:
    """Store a secret as the installation's own; an existing other one is renamed."""
    path = home / "secret.key"
    if path.exists():
        if path.read_text().strip() == secret:
            return
        path.rename(path.with_name("secret.key.before-restore"))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    # n: the strength that RFC 7914 and OWASP recommend for data read rarely; 64 MB and a tenth of a second.
    key = Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(key))
