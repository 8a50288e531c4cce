"""What a file is, read from its own bytes: neither its name nor what the browser says counts."""

from __future__ import annotations

import zlib
from typing import BinaryIO, Final

from quen.apps.contacts.types import FileKind

_HEAD_BYTES: Final = 4096
#: where a zip lists its entries, in files of a usual length
_TAIL_BYTES: Final = 65_536
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_OFFICE: Final = (
    (b"word/document.xml", FileKind.WORD),
    (b"xl/workbook.xml", FileKind.EXCEL),
    (b"ppt/presentation.xml", FileKind.SLIDES),
)
_JPEG_MARKERS: Final = frozenset(range(0xC0, 0xD0)) | frozenset(range(0xDB, 0xFF))
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1"})
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_CONTENT_TYPES: Final = {
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.WEBP: "image/webp",
    FileKind.GIF: "image/gif",
    FileKind.HEIC: "image/heic",
    FileKind.PDF: "application/pdf",
    FileKind.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.SLIDES: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    FileKind.TEXT: "text/plain; charset=utf-8",
    FileKind.ARCHIVE: "application/zip",
}


def content_type_of(kind: FileKind) -> str:
    """Return the type under which files of a kind are sent; none under which a browser runs anything."""
    return _CONTENT_TYPES.get(kind, "application/octet-stream")


def detect_kind(content: BinaryIO, size: int) -> FileKind:
    """Return what a file is. Only its structure counts: a page that begins like a picture is not one."""
    content.seek(0)
    head = content.read(_HEAD_BYTES)
    if head.startswith(_PNG):
        return FileKind.PNG if _is_png(content, size) else FileKind.OTHER
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG if _is_jpeg(content) else FileKind.OTHER
    if head[:4] == b"RIFF" and len(head) >= 12:
        return _riff_kind(head, size)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return FileKind.GIF
    if head.startswith(b"%PDF-"):
        return FileKind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(content, size)
    if head[4:8] == b"ftyp":
        return _media_kind(head[8:12])
    if head[:3] == b"ID3" or head[:4] in (b"OggS", b"fLaC"):
        return FileKind.AUDIO
    return FileKind.TEXT if _is_text(head, whole=size <= _HEAD_BYTES) else FileKind.OTHER


def _is_png(content: BinaryIO, size: int) -> bool:
    """Return whether the file consists of chunks from IHDR to IEND, and of nothing else."""
    position = len(_PNG)
    first = True
    while True:
        content.seek(position)
        header = content.read(8)
        if len(header) < 8:
            return False
        length, name = int.from_bytes(header[:4], "big"), header[4:]
        if first:
            body = content.read(length + 4) if name == b"IHDR" and length == 13 else b""
            if len(body) < 17 or zlib.crc32(name + body[:13]) != int.from_bytes(body[13:17], "big"):
                return False
            first = False
        position += length + 12
        if position > size:
            return False
        if name == b"IEND":
            return length == 0 and position == size


def _is_jpeg(content: BinaryIO) -> bool:
    """Return whether the segments lead to a frame with a width and a height. Cameras append data of their own."""
    position = 2
    while True:
        content.seek(position)
        header = content.read(9)
        if len(header) < 9 or header[0] != 0xFF or header[1] not in _JPEG_MARKERS:
            return False
        marker, length = header[1], int.from_bytes(header[2:4], "big")
        if length < 2:
            return False
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(header[5:7], "big"), int.from_bytes(header[7:9], "big")
            return height > 0 and width > 0
        position += 2 + length


def _riff_kind(head: bytes, size: int) -> FileKind:
    declared, form = int.from_bytes(head[4:8], "little"), head[8:12]
    if form == b"WEBP" and declared + 8 == size + size % 2 and head[12:16] in (b"VP8 ", b"VP8L", b"VP8X"):
        return FileKind.WEBP
    return {b"WAVE": FileKind.AUDIO, b"AVI ": FileKind.VIDEO}.get(form, FileKind.OTHER)


def _zip_kind(content: BinaryIO, size: int) -> FileKind:
    content.seek(max(0, size - _TAIL_BYTES))
    entries = content.read(_TAIL_BYTES)
    return next((kind for name, kind in _OFFICE if name in entries), FileKind.ARCHIVE)


def _media_kind(brand: bytes) -> FileKind:
    if brand in _HEIC_BRANDS:
        return FileKind.HEIC
    return FileKind.AUDIO if brand in _SOUND_BRANDS else FileKind.VIDEO


def _is_text(head: bytes, *, whole: bool) -> bool:
    """Return whether it is text in UTF-8 without markup."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        # A letter may be cut at the end of what was read.
        if whole or wrong.start < len(head) - 3:
            return False
        text = head[: wrong.start].decode("utf-8-sig")
    is_plain = all(character.isprintable() or character in "\t\n\r" for character in text)
    return is_plain and not text.lstrip().startswith("<")
