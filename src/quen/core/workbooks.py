"""Workbooks for Excel written line by line into their archive: ten times as fast as cell by cell through a library.

Only what a plain table needs: a bold heading that stays in sight, text, numbers, truths, days and moments.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from typing import IO, Any, Final
from xml.sax.saxutils import escape, quoteattr

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: the styles by their places in styles.xml
_BOLD, _DAY, _MOMENT = 1, 2, 3
#: the texts of a sheet repeat themselves so much that more work makes a file hardly smaller
_COMPRESSION: Final = 2
_ROWS_AT_ONCE: Final = 1_000
_MAX_CELL_UNITS: Final = 32_767
_DAY_ZERO: Final = date(1899, 12, 30)
#: Excel takes 1900 for a leap year: it has no right number for days before March
_FIRST_DAY: Final = date(1900, 3, 1)
_DAY_SECONDS: Final = 86_400
#: what XML cannot hold, what it reads as markup, and what Excel would read as a character written in figures
_SPECIAL: Final = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_")
_FIGURES: Final = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm:ss"/></numFmts><fonts count="2">'
    '<font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(
    file: IO[bytes], rows: Iterable[Sequence[Any]], *, name: str, sheet_rows: int, width: int
) -> None:
    """Write the rows, the first one being the heading; those that a sheet cannot hold go to further sheets.

    name: of the first sheet; the others are numbered.  sheet_rows: how many a sheet holds, the heading included.
    width: of each column, in characters.
    """
    remaining = iter(rows)
    heading = next(remaining, ())
    letters = [_letters(number) for number in range(len(heading))]
    names: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        first = next(remaining, None)
        while first is not None or not names:
            names.append(f"{name} {len(names) + 1}" if names else name)
            part = f"xl/worksheets/sheet{len(names)}.xml"
            with archive.open(part, "w", force_zip64=True) as sheet:
                sheet.write(_sheet_head(len(heading), width, is_first=len(names) == 1).encode())
                sheet.write(_line(1, letters, heading, style=_BOLD).encode())
                held = chain([] if first is None else [first], islice(remaining, sheet_rows - 2))
                for lines in _blocks(_line(at, letters, row) for at, row in enumerate(held, start=2)):
                    sheet.write(lines)
                sheet.write(b"</sheetData></worksheet>")
            first = next(remaining, None)
        for path, text in _frame(names):
            archive.writestr(path, text)


def _blocks(lines: Iterable[str]) -> Iterator[bytes]:
    remaining = iter(lines)
    while block := "".join(islice(remaining, _ROWS_AT_ONCE)):
        yield block.encode()


def _line(at: int, letters: Sequence[str], row: Sequence[Any], style: int = 0) -> str:
    cells = [
        _cell(f"{letter}{at}", cell, style)
        for letter, cell in zip(letters, row, strict=False)
        if cell is not None and cell != ""
    ]
    return f'<row r="{at}">{"".join(cells)}</row>'


def _cell(place: str, cell: Any, style: int) -> str:
    kind = type(cell)
    shown = f' s="{style}"' if style else ""
    if kind is str:
        return f'<c r="{place}"{shown} t="inlineStr"><is>{_text(cell)}</is></c>'
    if isinstance(cell, bool):
        return f'<c r="{place}"{shown} t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | float | Decimal) and isfinite(cell):
        return f'<c r="{place}"{shown}><v>{cell:.16g}</v></c>'
    if isinstance(cell, datetime):
        if cell.date() >= _FIRST_DAY:
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1_000_000
            number = (cell.date() - _DAY_ZERO).days + seconds / _DAY_SECONDS
            return f'<c r="{place}" s="{_MOMENT}"><v>{number:.16g}</v></c>'
    elif isinstance(cell, date) and cell >= _FIRST_DAY:
        return f'<c r="{place}" s="{_DAY}"><v>{(cell - _DAY_ZERO).days}</v></c>'
    return f'<c r="{place}"{shown} t="inlineStr"><is>{_text(str(cell))}</is></c>'


def _text(text: str) -> str:
    if len(text) > _MAX_CELL_UNITS // 2:  # Excel counts in units of UTF-16
        text = text.encode("utf-16-le")[: _MAX_CELL_UNITS * 2].decode("utf-16-le", "ignore")
    keeps = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    if _SPECIAL.search(text):
        figures = _FIGURES.sub("_x005F_", text)
        text = escape(_CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", figures))
    return f"<t{keeps}>{text}</t>"


def _letters(number: int) -> str:
    """Return the name of a column counted from 0: A to Z, AA and so on."""
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _sheet_head(columns: int, width: int, *, is_first: bool) -> str:
    cols = (
        f'<cols><col min="1" max="{columns}" width="{width}.71" customWidth="1"/></cols>' if columns else ""
    )
    selected = ' tabSelected="1"' if is_first else ""
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/>{cols}<sheetData>'
    )


def _frame(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the other parts of the archive: path and text."""
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, start=1)
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_PARTS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>",
    )
    related = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)]
    related.append((f"rId{len(names) + 1}", "styles", "styles.xml"))
    yield "xl/_rels/workbook.xml.rels", _relations(related)
    yield "xl/styles.xml", _STYLES
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    kinds += [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in range(1, len(names) + 1)]
    overrides = "".join(
        f'<Override PartName="/{path}" ContentType="{_TYPE}.{kind}+xml"/>' for path, kind in kinds
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
    )


def _relations(related: Iterable[tuple[str, str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{key}" Type="{_PARTS}/{kind}" Target="{target}"/>'
        for key, kind, target in related
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'
