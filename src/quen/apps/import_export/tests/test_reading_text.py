from __future__ import annotations

import unicodedata

import pytest

from quen.apps.import_export.tables import ReadOptions, first_rows
from quen.apps.import_export.tests.files import HEAD, PEOPLE, cells_of, table_of
from quen.core import facts


def people(mark: str = ",") -> str:
    rows = [HEAD, *((name, f"09012345{at:02}", "17/07/1990") for at, name in enumerate(PEOPLE))]
    return "\r\n".join(mark.join(row) for row in rows) + "\r\n"


def backwards(text: str, name: str) -> str:
    """Return the text as a legacy font encodes it."""
    letters = {new: old for old, new in facts.load("legacy_encodings")[name]["map"].items()}
    return "".join(letters.get(letter, letter) for letter in text)


def as_cp1258(text: str) -> bytes:
    """Return the text in Windows-1258, which writes the tone mark after its letter."""
    out = b""
    for letter in text:
        spelled = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in spelled if mark in "\u0300\u0301\u0303\u0309\u0323")
        bare = unicodedata.normalize("NFC", "".join(mark for mark in spelled if mark not in tones))
        out += (bare + tones).encode("cp1258")
    return out


class TestEncodings:
    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("utf-8", people().encode()),
            ("utf-8-sig", people().encode("utf-8-sig")),
            ("utf-16", people().encode("utf-16")),
            ("utf-16", b"\xfe\xff" + people().encode("utf-16-be")),
            ("utf-16-le", people().encode("utf-16-le")),
            ("utf-16-be", people().encode("utf-16-be")),
            ("cp1258", as_cp1258(people())),
            ("tcvn3", backwards(people(), "tcvn3").encode("latin-1")),
            ("vni", backwards(people(), "vni").encode("latin-1")),
            ("vps", backwards(people(), "vps").encode("latin-1")),
        ],
    )
    def test_are_detected_and_decoded(self, name: str, data: bytes) -> None:
        table = table_of(data)
        assert table.encoding == name
        assert table.headers == HEAD
        assert [cells[0] for cells in cells_of(table)] == list(PEOPLE)

    def test_a_column_of_legacy_text_next_to_a_clean_one(self) -> None:
        rows = [f"{backwards(name, 'tcvn3')};{name};{backwards(name, 'vni')};0901234567" for name in PEOPLE]
        table = table_of("\n".join(["Hä tªn;Họ tên;Hoï teân;SĐT", *rows]).encode())
        assert table.encoding == "utf-8"
        assert table.column_encodings == ("tcvn3", "unicode", "vni", "unicode")
        assert table.headers == ("Họ tên", "Họ tên", "Họ tên", "SĐT")
        assert all(cells[0] == cells[1] == cells[2] for cells in cells_of(table))

    def test_utf8_decoded_as_latin1_before(self) -> None:
        broken = people().encode().decode("latin-1").encode()
        assert [cells[0] for cells in cells_of(table_of(broken))] == list(PEOPLE)

    def test_western_letters_are_kept(self) -> None:
        table = table_of(
            "Name,Phone\nRené Müller,0901234567\nJosé Nuñez – Café,0901234568\n".encode("cp1252")
        )
        assert table.encoding == "cp1252"
        assert [cells[0] for cells in cells_of(table)] == ["René Müller", "José Nuñez – Café"]

    def test_can_be_chosen(self) -> None:
        data = backwards(people(), "tcvn3").encode("latin-1")
        assert cells_of(table_of(data, encoding="cp1252"))[0][0] == "NguyÔn ThÞ Hång §µo"
        columns = table_of(data, column_encodings=("unicode",)).column_encodings
        assert columns[0] == "unicode"

    def test_an_invalid_byte_after_the_sample_still_rules_out_utf8(self) -> None:
        rows = "".join(f"KH{at:06},0901234567\n" for at in range(60_000))
        table = table_of(b"Ma KH,SDT\n" + rows.encode() + b"Ren\xe9,0901234567\n")
        assert cells_of(table)[-1][0] == "René"

    def test_a_legacy_font_can_be_chosen_for_text_saved_as_utf8(self) -> None:
        table = table_of("Tªn;SĐT\nLª An;0901234567\n".encode(), encoding="tcvn3")
        assert (table.encoding, cells_of(table)[0][0]) == ("tcvn3", "Lê An")

    @pytest.mark.parametrize("name", ["utf-8-sig", "utf-16"])
    def test_a_damaged_byte_costs_one_letter_not_the_file(self, name: str) -> None:
        data = people().encode(name)
        at = data.index("Lê".encode(name)[-3:] if name == "utf-16" else "ê".encode())
        broken = data[: at + 1] + b"\xd8" + data[at + 2 :]
        assert [cells[1] for cells in cells_of(table_of(broken))][:3] == [
            "0901234500",
            "0901234501",
            "0901234502",
        ]


