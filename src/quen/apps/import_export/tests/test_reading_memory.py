"""Large files are read in little memory. The limits are generous multiples of the measured values."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from quen.apps.import_export.tests.files import HEAD, xlsx_rows

ROWS = 60_000
READ = """
import re, sys
from pathlib import Path
from quen.apps.import_export.readers import open_table
from quen.apps.import_export.tables import ReadLimits, ReadOptions
limits = ReadLimits(in_memory_sheet=1 << 20)
table = open_table(Path(sys.argv[1]), "khach", options=ReadOptions(header_row=1), limits=limits)
rows = sum(1 for _row in table.rows())
# Not getrusage: its peak is inherited from the process that started this one.
peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(rows, peak_kb >> 10)
"""


def large_xlsx(path: Path) -> None:
    """Write about 60 MB of XML, every string different."""
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    head = "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABC"))
    template = xlsx_rows([HEAD])
    source = path.with_suffix(".small")
    source.write_bytes(template)
    replaced = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in set(old.namelist()) - replaced:
            new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet {namespace}><sheetData><row r="1">{head}</row>'.encode())
            for row in range(2, ROWS + 2):
                first = 3 + (row - 2) * 10
                cells = "".join(
                    f'<c r="{"ABCDEFGHIJ"[at]}{row}" t="s"><v>{first + at}</v></c>' for at in range(10)
                )
                part.write(f'<row r="{row}">{cells}</row>'.encode())
            part.write(b"</sheetData></worksheet>")
        with new.open("xl/sharedStrings.xml", "w") as part:
            part.write(f"<sst {namespace}>".encode())
            part.write("".join(f"<si><t>{word}</t></si>" for word in HEAD).encode())
            for number in range(ROWS * 10):
                part.write(f"<si><t>Nguyễn Thị {number:040}</t></si>".encode())
            part.write(b"</sst>")


def large_csv(path: Path) -> None:
    """Write about 60 MB of text."""
    with path.open("w", encoding="utf-8") as out:
        out.write("Họ tên,Điện thoại,Ghi chú\n")
        for number in range(ROWS):
            out.write(f"Nguyễn Thị {number},09{number:08},{'ghi chú ' * 100}\n")


class TestMemory:
    @pytest.mark.parametrize("make", [large_xlsx, large_csv])
    def test_stays_small_for_a_large_file(self, make: object, tmp_path: Path) -> None:
        path = tmp_path / "khach"
        assert callable(make)
        make(path)
        done = subprocess.run(
            [sys.executable, "-c", READ, str(path)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        rows, peak_mb = map(int, done.stdout.split())
        assert rows == ROWS
        assert peak_mb < 120
