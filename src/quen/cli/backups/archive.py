"""The file of a backup: a zip with ``manifest.json``, the keyed hash of it, and the data.

The manifest lists the rows of every table and the digest of every member, so that a restore can prove that it is
complete. The hash (HMAC-SHA256) is keyed by the installation's secret key: only who has that key, or the passphrase
that it is encrypted with in the manifest, can have written the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from quen.cli.base import CommandError
from quen.cli.i18n import _
from quen.core.crypto import derive_key_from

FORMAT = 2
MANIFEST, SIGNATURE = "manifest.json", "manifest.hmac"
EVERYTHING, WORKSPACE = "everything", "workspace"
_CHUNK_BYTES = 1024 * 1024
_MAX_MANIFEST_BYTES = 64 * 1024 * 1024
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, AttributeError),
    # zipfile's for an encrypted member, an unknown compression, and json's for a bottomless nesting
    RuntimeError,
)


@dataclass
class BackupManifest:
    """The contents of a backup. ``secret``: see backups.secret."""

    scope: str
    created_at: str
    #: rows by table: "schema.table", in the backup of a workspace "table"
    tables: dict[str, int] = field(default_factory=dict)
    #: names of migrations, as "app.name"
    migrations: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict)
    #: of a workspace: its tables' columns, the last values of its sequences, the months of its event partitions
    columns: dict[str, list[str]] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    months: list[str] = field(default_factory=list)
    #: rows of the shared schema that belong to the one workspace
    workspace: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Backup:
    """A backup whose digests are right."""

    file: Path
    manifest: BackupManifest
    _text: bytes
    _signature: str

    def is_signed_with(self, secret: str | None) -> bool:
        """Return whether the manifest is as the installation with this secret wrote it."""
        return secret is not None and hmac.compare_digest(
            _sign(self._text, secret).encode(), self._signature.encode()
        )

    @contextmanager
    def open(self, member: str) -> Iterator[IO[bytes]]:
        """Open a member for reading."""
        with zipfile.ZipFile(self.file) as archive, archive.open(member) as opened:
            yield opened


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Yield a temporary name to write to, renamed when complete. Mode 600, because it contains customers' data."""
    if target.exists():
        raise CommandError(
            _("%(file)s already exists. Choose another name.") % {"file": target}, code="file_exists"
        )
    partial = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        text = _("Can't write %(file)s (%(reason)s).")
        raise CommandError(
            text % {"file": target, "reason": error.strerror}, code="file_unwritable"
        ) from error
    try:
        yield partial
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.rename(target)


class BackupWriter:
    """Adds members to a backup; the manifest comes last."""

    def __init__(self, archive: zipfile.ZipFile, manifest: BackupManifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def add(
        self, name: str, chunks: Iterable[bytes | bytearray | memoryview], *, compress: bool = False
    ) -> None:
        """Write a member, and its digest into the manifest."""
        digest = hashlib.sha256()
        member = zipfile.ZipInfo(name)
        member.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        with self._archive.open(member, "w", force_zip64=True) as target:
            for chunk in _in_large(chunks):
                digest.update(chunk)
                target.write(chunk)
        self.manifest.digests[name] = digest.hexdigest()


@contextmanager
def writing(file: Path, manifest: BackupManifest, secret: str | None) -> Iterator[BackupWriter]:
    """Yield a writer for a new backup; at the end the manifest is written and signed with the installation's secret."""
    with zipfile.ZipFile(file, "w", compresslevel=3) as archive:
        yield BackupWriter(archive, manifest)
        text = json.dumps(asdict(manifest), ensure_ascii=False, default=str).encode()
        archive.writestr(MANIFEST, text)
        if secret is not None:
            archive.writestr(SIGNATURE, _sign(text, secret))


def read(file: Path) -> Backup:
    """Return a backup, after checking the digests of all members. Raises CommandError."""
    if not file.is_file():
        raise CommandError(_("%(file)s doesn't exist.") % {"file": file}, code="no_file")
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(MANIFEST).file_size > _MAX_MANIFEST_BYTES:
                raise damaged(file)
            text = archive.read(MANIFEST)
            content = json.loads(text)
            if content["format"] < FORMAT:
                older = _(
                    "%(file)s was made by Quen 0.1, whose tables had other names. It can't be restored."
                )
                raise CommandError(older % {"file": file}, code="older")
            if content["format"] > FORMAT:
                raise _newer(file)
            manifest = BackupManifest(**content)
            _check_shape(manifest)
            for name, digest in manifest.digests.items():
                with archive.open(name) as member:
                    if _digest(member) != digest:
                        raise damaged(file)
            signed = SIGNATURE in archive.namelist()
            signature = archive.read(SIGNATURE).decode() if signed else ""
    except OSError as error:
        text_ = _("Can't read %(file)s (%(reason)s).")
        raise CommandError(
            text_ % {"file": file, "reason": error.strerror}, code="file_unreadable"
        ) from error
    except _BROKEN as error:
        raise damaged(file) from error
    return Backup(file, manifest, text, signature)


def damaged(file: Path) -> CommandError:
    """Return the refusal of a file that Quen did not write, or not like this."""
    text = _("%(file)s is not a Quen backup, or it is damaged. Use another copy.")
    return CommandError(text % {"file": file}, code="not_a_backup")


def check_not_newer(backup: Backup, known: Collection[str]) -> None:
    """Raise CommandError when a backup contains migrations this code does not know."""
    if not set(backup.manifest.migrations) <= set(known):
        raise _newer(backup.file)


def check_row_counts(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Raise CommandError when a table has another number of rows than the backup."""
    different = sorted(name for name, rows in expected.items() if found.get(name) != rows)
    if different:
        raise CommandError(
            _("The restore is incomplete: %(tables)s differ from the backup.")
            % {"tables": ", ".join(different)},
            code="differs",
        )


def in_chunks(source: IO[bytes]) -> Iterator[bytes]:
    """Yield what can be read, a megabyte at a time."""
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk


def _check_shape(manifest: BackupManifest) -> None:
    """Raise ValueError when a value of the manifest has another type than declared."""
    right = (
        manifest.scope in (EVERYTHING, WORKSPACE)
        and _maps_to(manifest.tables, int)
        and _maps_to(manifest.digests, str)
        and _maps_to(manifest.secret, str)
        and _maps_to(manifest.columns, list)
        and _maps_to(manifest.sequences, int)
        and all(isinstance(word, str) for words in (manifest.migrations, manifest.months) for word in words)
        and isinstance(manifest.workspace, dict)
    )
    if not right:
        raise ValueError("not a manifest")


def _maps_to(value: object, kind: type) -> bool:
    return isinstance(value, dict) and all(type(each) is kind for each in value.values())


def _newer(file: Path) -> CommandError:
    text = _("%(file)s was made by a newer version of Quen. Update Quen first.")
    return CommandError(text % {"file": file}, code="newer")


def _sign(text: bytes, secret: str) -> str:
    return hmac.new(derive_key_from(secret, "backup.manifest"), text, hashlib.sha256).hexdigest()


def _digest(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in in_chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def _in_large(chunks: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of about a megabyte: COPY gives one row at a time."""
    collected = bytearray()
    for chunk in chunks:
        collected += chunk
        if len(collected) >= _CHUNK_BYTES:
            yield bytes(collected)
            collected.clear()
    if collected:
        yield bytes(collected)
