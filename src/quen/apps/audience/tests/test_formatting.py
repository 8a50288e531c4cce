"""How sentences write values."""

from __future__ import annotations

from django.utils import translation

from quen.apps.audience.registry.formatting import day_text


class TestDayText:
    def test_writes_the_day_as_readers_of_the_language_do(self) -> None:
        with translation.override("vi"):
            assert day_text("2026-03-02") == "02/03/2026"
        with translation.override("en"):
            assert day_text("2026-03-02") == "2 Mar 2026"
