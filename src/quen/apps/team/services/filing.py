"""Files kept as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from django.db import connection, transaction

from quen.apps.team.models import File, Member

CHUNK_BYTES = 1024 * 1024


@transaction.atomic
def keep_file(
    *,
    name: str,
    content: BinaryIO | Iterable[bytes],
    member: Member | None = None,
    content_type: str = "",
    expires_at: datetime | None = None,
) -> File:
    """Keep a file as rows; the content is read a megabyte at a time."""
    file = File.objects.create(
        name=name[:300],
        content_type=content_type,
        member_id=member.pk if member else None,
        expires_at=expires_at,
    )
    size = 0
    with connection.cursor() as cursor:
        for position, chunk in enumerate(_megabytes(content)):
            size += len(chunk)
            cursor.execute(
                "INSERT INTO team_filechunk (file_id, position, data) VALUES (%s, %s, %s)",
                [file.pk, position, chunk],
            )
    file.size = size
    file.save(update_fields=["size"])
    return file


def drop_file(file_id: int) -> None:
    """Erase a file with its content."""
    File.objects.filter(pk=file_id).delete()


def drop_expired_files(*, now: datetime) -> int:
    """Erase the files whose time is over."""
    return File.objects.filter(expires_at__lt=now).delete()[0]


def _megabytes(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(content, "read"):
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
        return
    held = bytearray()
    for piece in content:
        held += piece
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)
