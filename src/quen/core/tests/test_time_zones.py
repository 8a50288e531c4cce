"""Time zones by the names people know."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import translation

from quen.core import time_zones

WINTER, SUMMER = date(2026, 11, 29), date(2026, 7, 1)


def names(language: str = "vi", today: date = WINTER, current: str = "") -> dict[str, str]:
    with translation.override(language):
        groups = time_zones.choices(language=language, today=today, current=current)
    return {zone: name for _group, options in groups for zone, name in options}


class TestNames:
    def test_vietnam_comes_first(self) -> None:
        assert next(iter(names().items())) == ("Asia/Ho_Chi_Minh", "Giờ Việt Nam (GMT+7)")

    def test_says_country_and_city_in_the_readers_language(self) -> None:
        assert names()["Asia/Taipei"] == "Đài Loan, Đài Bắc (GMT+8)"
        assert names("en")["Asia/Taipei"] == "Taiwan, Taipei (GMT+8)"
        assert names()["Asia/Singapore"] == "Singapore (GMT+8)"

    def test_knows_half_hours_and_summer_time(self) -> None:
        assert names()["Asia/Kolkata"].endswith("(GMT+5:30)")
        assert names()["Europe/London"].endswith("(GMT)")
        assert names(today=SUMMER)["Europe/London"].endswith("(GMT+1)")
        assert names()["America/New_York"].endswith("(GMT-5)")

    def test_names_every_place_once_and_by_todays_spelling(self) -> None:
        found = names()
        assert len(found) == len(set(found.values())) > 400
        assert "Asia/Calcutta" not in found
        assert not any("/" in name or "_" in name for name in found.values())
        for zone in found:
            ZoneInfo(zone)

    def test_offers_the_zone_that_is_set_even_without_a_place(self) -> None:
        assert names(current="UTC")["UTC"] == "UTC (GMT)"
        assert "UTC" not in names()
