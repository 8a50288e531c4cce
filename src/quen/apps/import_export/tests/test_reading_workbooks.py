from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlwt

from quen.apps.import_export.tables import LIMITS, ReadLimits, first_rows
from quen.apps.import_export.tests.files import (
    HEAD,
    PEOPLE,
    cells_of,
    rezipped,
    table_of,
    xls_rows,
    xlsx,
    xlsx_rows,
)
from quen.core.table_files import TableFormat, table_chunks

MOMENT = datetime.fromisoformat("2026-03-02T14:05")
STREAMED = ReadLimits(in_memory_sheet=1)
BOTH = pytest.mark.parametrize("limits", [LIMITS, STREAMED], ids=["held", "streamed"])


def everything(book: Any, sheet: Any) -> None:
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "hh:mm dd/mm/yyyy"})
    clock = book.add_format({"num_format": "hh:mm"})
    money = book.add_format({"num_format": '#,##0 "đồng"'})
    sheet.write_row(
        0, 0, ["Họ tên", "Ngày sinh", "Ngày tạo", "Giờ", "Tổng bán", "Điểm", "VIP", "Lỗi", "Công thức"]
    )
    sheet.write_string(1, 0, "Lê An & <Bình>\ndòng hai")
    sheet.write_datetime(1, 1, date(1990, 7, 17), day)
    sheet.write_datetime(1, 2, MOMENT, moment)
    sheet.write_number(1, 3, 0.75, clock)
    sheet.write_number(1, 4, 1250000, money)
    sheet.write_number(1, 5, 12.5)
    sheet.write_boolean(1, 6, True)
    sheet.write_formula(1, 7, "=NA()", None, "#N/A")
    sheet.write_formula(1, 8, '=HYPERLINK("http://x";"bấm")', None, "bấm")
    sheet.write_number(3, 5, 84901234567)


EVERYTHING = [
    "Lê An & <Bình>\ndòng hai",
    date(1990, 7, 17),
    MOMENT,
    "18:00:00",
    1250000,
    12.5,
    True,
    None,
    "bấm",
]


class TestCells:
    @BOTH
    def test_keep_their_types(self, limits: ReadLimits) -> None:
        table = table_of(xlsx(everything), "khach.xlsx", limits=limits)
        stream = table.rows()
        rows = list(stream)
        assert rows[0] == (2, tuple(EVERYTHING))
        assert rows[1] == (4, (None, None, None, None, None, 84901234567, None, None, None))
        assert [type(cell) for cell in rows[0][1]] == [type(cell) for cell in EVERYTHING]
        assert stream.blank_rows == 1
        assert stream.progress() == 1.0

    @BOTH
    def test_inline_strings(self, limits: ReadLimits) -> None:
        data = xlsx(lambda _book, sheet: sheet.write_row(0, 0, HEAD), in_memory=False, constant_memory=True)
        assert table_of(data, limits=limits).headers == HEAD

    @BOTH
    def test_days_counted_from_1904(self, limits: ReadLimits) -> None:
        assert cells_of(table_of(xlsx(everything, date_1904=True), limits=limits))[0][1] == date(1990, 7, 17)

    @BOTH
    def test_legacy_letters_in_one_column(self, limits: ReadLimits) -> None:
        names = ["NguyÔn ThÞ Hång §µo", "TrÇn V¨n Lîi", "§Æng ThÞ Hêng", "Ph¹m Quèc ViÖt", "Lª ThÞ Ph­îng"]
        rows = [("Hä tªn", "Địa chỉ"), *((name, "12 Lê Lợi, Quận 1") for name in names)]
        table = table_of(xlsx_rows(rows), limits=limits)
        assert (table.encoding, table.column_encodings) == ("tcvn3", ("tcvn3", "unicode"))
        assert table.headers == ("Họ tên", "Địa chỉ")
        assert cells_of(table)[0] == ["Nguyễn Thị Hồng Đào", "12 Lê Lợi, Quận 1"]

    def test_of_an_old_workbook(self) -> None:
        table = table_of(
            xls_rows([HEAD, *((name, 901234567 + at, "") for at, name in enumerate(PEOPLE))]), "a.csv"
        )
        assert table.format == "xls"
        assert cells_of(table)[1] == ["Trần Văn Lợi", 901234568, None]

    def test_of_a_sheet_whose_tags_have_a_prefix(self) -> None:
        sheet = (
            b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
            b'<x:row><x:c t="inlineStr"><x:is><x:t>Phone</x:t></x:is></x:c>'
            b'<x:c t="inlineStr"><x:is><x:t>Full Name</x:t></x:is></x:c></x:row>'
            b"<x:row><x:c><x:v>901234567</x:v></x:c></x:row></x:sheetData></x:worksheet>"
        )
        data = rezipped(xlsx_rows([HEAD]), {"xl/worksheets/sheet1.xml": sheet})
        table = table_of(data, limits=STREAMED)
        assert (table.headers, cells_of(table)) == (("Phone", "Full Name"), [[901234567, None]])


