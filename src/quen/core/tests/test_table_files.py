"""Tables as files: what a spreadsheet shows is what was written."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from python_calamine import CalamineWorkbook

from quen.core.table_files import TableFormat, table_chunks, table_format

ROWS: list[list[Any]] = [
    ["Họ tên", "Số điện thoại", "Chi tiêu"],
    ["=HYPERLINK(1)", "0905 318 274", Decimal("1250000.5")],
    ["@Lan", "+84905318274", 0],
    ["-1", "", None],
]


def workbook(rows: list[list[Any]], **limits: Any) -> CalamineWorkbook:
    content = b"".join(table_chunks(rows, TableFormat.XLSX, **limits))
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


class TestWorkbook:
    def test_keeps_text_as_text_and_numbers_as_numbers(self) -> None:
        [sheet] = workbook(ROWS).sheet_names
        assert workbook(ROWS).get_sheet_by_name(sheet).to_python() == [
            ["Họ tên", "Số điện thoại", "Chi tiêu"],
            ["=HYPERLINK(1)", "0905 318 274", 1250000.5],
            ["@Lan", "+84905318274", 0],
            ["-1", "", ""],
        ]

    def test_has_no_formula_and_no_link(self) -> None:
        content = b"".join(table_chunks([["A"], ["=1+1"], ["https://example.com"]], TableFormat.XLSX))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet

    def test_goes_on_in_further_sheets(self) -> None:
        with translation.override("vi"):
            book = workbook([["A"], [1], [2], [3]], sheet_rows=3)
        assert book.sheet_names == ["Dữ liệu", "Dữ liệu 2"]
        assert book.get_sheet_by_name("Dữ liệu 2").to_python() == [["A"], [3]]

    @pytest.mark.parametrize(
        "text",
        [
            "a & b < c > d \"e\" 'f'",
            " at both ends ",
            "two\nlines\tand a tab",
            "ends a line\r\n",
            "a bell \x07 and _x0041_",
            "Nguyễn Thị Ánh 🌸",
            "=1+1",
            "0905318274",
        ],
    )
    def test_keeps_every_character(self, text: str) -> None:
        rows = [["A", "B"], [text, text], ["", text]]
        assert workbook(rows).get_sheet_by_index(0).to_python() == [["A", "B"], [text, text], ["", text]]

    def test_writes_days_moments_and_truths_as_such(self) -> None:
        day, moment = date(1988, 5, 2), datetime(2026, 11, 29, 8, 49, 30)  # noqa: DTZ001  # a cell has no zone
        rows: list[list[Any]] = [["Ngày", "Lúc", "Có"], [day, moment, True], [date(1900, 3, 1), None, False]]
        assert workbook(rows).get_sheet_by_index(0).to_python()[1:] == [
            [day, moment, True],
            [date(1900, 3, 1), "", False],
        ]

    def test_a_day_before_excel_counts_is_a_text(self) -> None:
        [_heading, [cell]] = workbook([["Ngày"], [date(1899, 12, 31)]]).get_sheet_by_index(0).to_python()
        assert cell == "1899-12-31"

    def test_a_text_is_cut_where_excel_ends_a_cell(self) -> None:
        [_heading, [cell]] = workbook([["A"], ["🌸" * 40_000]]).get_sheet_by_index(0).to_python()
        assert cell == "🌸" * 16_383

    def test_ten_times_as_many_rows_take_no_more_memory(self) -> None:
        def peak(count: int) -> int:
            tracemalloc.start()
            for _chunk in table_chunks(([f"Khách {n}", n] for n in range(count)), TableFormat.XLSX):
                pass
            _now, highest = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return highest

        peak(500)
        assert peak(10_000) < 3 * peak(1_000)

    def test_without_rows_has_its_heading(self) -> None:
        assert workbook([["A", "B"]]).get_sheet_by_index(0).to_python() == [["A", "B"]]


class TestCsv:
    def test_quotes_what_a_spreadsheet_would_run(self) -> None:
        lines = b"".join(table_chunks(ROWS, TableFormat.CSV)).decode("utf-8-sig").splitlines()
        assert lines == [
            "Họ tên,Số điện thoại,Chi tiêu",
            "'=HYPERLINK(1),0905 318 274,1250000.5",
            "'@Lan,'+84905318274,0",
            "'-1,,",
        ]

    def test_is_what_an_unknown_format_means(self) -> None:
        assert [table_format(name) for name in ("xlsx", "csv", "", "pdf")] == [
            TableFormat.XLSX,
            TableFormat.CSV,
            TableFormat.CSV,
            TableFormat.CSV,
        ]
