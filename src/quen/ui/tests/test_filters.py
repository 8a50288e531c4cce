"""How numbers, money, phones, days and moments are written."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from quen.ui.tags import filters

NOW = datetime(2026, 10, 13, 1, 49, tzinfo=UTC)  # 08:49 in Việt Nam


@dataclass(frozen=True)
class Sum:
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Part:
    year: int | None
    month: int
    day: int


class TestNum:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (128204, "128.204"),
            (0, "0"),
            (-1846, "−1.846"),
            (Decimal("3.50"), "3,5"),
            (2.3456, "2,346"),
            (Decimal("1E+3"), "1.000"),
            (None, "–"),
            ("", "–"),
            ("many", "–"),
        ],
    )
    def test_writes_threes_with_dots_and_a_true_minus(self, value: object, shown: str) -> None:
        assert filters.num(value) == shown

    def test_takes_the_number_of_places(self) -> None:
        assert filters.num(2, 2) == "2,00"

    def test_never_writes_minus_zero(self) -> None:
        assert filters.num(Decimal("-0.0001"), 2) == "0,00"

    def test_signed_says_plus(self) -> None:
        assert [filters.signed(n) for n in (318, -702, 0)] == ["+318", "−702", "0"]


class TestMoney:
    def test_writes_dong_without_decimals(self) -> None:
        assert filters.money(18_640_000) == "18.640.000\u00a0₫"
        assert filters.money(Decimal("165000.00")) == "165.000\u00a0₫"

    def test_takes_a_sum_with_its_currency(self) -> None:
        assert filters.money(Sum(Decimal("12.5"), "USD")) == "12,50\u00a0USD"

    def test_rounds_half_up(self) -> None:
        assert filters.money(Decimal("10.5")) == "11\u00a0₫"

    def test_nothing_is_a_dash(self) -> None:
        assert filters.money(None) == "–"


def test_percent_uses_a_comma() -> None:
    assert [filters.percent(n) for n in (41.2, 41, -1.25, None)] == ["41,2%", "41%", "−1,3%", "–"]


def test_phone_is_shown_as_people_write_it() -> None:
    assert filters.phone("+84901234567") == "0901 234 567"
    assert filters.phone("") == "–"


class TestDay:
    def test_writes_day_month_year(self) -> None:
        assert filters.day(date(2026, 3, 2)) == "02/03/2026"

    def test_an_instant_is_seen_from_viet_nam(self) -> None:
        assert filters.day(datetime(2026, 10, 12, 17, 0, tzinfo=UTC)) == "13/10/2026"

    def test_a_day_whose_year_is_unknown(self) -> None:
        assert filters.day(Part(None, 7, 17)) == "17/07"
        assert filters.day(Part(1990, 7, 17)) == "17/07/1990"

    def test_instant_adds_the_time(self) -> None:
        assert filters.instant(NOW) == "13/10/2026 08:49"


class TestMoment:
    @pytest.mark.parametrize(
        ("ago", "shown"),
        [
            (timedelta(seconds=20), "just now"),
            (timedelta(minutes=11), "11 minutes ago"),
            (timedelta(hours=2, minutes=50), "2 hours ago"),
            (timedelta(hours=24), "12/10/2026"),
            (timedelta(days=-1), "14/10/2026 08:49"),
        ],
    )
    def test_counts_only_under_a_day(self, ago: timedelta, shown: str) -> None:
        with translation.override("en"):
            assert filters.time_ago(NOW - ago, NOW) == shown

    def test_english_knows_one_and_many(self) -> None:
        with translation.override("en"):
            said = [filters.time_ago(NOW - timedelta(minutes=n), NOW) for n in (1, 2)]
        assert said == ["1 minute ago", "2 minutes ago"]
