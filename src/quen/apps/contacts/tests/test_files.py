"""Files of a contact: recognised by their bytes, handed out whole as downloads, gone with the person."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import AN, BINH, NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactFile
from quen.apps.contacts.rules.files import detect_kind
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact
from quen.apps.contacts.types import EmptyContactFile, FileKind, FileTooLong, TooManyFiles
from quen.apps.team.models import AuditEntry, File, FileChunk
from quen.apps.team.queries import file_chunks
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")

SignIn = Callable[[str], Client]
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<script>parent.document.title='taken'</script>"
HTMX = {"HX-Request": "true"}


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png() -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return PNG_HEAD + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpeg(tail: bytes = b"") -> bytes:
    app0 = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00"
    return b"\xff\xd8" + app0 + frame + b"\xff\xd9" + tail


def office(entry: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(entry, "<x/>")
    return content.getvalue()


def kind_of(content: bytes) -> FileKind:
    return detect_kind(io.BytesIO(content), len(content))


def keep(
    contact: Contact, name: str = "Phiếu.pdf", content: bytes = b"%PDF-1.7 x", **given: Any
) -> ContactFile:
    values: dict[str, Any] = {"size": len(content), "actor": SYSTEM, "now": NOW} | given
    return services.add_file(contact=contact, name=name, content=io.BytesIO(content), **values)


def url(contact: Contact, rest: str = "") -> str:
    return f"/w/tra-sen/contacts/{contact.pk}/files/{rest}"


def upload(client: Client, contact: Contact, name: str, content: bytes, content_type: str) -> Any:
    given = SimpleUploadedFile(name, content, content_type=content_type)
    return client.post(url(contact, "new/"), {"file": given}, headers=HTMX)


class TestReading:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (png(), FileKind.PNG),
            (jpeg(), FileKind.JPEG),
            (jpeg(b"what the phone added"), FileKind.JPEG),
            (b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 abcd", FileKind.WEBP),
            (b"GIF89a" + bytes(20), FileKind.GIF),
            (b"\0\0\0\x18ftypheic" + bytes(20), FileKind.HEIC),
            (b"\0\0\0\x18ftypisom" + bytes(20), FileKind.VIDEO),
            (b"%PDF-1.7\n1 0 obj", FileKind.PDF),
            (office("word/document.xml"), FileKind.WORD),
            (office("xl/workbook.xml"), FileKind.EXCEL),
            (office("ppt/presentation.xml"), FileKind.SLIDES),
            (office("readme"), FileKind.ARCHIVE),
            ("Giao hàng sau 17 giờ\r\n".encode(), FileKind.TEXT),
            (("ữ" * 3000).encode(), FileKind.TEXT),
            (b"ID3" + bytes(20), FileKind.AUDIO),
            (bytes(range(256)), FileKind.OTHER),
        ],
    )
    def test_the_bytes_say_what_a_file_is(self, content: bytes, kind: FileKind) -> None:
        assert kind_of(content) == kind

    @pytest.mark.parametrize(
        "content",
        [
            PNG_HEAD + b"<html>" + SCRIPT,
            png() + b"<html>" + SCRIPT,
            PNG_HEAD + chunk(b"IHDR", bytes(13))[:-1] + b"x" + SCRIPT,
            b"\xff\xd8\xff<html>" + SCRIPT,
            b"RIFF\0\0\0\0WEBPVP8 " + SCRIPT,
            b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
            b"  <!doctype html>" + SCRIPT,
            b"\xef\xbb\xbf<html>" + SCRIPT,
        ],
    )
    def test_a_program_is_no_picture_and_no_text(self, content: bytes) -> None:
        assert kind_of(content) == FileKind.OTHER


class TestHandedOut:
    @pytest.mark.parametrize(
        ("name", "content", "sent_as"),
        [
            (
                "Hình sản phẩm.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
                "image/svg+xml",
            ),
            ("Ảnh đại diện.png", PNG_HEAD + b"<html>" + SCRIPT, "image/png"),
            (
                "Hợp đồng.pdf",
                b"%PDF-1.7\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
                "application/pdf",
            ),
            ("Trang đích.html", b"<!doctype html>" + SCRIPT, "text/html"),
            ("Bảng giá.txt", "Không phải trang\n".encode() * 200_000, "image/png"),
        ],
    )
    def test_whole_as_a_download_that_runs_nothing(
        self, client_of: SignIn, name: str, content: bytes, sent_as: str
    ) -> None:
        lan, an = make_contact(), client_of(AN)
        assert upload(an, lan, name, content, sent_as).status_code == 200
        kept = ContactFile.objects.get(contact=lan)
        response = an.get(url(lan, f"{kept.pk}/"))
        assert response.getvalue() == content
        assert response["Content-Length"] == str(len(content))
        assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"].startswith("sandbox;")
        expected = {"pdf": "application/pdf", "txt": "text/plain; charset=utf-8"}
        assert response["Content-Type"] == expected.get(name[-3:], "application/octet-stream")

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ('Giấy "hẹn"\r\nSet-Cookie: a=b.pdf', 'Giấy "hẹn" Set-Cookie: a=b.pdf'),
            ("..\\..\\Ảnh\tmới.png", "Ảnh mới.png"),
            ("hop-dong\u202efdp.exe", "hop-dongfdp.exe"),
            ("/etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("dài" * 200 + ".docx", ("dài" * 200)[:195] + ".docx"),
        ],
    )
    def test_under_a_name_in_one_line_without_folders(self, client_of: SignIn, sent: str, kept: str) -> None:
        lan = make_contact()
        file = keep(lan, name=sent)
        assert file.file.name == kept
        response = client_of(AN).get(url(lan, f"{file.pk}/"))
        assert "\n" not in response["Content-Disposition"]
        assert "\r" not in response["Content-Disposition"]
        assert "Set-Cookie" not in response.headers

    def test_nobody_gets_the_file_of_another_contact_by_its_number(self, client_of: SignIn) -> None:
        lan, minh = make_contact(), make_contact()
        file = keep(lan)
        an = client_of(AN)
        assert an.get(url(minh, f"{file.pk}/")).status_code == 404
        assert an.post(url(minh, f"{file.pk}/delete/")).status_code == 404


class TestLimits:
    def test_a_long_one_is_refused_in_words(self, settings: Any, client_of: SignIn) -> None:
        settings.CONTACT_FILE_MAX_BYTES = 1024 * 1024
        lan, an = make_contact(), client_of(AN)
        response = upload(an, lan, "dài.bin", bytes(1024 * 1024 + 1), "image/png")
        assert response.status_code == 422
        assert "1 MB" in response.content.decode()
        assert not File.objects.exists()

    def test_a_far_longer_one_is_not_even_read(self, settings: Any, client_of: SignIn) -> None:
        settings.CONTACT_FILE_MAX_BYTES = 1024 * 1024
        lan, an = make_contact(), client_of(AN)
        assert upload(an, lan, "dài.bin", bytes(4 * 1024 * 1024), "image/png").status_code == 413

    def test_the_services_refuse_it_too(self, settings: Any) -> None:
        settings.CONTACT_FILE_MAX_BYTES, settings.CONTACT_FILES_MAX = 1024 * 1024, 2
        lan = make_contact()
        with pytest.raises(FileTooLong):
            keep(lan, size=1024 * 1024 + 1)
        with pytest.raises(EmptyContactFile):
            keep(lan, content=b"")
        keep(lan)
        keep(lan)
        with pytest.raises(TooManyFiles):
            keep(lan)
        assert keep(make_contact()).pk


class TestPanel:
    def test_lists_adds_and_deletes(self, client_of: SignIn) -> None:
        lan, an = make_contact(), client_of(AN)
        answer = upload(an, lan, "Ảnh da mặt.jpg", jpeg(), "application/pdf")
        text = answer.content.decode()
        assert "Ảnh da mặt.jpg" in text
        assert "Ảnh JPEG" in text
        assert "contact:timeline_changed" in answer["HX-Trigger"]
        assert kinds_on_timeline(lan) == ["file_added"]
        assert "Ảnh da mặt.jpg" in an.get(f"/w/tra-sen/contacts/{lan.pk}/timeline/").content.decode()
        kept = ContactFile.objects.get(contact=lan)
        assert an.post(url(lan, f"{kept.pk}/delete/"), headers=HTMX).status_code == 204
        assert not ContactFile.objects.exists()
        assert not FileChunk.objects.exists()
        timeline = an.get(f"/w/tra-sen/contacts/{lan.pk}/timeline/", headers=HTMX).content.decode()
        assert "Thêm tệp" in timeline
        assert "Ảnh da mặt" not in timeline
        entry = AuditEntry.objects.get(kind="contacts.file_deleted")
        assert "Ảnh" not in str(entry.data)

    def test_a_viewer_downloads_and_changes_nothing(self, client_of: SignIn) -> None:
        lan = make_contact()
        file = keep(lan)
        binh = client_of(BINH)
        text = binh.get(url(lan)).content.decode()
        assert "Phiếu.pdf" in text
        assert url(lan, "new/") not in text
        assert binh.get(url(lan, f"{file.pk}/")).status_code == 200
        assert upload(binh, lan, "x.pdf", b"x", "application/pdf").status_code == 403
        assert binh.post(url(lan, f"{file.pk}/delete/")).status_code == 403
        assert ContactFile.objects.count() == 1


class TestThePerson:
    def test_files_follow_a_merge_and_return_when_it_is_undone(self) -> None:
        kept, merged = make_contact(), make_contact()
        keep(kept, name="a.pdf")
        keep(merged, name="b.pdf")
        assert queries.count_files([kept.pk, merged.pk]) == {kept.pk: 1, merged.pk: 1}
        made = services.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
        assert sorted(each.file.name for each in queries.files_of(kept.pk)) == ["a.pdf", "b.pdf"]
        services.undo_merge(merge=made, actor=SYSTEM, now=NOW + timedelta(hours=1))
        assert [each.file.name for each in queries.files_of(kept.pk)] == ["a.pdf"]
        assert [each.file.name for each in queries.files_of(merged.pk)] == ["b.pdf"]

    def test_an_erased_person_leaves_no_byte(self) -> None:
        lan, minh = make_contact(), make_contact()
        keep(lan)
        other = keep(minh, content=b"%PDF-1.7 Minh")
        services.erase_contact(contact=lan, reason="request", actor=SYSTEM, now=NOW)
        assert list(File.objects.values_list("pk", flat=True)) == [other.file_id]
        assert b"".join(file_chunks(other.file)) == b"%PDF-1.7 Minh"

    def test_the_copy_of_their_data_names_them(self) -> None:
        lan = make_contact()
        keep(lan)
        (record,) = queries.files_copy(lan.pk)
        assert "Phiếu.pdf" in record.values()
