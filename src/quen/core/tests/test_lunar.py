"""The lunar calendar of Việt Nam, by the dates of core/facts/calendar.json."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from quen.core import lunar
from quen.core.facts import load

FACTS = load("calendar")
EVENTS = {event["key"]: event["lunar"] for event in FACTS["lunar_events"]}


class TestLunarCalendar:
    @pytest.mark.parametrize("case", FACTS["test_cases_solar_to_lunar"], ids=lambda case: case["solar"])
    def test_known_days(self, case: dict[str, object]) -> None:
        on = lunar.from_solar(date.fromisoformat(str(case["solar"])))
        assert {"day": on.day, "month": on.month, "year": on.year, "leap": on.leap} == case["lunar"]

    @pytest.mark.parametrize("year", FACTS["lunar_dates_by_year"])
    def test_festivals_both_ways(self, year: str) -> None:
        for key, solar in FACTS["lunar_dates_by_year"][year].items():
            if key in EVENTS and "last" not in EVENTS[key]:
                month, day = map(int, EVENTS[key].split("-"))
                on = lunar.from_solar(date.fromisoformat(solar))
                assert (on.month, on.day, on.leap) == (month, day, False), key
                assert lunar.to_solar(on.year, month, day) == date.fromisoformat(solar), key

    @pytest.mark.parametrize(
        "tet", FACTS["tet_differing_from_chinese_new_year"], ids=lambda tet: tet["vietnam"]
    )
    def test_tet_where_the_chinese_calendar_differs(self, tet: dict[str, str]) -> None:
        assert lunar.to_solar(int(tet["year"]), 1, 1) == date.fromisoformat(tet["vietnam"])

    def test_leap_months(self) -> None:
        for year, facts in FACTS["lunar_dates_by_year"].items():
            days = (date(int(year), 1, 1) + timedelta(days=number) for number in range(430))
            months = {on.month for day in days if (on := lunar.from_solar(day)).leap and on.year == int(year)}
            assert months == ({facts["leap_month"]} if facts["leap_month"] else set()), year

    def test_every_day_comes_back(self) -> None:
        day = date(1900, 1, 31)
        while day < date(2199, 12, 1):
            on = lunar.from_solar(day)
            assert on.leap or lunar.to_solar(on.year, on.month, on.day) == day
            day += timedelta(days=7)

    def test_a_short_month_has_no_30th(self) -> None:
        with pytest.raises(ValueError, match="30/12/2025"):
            lunar.to_solar(2025, 12, 30)
