"""Tables as files: what a spreadsheet shows is what was written."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from typing import Any

from django.utils import translation
from python_calamine import CalamineWorkbook

from quen.core.table_files import TableFormat, table_chunks, table_format

ROWS: list[list[Any]] = [
    ["Họ tên", "Số điện thoại", "Chi tiêu"],
    ["=HYPERLINK(1)", "0905 318 274", Decimal("1250000.5")],
    ["@Lan", "+84905318274", 0],
    ["-1", "", None],
]


def workbook(rows: list[list[Any]], **limits: int) -> CalamineWorkbook:
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
