from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proofs import proof, scaled

from quen.apps.import_export.errors import (
    BrokenFile,
    CellTooLong,
    EmptyFile,
    FileTooLarge,
    ForbiddenXml,
    LineTooLong,
    NoSuchSheet,
    NotATable,
    OtherWorkbook,
    ProtectedFile,
    TooManyColumns,
    UnclosedQuote,
    UnpacksTooLarge,
    UnreadableFile,
    WebPage,
    WrongEncoding,
)
from quen.apps.import_export.tables import LIMITS, ReadLimits
from quen.apps.import_export.tests.files import HEAD, cells_of, rezipped, table_of, xls_rows, xlsx_rows

SAMPLES = Path(__file__).with_name("samples")
WHOLE = 1_000
DAMAGED = scaled(WHOLE)
ROWS = [HEAD, ("Lê An", "0901234567", "17/07/1990")]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


class TestUnreadableFiles:
    @pytest.mark.parametrize(
        ("data", "refusal"),
        [
            (b"", EmptyFile),
            (b"\xef\xbb\xbf\r\n \r\n", EmptyFile),
            (b",,,\n,,,\n", EmptyFile),
            (xlsx_rows([]), EmptyFile),
            (random.Random(7).randbytes(5000), NotATable),
            (b"%PDF-1.7\n1 0 obj\n", NotATable),
            (b"\x89PNG\r\n\x1a\nIHDR", NotATable),
            (OLE + "WordDocument".encode("utf-16-le"), NotATable),
            (zipped(readme=b"hello"), NotATable),
            (zipped(content__xml=b"<x/>").replace(b"content/xml", b"content.xml"), OtherWorkbook),
            (OLE + "EncryptedPackage".encode("utf-16-le"), ProtectedFile),
            (OLE + "Workbook".encode("utf-16-le") + bytes(2000), BrokenFile),
            (xlsx_rows(ROWS)[:-400], BrokenFile),
            (b"PK\x03\x04 not an archive at all", BrokenFile),
            (xls_rows(ROWS)[:3000], BrokenFile),
            (b"<html><table><tr><td>A</td></tr></table></html>", WebPage),
            (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", OtherWorkbook),
        ],
    )
    def test_raise_their_own_error(self, data: bytes, refusal: type[UnreadableFile]) -> None:
        with pytest.raises(UnreadableFile) as raised:
            table_of(data, "khach.xls")
        assert raised.value.code == refusal.code
        assert str(raised.value)

    def test_declarations_in_a_workbook_are_rejected(self) -> None:
        bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        for part in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"):
            with pytest.raises(ForbiddenXml):
                table_of(rezipped(xlsx_rows(ROWS), {part: bomb + b"<sst/>"}))

    def test_declarations_in_a_streamed_sheet_are_rejected(self) -> None:
        bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
        with pytest.raises(ForbiddenXml):
            table_of(
                rezipped(xlsx_rows(ROWS), {"xl/worksheets/sheet1.xml": bomb}),
                limits=ReadLimits(in_memory_sheet=1),
            )

    def test_a_zip_bomb_is_rejected(self) -> None:
        huge = rezipped(xlsx_rows(ROWS), {"xl/worksheets/sheet2.xml": bytes(80 << 20)})
        with pytest.raises(UnpacksTooLarge):
            table_of(huge)
        with pytest.raises(UnpacksTooLarge):
            table_of(xlsx_rows(ROWS), limits=ReadLimits(unpacked=1000))
        with pytest.raises(UnpacksTooLarge):
            table_of(xlsx_rows(ROWS), limits=ReadLimits(parts=3))

    @pytest.mark.parametrize(
        ("place", "other"),
        [
            (b'<c r="A2"', b'<c r="ZZZZZZZZ999999999999"'),
            (b'<c r="A2"', b'<c r="A99999999999"'),
            (b'<c r="A2"', b"<c r='A9999999'"),
            (b'<c r="A2"', b'<c\tr="A99999999"'),
            (b'<c r="A2"', b'<c t=">" r="A99999999"'),
            (b'<c r="A2"', b'<c r="A9999999"'),
            (b'<row r="2"', b'<row r="99999999"'),
            (b'<row r="2"', b'<row x=">" r="99999999"'),
        ],
    )
    def test_cells_far_away_neither_end_the_process_nor_write_to_its_log(
        self, place: bytes, other: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        part = "xl/worksheets/sheet1.xml"
        whole = xlsx_rows(ROWS)
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            sheet = archive.read(part)
        assert place in sheet
        with suppress(UnreadableFile):
            cells_of(table_of(rezipped(whole, {part: sheet.replace(place, other)})))
        assert capfd.readouterr().err == ""

    def test_a_part_with_a_wrong_checksum_is_rejected(self) -> None:
        data = bytearray(xlsx_rows(ROWS))
        at = data.index(b"PK\x01\x02")
        data[at + 16 : at + 20] = b"\0\0\0\0"  # the checksum in the directory
        with pytest.raises(BrokenFile):
            table_of(bytes(data))

    def test_a_large_old_workbook_is_rejected(self) -> None:
        with pytest.raises(FileTooLarge) as raised:
            table_of(xls_rows(ROWS), limits=ReadLimits(legacy_workbook=1 << 10))
        assert raised.value.params == {"limit_mb": 0}

    def test_an_unclosed_quotation_mark_is_rejected(self) -> None:
        rows = "".join(f"Trần Bình,{at}\n" for at in range(1000))
        data = f'Họ tên,Số\nLê An,1\n"Lê Bình,2\n{rows}'.encode()
        with pytest.raises(UnclosedQuote) as raised:
            table_of(data)
        assert raised.value.params == {"row": 3}
        assert len(cells_of(table_of(data, quotes=False))) == 1002

    def test_a_pair_of_stray_quotation_marks_is_rejected(self) -> None:
        rows = "".join(f"Trần Bình,{at}\n" for at in range(2000))
        table = table_of(f'Họ tên,Số\n{rows}"Lê An,1\n{rows}"Lê Bình,2\n'.encode())
        with pytest.raises(UnclosedQuote):
            cells_of(table)

    def test_too_long_lines_and_cells_and_too_many_columns_are_rejected(self) -> None:
        with pytest.raises(LineTooLong):
            table_of(b"a," * (3 << 20))
        with pytest.raises(TooManyColumns) as raised:
            table_of((",".join(map(str, range(501))) + "\n").encode())
        assert raised.value.params == {"limit": 500}
        with pytest.raises(CellTooLong):
            table_of(b"a,b\n" + b"x" * 200_000 + b",1\n")

    def test_options_that_do_not_fit_are_rejected(self) -> None:
        with pytest.raises(WrongEncoding):
            table_of("Tên\nLê".encode("cp1252"), encoding="utf-8")
        with pytest.raises(NoSuchSheet):
            table_of(xlsx_rows(ROWS), sheet="Trang 9")

    @proof("A damaged file is read or refused in words", files=DAMAGED)
    # Whole, as in bin/soak, it draws other files each time.
    @settings(max_examples=DAMAGED, derandomize=DAMAGED < WHOLE)
    @given(
        st.sampled_from(
            [xlsx_rows(ROWS), xls_rows(ROWS), 'Tên;SĐT\n"Lê";09'.encode(), "Tên\tSĐT".encode("utf-16")]
        ),
        st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
        st.sampled_from([LIMITS, ReadLimits(in_memory_sheet=1)]),
    )
    def test_a_damaged_file_is_read_or_rejected(
        self, data: bytes, damage: list[tuple[float, int]], limits: ReadLimits
    ) -> None:
        broken = bytearray(data)
        for at, value in damage:
            broken[int(at * len(broken))] = value
        try:
            cells_of(table_of(bytes(broken), limits=limits))
        except UnreadableFile as refusal:
            assert str(refusal)

    def test_every_truncated_file_raises_a_known_error(self) -> None:
        whole = xlsx_rows(ROWS)
        for end in range(0, len(whole) - 1, 97):
            with pytest.raises(UnreadableFile):
                table_of(whole[:end])


class TestDamagedWorkbooks:
    @pytest.mark.parametrize(
        ("at", "damage"),
        [(13384, b"\xff\xff\xff\x00"), (13893, b"\xff\xff\xff\xff"), (11499, b"\xff\xff\xff\x7f")],
    )
    def test_one_at_which_the_parser_aborts_gives_a_sentence(self, at: int, damage: bytes) -> None:
        content = bytearray((SAMPLES / "upgo-mau.xls").read_bytes())
        content[at : at + 4] = damage
        with pytest.raises(BrokenFile):
            table_of(bytes(content), "upgo.xls")
