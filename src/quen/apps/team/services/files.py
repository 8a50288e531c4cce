"""Files stored in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import BinaryIO

from django.db import connection, transaction

from quen.apps.team.models import File
from quen.core.actors import SYSTEM, Actor

CHUNK_BYTES = 1024 * 1024


@transaction.atomic
def store_file(
    *,
    name: str,
    content: BinaryIO | Iterable[bytes],
    actor: Actor = SYSTEM,
    content_type: str = "",
    expires_at: datetime | None = None,
) -> File:
    """Store a file in rows of 1 MB and return it. The content is read a megabyte at a time."""
    file = File.objects.create(
        name=name[:300],
        content_type=content_type,
        member_id=actor.member_id,
        expires_at=expires_at,
    )
    size = 0
    with connection.cursor() as cursor:
        for position, chunk in enumerate(_chunks(content)):
            size += len(chunk)
            cursor.execute(
                "INSERT INTO team_filechunk (file_id, position, data) VALUES (%s, %s, %s)",
                [file.pk, position, chunk],
            )
    file.size = size
    file.save(update_fields=["size"])
    return file


def delete_file(file_id: int) -> None:
    """Delete a file with its content."""
    File.objects.filter(pk=file_id).delete()


def delete_files(file_ids: Collection[int]) -> None:
    """Delete files with their content, and the rows of other apps that belong to them."""
    File.objects.filter(pk__in=file_ids).delete()


def delete_expired_files(*, now: datetime) -> int:
    """Delete the files past their ``expires_at``."""
    return File.objects.filter(expires_at__lt=now).delete()[0]


def _chunks(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(content, "read"):
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
        return
    buffer = bytearray()
    for piece in content:
        buffer += piece
        while len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer[:CHUNK_BYTES])
            del buffer[:CHUNK_BYTES]
    if buffer:
        yield bytes(buffer)
