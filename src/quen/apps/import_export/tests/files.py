"""Files like those of merchants, created for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter
import xlwt

from quen.apps.import_export import registry
from quen.apps.import_export.readers import open_table
from quen.apps.import_export.tables import LIMITS, ReadLimits, ReadOptions, Table

HEAD = ("Tên khách hàng", "Điện thoại", "Ngày sinh")
PEOPLE = (
    "Nguyễn Thị Hồng Đào",
    "Trần Văn Lợi",
    "Đặng Thuỳ Trâm",
    "Lê Quốc Việt",
    "Phạm Thị Hường",
    "Bùi Đức Thắng",
    "Vũ Ngọc Ánh",
    "Đỗ Quỳnh Như",
    "Hồ Bảo Châu",
    "Ngô Kiều Diễm",
    "Dương Minh Khuê",
    "Lý Hữu Nghĩa",
    "Huỳnh Thế Vỹ",
    "Phan Mỹ Lệ",
    "Hoàng Xuân Tưởng",
    "Võ Thị Sáu",
    "Trịnh Công Sơn",
    "Mai Thị Lựu",
    "Đoàn Văn Hậu",
    "Tạ Bích Loan",
)


def table_of(data: bytes, name: str = "khach.csv", *, limits: ReadLimits = LIMITS, **options: Any) -> Table:
    """Return the table read from bytes."""
    return open_table(
        io.BytesIO(data),
        name,
        options=ReadOptions(**options),
        limits=limits,
        known_headers=registry.get("contacts").vocabulary(),
    )


def cells_of(table: Table) -> list[list[Any]]:
    """Return all data rows, without their numbers."""
    return [list(cells) for _number, cells in table.rows()]


def xlsx(fill: Callable[[Any, Any], None], *sheets: str, **options: Any) -> bytes:
    """Return a workbook; `fill(book, sheet)` is called for each sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        for name in sheets or ("Khách hàng",):
            fill(book, book.add_worksheet(name))
    return out.getvalue()


def xlsx_rows(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with one sheet."""

    def fill(_book: Any, sheet: Any) -> None:
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)

    return xlsx(fill)


def xls_rows(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return an old .xls workbook with one sheet."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rezipped(data: bytes, changes: dict[str, bytes]) -> bytes:
    """Return a workbook with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return out.getvalue()


def count_rows(table: Table) -> int:
    """Return the exact number of data rows."""
    return sum(1 for _row in table.rows())
