"""A cell that nobody touched is the same when its workbook comes back."""

from __future__ import annotations

from datetime import datetime

import pytest

from quen.apps.contacts.edit_sheets.columns import words_of


@pytest.mark.parametrize(
    ("held", "read_back"),
    [
        ("2026-04-26T13:01:30.400000", "2026-04-26T13:01:30"),
        ("2026-04-26T13:01:30.700000", "2026-04-26T13:01:31"),
        ("2026-04-26T23:59:59.900000", "2026-04-27T00:00:00"),
    ],
)
def test_a_time_with_a_fraction_of_a_second_is_no_change(held: str, read_back: str) -> None:
    assert words_of(datetime.fromisoformat(held)) == words_of(datetime.fromisoformat(read_back))