class TestDamage:
    """A file of UTF-8 with a few bad bytes, as a broken transfer or a program that cuts cells leaves them."""

    ROWS = "\n".join(["Tên khách hàng,Điện thoại", *(f"{name},09{at:08}" for at, name in enumerate(PEOPLE))])

    def test_one_bad_byte_costs_one_letter(self) -> None:
        data = self.ROWS.encode().replace("ườ".encode(), "ư".encode() + b"\xe1", 1)
        rows = cells_of(table_of(data))
        assert rows[4][0] == "Phạm Thị Hư\ufffdng"
        assert [row[0] for at, row in enumerate(rows) if at != 4] == [
            name for at, name in enumerate(PEOPLE) if at != 4
        ]

    @pytest.mark.parametrize("cut", [b"\xe1", b"\xe1\xbb", b"\xc3", b"\xff", b"\x80"])
    def test_whatever_the_byte(self, cut: bytes) -> None:
        data = self.ROWS.encode().replace("Đức".encode(), cut, 1)
        rows = cells_of(table_of(data))
        assert rows[5][0].replace("\ufffd", "") == "Bùi  Thắng"
        assert rows[0][0] == PEOPLE[0]

    def test_is_read_alike_with_the_options_it_was_read_with(self) -> None:
        data = self.ROWS.encode().replace("ườ".encode(), b"\xe1", 1)
        table = table_of(data)
        assert cells_of(table_of(data, **table.options.as_json())) == cells_of(table)

    def test_cells_of_old_letters_among_utf8_ones(self) -> None:
        old = "NguyÔn V¨n B×nh,0911000001\nTrÇn ThÞ Hång,0911000002\nPh¹m Quèc §¹t,0911000003".encode(
            "latin-1"
        )
        rows = cells_of(table_of(self.ROWS.encode() + b"\n" + old))
        assert [row[0] for row in rows] == [*PEOPLE, "Nguyễn Văn Bình", "Trần Thị Hồng", "Phạm Quốc Đạt"]

    def test_utf8_cells_among_old_letters(self) -> None:
        old = [backwards(name, "tcvn3") for name in PEOPLE]
        data = "\n".join(["Ten khach hang,Dien thoai", *(f"{name},0911000001" for name in old)]).encode(
            "latin-1"
        )
        rows = cells_of(table_of(data + "\nNguyễn Thị Ngọc Ánh,0911000002".encode()))
        assert [row[0] for row in rows] == [*PEOPLE, "Nguyễn Thị Ngọc Ánh"]

    def test_unicode_cells_in_a_column_of_old_letters(self) -> None:
        names = [name if at % 2 else backwards(name, "tcvn3") for at, name in enumerate(PEOPLE)]
        data = "\n".join(["Tên khách hàng,Điện thoại", *(f"{name},0911000001" for name in names)]).encode()
        assert [row[0] for row in cells_of(table_of(data))] == list(PEOPLE)


class TestDelimiters:
    @pytest.mark.parametrize(("name", "mark"), [("tab", "\t"), (";", ";"), (",", ","), ("|", "|")])
    def test_are_detected(self, name: str, mark: str) -> None:
        table = table_of(people(mark).encode())
        assert table.delimiter == name
        assert table.headers == HEAD

    def test_commas_in_addresses_are_no_delimiters(self) -> None:
        rows = "".join(f"Lê An;12 Lê Lợi, Quận {at}, TP.HCM\n" for at in range(1, 9))
        assert table_of(f"Họ tên;Địa chỉ\n{rows}".encode()).delimiter == ";"

    def test_a_sep_line_sets_the_delimiter_and_is_no_row(self) -> None:
        table = table_of("sep=;\r\nHọ tên;SĐT\r\nLê An;0901234567\r\n".encode())
        assert (table.delimiter, table.header_row) == (";", 2)
        assert list(table.rows()) == [(3, ("Lê An", "0901234567"))]

    def test_one_column_is_a_table_too(self) -> None:
        table = table_of("SĐT\n0901234567\n0901234568\n".encode())
        assert table.headers == ("SĐT",)
        assert len(cells_of(table)) == 2

    def test_can_be_chosen(self) -> None:
        assert table_of(b"a;b,c\nd;e,f\n", delimiter=",", header_row=0).rows_estimate == 2
        assert cells_of(table_of(b"a;b,c\nd;e,f\n", delimiter=",", header_row=0))[0] == ["a;b", "c"]