class TestSheets:
    @BOTH
    def test_the_one_with_the_most_known_headers_is_chosen(self, limits: ReadLimits) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            if sheet.name == "Khách":
                for at, row in enumerate([("BÁO CÁO",), (), HEAD, ("Lê An", "0901234567", "")]):
                    sheet.write_row(at, 0, row)
            else:
                sheet.write_row(0, 0, ["Hướng dẫn", "Điền vào trang Khách"])

        data = xlsx(fill, "Hướng dẫn", "Khách")
        table = table_of(data, limits=limits)
        assert (table.sheet, table.sheets, table.header_row) == ("Khách", ("Hướng dẫn", "Khách"), 3)
        assert first_rows(table) == ((4, ("Lê An", "0901234567", None)),)
        assert table_of(data, limits=limits, sheet="Hướng dẫn").headers[0] == "Hướng dẫn"

    @BOTH
    def test_rows_and_columns_before_the_table_count(self, limits: ReadLimits) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            sheet.write_row(4, 2, HEAD)
            sheet.write_row(5, 2, ("Lê An", "0901234567", "17/07/1990"))

        table = table_of(xlsx(fill), limits=limits)
        assert table.header_row == 5
        assert table.headers == ("", "", *HEAD)
        assert list(table.rows()) == [(6, (None, None, "Lê An", "0901234567", "17/07/1990"))]

    @BOTH
    def test_headers_merged_over_two_rows(self, limits: ReadLimits) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            sheet.merge_range("A1:A2", "Họ tên")
            sheet.merge_range("B1:C1", "Liên hệ")
            sheet.write_row(1, 1, ["SĐT", "Email"])
            sheet.write_row(2, 0, ["Lê An", "0901234567", "an@vi-du.vn"])

        table = table_of(xlsx(fill), limits=limits)
        assert (table.header_row, table.headers) == (2, ("Họ tên", "SĐT", "Email"))

    @BOTH
    def test_a_merged_value_is_that_of_all_its_rows(self, limits: ReadLimits) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            sheet.merge_range("A1:D1", "DANH SÁCH KHÁCH HÀNG")
            sheet.write_row(1, 0, ["Họ tên", "SĐT", "Tỉnh/Thành phố", "Nhóm"])
            for at in range(2, 7):
                sheet.write_row(at, 0, [f"Khách {at}", f"090500000{at}"])
            sheet.merge_range("C3:C5", "Hà Nội")
            sheet.merge_range("C6:D7", "Huế")
            sheet.merge_range("D3:D4", "Sỉ")
            sheet.write("D5", "Lẻ")

        cells = cells_of(table_of(xlsx(fill), limits=limits))
        assert [row[2] for row in cells] == ["Hà Nội", "Hà Nội", "Hà Nội", "Huế", "Huế"]
        assert [row[3] for row in cells] == ["Sỉ", "Sỉ", "Lẻ", None, None]

    @BOTH
    def test_a_customer_of_two_merged_rows_is_one(self, limits: ReadLimits) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            sheet.write_row(0, 0, ["Họ tên", "SĐT"])
            sheet.merge_range("A2:A3", "Lê An")
            sheet.merge_range("B2:B3", "0901234567")
            sheet.write_row(3, 0, ["Lê Bình", "0901234568"])

        cells = cells_of(table_of(xlsx(fill), limits=limits))
        assert cells == [["Lê An", "0901234567"], ["Lê Bình", "0901234568"]]

    def test_a_merged_value_of_an_old_workbook(self) -> None:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Sheet1")
        for at, row in enumerate(
            [("Họ tên", "SĐT", "Tỉnh"), ("Lê An", "0901234567"), ("Lê Bình", "0901234568")]
        ):
            for column, value in enumerate(row):
                sheet.write(at, column, value)
        sheet.write_merge(1, 2, 2, 2, "Hà Nội")
        out = io.BytesIO()
        book.save(out)
        assert [row[2] for row in cells_of(table_of(out.getvalue(), "khach.xls"))] == ["Hà Nội", "Hà Nội"]

    def test_a_lone_cell_far_away_costs_no_memory(self) -> None:
        def fill(_book: Any, sheet: Any) -> None:
            sheet.write_row(0, 0, HEAD)
            sheet.write_row(1, 0, ("Lê An", "0901234567", ""))
            sheet.write_string(1_000_000, 400, "xa")

        table = table_of(xlsx(fill))
        assert first_rows(table, 1) == ((2, ("Lê An", "0901234567", None)),)
        stream = table.rows()
        assert len(list(stream)) == 2
        assert stream.blank_rows == 1_000_000 - 2

    def test_macros_are_ignored(self) -> None:
        data = rezipped(
            xlsx_rows([HEAD, ("Lê An", "0901234567", "")]), {"xl/vbaProject.bin": b"Sub Auto_Open()"}
        )
        assert cells_of(table_of(data, "khach.xlsm"))[0][0] == "Lê An"

    def test_the_estimate_is_what_the_sheet_declares(self) -> None:
        data = xlsx_rows([HEAD, *(("Lê An", f"09012345{at:02}", "") for at in range(30))])
        assert table_of(data).rows_estimate == 30
        assert table_of(data, limits=STREAMED).rows_estimate == 30


