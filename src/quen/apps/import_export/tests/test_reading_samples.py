from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quen.apps.import_export import readers, registry
from quen.apps.import_export.tables import Table, first_rows
from quen.apps.import_export.tests.files import count_rows

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "samples").iterdir()
    if path.suffix in {".csv", ".txt", ".xls", ".xlsx"}
)


def open_table(source: Any, name: str, **options: Any) -> Table:
    return readers.open_table(source, name, known_headers=registry.get("contacts").vocabulary(), **options)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestSamples:
    def test_are_read_as_expected(self, path: Path) -> None:
        expected = json.loads(path.with_suffix(".expect.json").read_text())
        table = open_table(path, path.name)
        assert count_rows(table) == expected["rows"]
        assert table.rows_estimate == expected["rows"]
        assert table.header_row == expected.get("header_row", 1)
        assert table.delimiter == expected.get("delimiter")
        assert table.encoding == expected.get("encoding", "unicode")

    def test_have_the_expected_first_row(self, path: Path) -> None:
        table = open_table(path, path.name)
        number, cells = first_rows(table, 1)[0]
        assert number == table.header_row + 1
        words = " ".join(str(cell) for cell in cells)
        assert "Xuân" in words and "Hoàng Bảo" in words

    def test_read_the_same_again_with_the_detected_options(self, path: Path) -> None:
        table = open_table(path, path.name)
        again = open_table(path, "renamed.dat", options=table.options)
        assert again.headers == table.headers
        assert first_rows(again) == first_rows(table)
        assert again.options == table.options

    def test_resume_after_any_row(self, path: Path) -> None:
        table = open_table(path, path.name)
        rows = list(table.rows())
        assert list(table.rows(start=37)) == rows[37:]

    def test_open_from_a_stream_with_several_readers(self, path: Path) -> None:
        with path.open("rb") as stream:
            table = open_table(stream, path.name)
            one, two = iter(table.rows()), iter(table.rows())
            assert [next(one) for _ in range(5)] == [next(two) for _ in range(5)]
            assert next(one) == next(two)