class TestRows:
    def test_keep_line_breaks_and_quotes_inside_cells(self) -> None:
        table = table_of(
            'Họ tên,Ghi chú\n"Lê An","dòng 1\ndòng 2, ""nhớ"""\nTrần Bình,12" màn hình\n'.encode()
        )
        assert list(table.rows()) == [
            (2, ("Lê An", 'dòng 1\ndòng 2, "nhớ"')),
            (3, ("Trần Bình", '12" màn hình')),
        ]

    def test_blank_rows_and_totals_are_left_out_and_counted(self) -> None:
        table = table_of(
            "Họ tên,SĐT,Tổng bán\nLê An,0901234567,5\n,,\n  ,,\nTống Bình,0901234568,7\n"
            "Tổng cộng,,12\n,Số dòng = 2,\n".encode()
        )
        stream = table.rows()
        assert [number for number, _cells in stream] == [2, 5]
        assert (stream.blank_rows, stream.total_rows) == (2, 2)

    def test_a_contact_called_tong_is_no_total(self) -> None:
        table = table_of("Họ tên,SĐT,Quê\nTổng,0901234567,Huế\nTong Van An,0901234568,\n".encode())
        assert len(cells_of(table)) == 2

    def test_short_and_long_rows_fit_the_headers(self) -> None:
        stream = table_of("Họ tên,SĐT,Email\nLê An\nTrần Bình,0901234567,a@vi-du.vn,,\n".encode()).rows()
        assert [cells for _number, cells in stream] == [
            ("Lê An", None, None),
            ("Trần Bình", "0901234567", "a@vi-du.vn"),
        ]
        assert stream.long_rows == 0

    def test_old_macintosh_line_ends(self) -> None:
        assert len(cells_of(table_of("Họ tên,SĐT\rLê An,0901234567\rTrần Bình,0901234568\r".encode()))) == 2

    def test_nul_characters_are_dropped(self) -> None:
        rows = "".join(f"Nguyễn Văn An số {at},0901234567\n" for at in range(50))
        table = table_of(f"Họ tên,SĐT\nLê\0 An,0901234567\n{rows}".encode())
        assert cells_of(table)[0][0] == "Lê An"

    def test_progress_reaches_the_end(self) -> None:
        stream = table_of(people().encode()).rows()
        assert len(list(stream)) == len(PEOPLE)
        assert stream.progress() == 1.0


class TestHeaderRow:
    def test_is_found_below_titles(self) -> None:
        table = table_of(
            "DANH SÁCH KHÁCH HÀNG,,\nTháng 10,,\n,,\nHọ tên,SĐT,Email\nLê An,0901234567,\n".encode()
        )
        assert table.header_row == 4
        assert table.headers == ("Họ tên", "SĐT", "Email")

    def test_may_be_missing(self) -> None:
        table = table_of("Lê An,0901234567\nTrần Bình,0901234568\n".encode())
        assert (table.header_row, table.headers) == (0, ("", ""))
        assert first_rows(table)[0] == (1, ("Lê An", "0901234567"))

    def test_with_unknown_headers_is_still_the_first_row(self) -> None:
        table = table_of("Món ưa,Nhóm máu\nTrà,O\nCà phê,A\n".encode())
        assert table.headers == ("Món ưa", "Nhóm máu")

    def test_a_row_that_describes_the_headers_is_skipped(self) -> None:
        table = table_of(
            b"Order ID,Order Substatus,SKU Platform Discount,Recipient,Phone #\n"
            b"Platform unique ID,Current order substatus,Discount of platform,Name of recipient,Phone of buyer\n"
            b"577000000000000001,Delivered,0,Le An,0901234567\n"
        )
        assert table.has_description_row
        assert [number for number, _cells in table.rows()] == [3]

    def test_a_row_of_instructions_is_skipped(self) -> None:
        table = table_of(
            "Họ tên,SĐT,Ngày sinh\nBắt buộc,VD: 0901234567,(dd/mm/yyyy)\nLê An,0901234568,\n".encode()
        )
        assert cells_of(table) == [["Lê An", "0901234568", ""]]

    def test_a_row_with_long_values_is_no_instruction(self) -> None:
        table = table_of(
            "Họ tên,Địa chỉ,Ghi chú\nCông Tằng Tôn Nữ Thị An,số mười hai phố Lê Lợi,khách thân thiết nhiều năm\n"
            "Lê An,12 Lê Lợi,0901234567\n".encode()
        )
        assert len(cells_of(table)) == 2

    def test_can_be_chosen(self) -> None:
        table = table_of("Họ tên,SĐT\nTên,Số\nLê An,0901234567\n".encode(), header_row=2)
        assert table.headers == ("Tên", "Số")


class TestOptions:
    def test_another_delimiter_resets_the_options_that_depend_on_it(self) -> None:
        options = ReadOptions(delimiter=";", header_row=3, column_encodings=("vni",))
        assert options.changed(delimiter=",") == ReadOptions(delimiter=",")
        assert options.changed(header_row=0) == ReadOptions(
            delimiter=";", header_row=0, column_encodings=("vni",)
        )