class TestSheetsThatGoOn:
    """An export of more rows than a sheet holds goes on in a second one (trap 3 of exports)."""

    @staticmethod
    def book(*headings: list[str], rows: int = 3) -> bytes:
        pages = iter(enumerate(headings))

        def fill(_book: Any, sheet: Any) -> None:
            page, heading = next(pages)
            sheet.write_row(0, 0, heading)
            for at in range(1, rows + 1):
                sheet.write_row(at, 0, [f"Khách {page}{at}", f"090500{page}{at:03}", ""])

        return xlsx(fill, *(f"Data {page}" for page in range(len(headings))))

    @pytest.mark.parametrize("in_memory", [LIMITS.in_memory_sheet, 1], ids=["held", "streamed"])
    def test_a_full_sheet_goes_on_in_the_next_with_the_same_heading(self, in_memory: int) -> None:
        limits = ReadLimits(in_memory_sheet=in_memory, sheet_rows=4)
        table = table_of(
            self.book(list(HEAD), list(HEAD), list(HEAD)), "khach.xlsx", limits=limits, sheet="Data 0"
        )
        rows = list(table.rows())
        assert [cells[0] for _number, cells in rows] == [
            f"Khách {page}{at}" for page in range(3) for at in (1, 2, 3)
        ]
        numbers = [number for number, _cells in rows]
        assert numbers == sorted(set(numbers))
        assert [cells[0] for _number, cells in table.rows(4)] == [cells[0] for _number, cells in rows[4:]]

    def test_another_heading_or_a_sheet_with_room_ends_it(self) -> None:
        other = self.book(list(HEAD), ["Mã", "Đơn", "Ngày"])
        full, roomy = ReadLimits(sheet_rows=4), ReadLimits(sheet_rows=5)
        assert len(cells_of(table_of(other, "khach.xlsx", limits=full, sheet="Data 0"))) == 3
        same = self.book(list(HEAD), list(HEAD))
        assert len(cells_of(table_of(same, "khach.xlsx", limits=roomy, sheet="Data 0"))) == 3

    def test_our_own_export_of_more_rows_than_a_sheet_holds_comes_back_whole(self) -> None:
        rows = [list(HEAD), *([f"Khách {at}", f"09050000{at:02}", ""] for at in range(11))]
        content = b"".join(table_chunks(rows, TableFormat.XLSX, sheet_rows=4))
        table = table_of(content, "khach.xlsx", limits=ReadLimits(sheet_rows=4))
        assert [cells[0] for cells in cells_of(table)] == [f"Khách {at}" for at in range(11)]
