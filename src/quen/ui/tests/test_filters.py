"""How numbers, money, phone numbers, dates and times are formatted in both languages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.formats import date_format

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


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "name",
    [
        "DATE_FORMAT",
        "DATETIME_FORMAT",
        "MONTH_DAY_FORMAT",
        "MONTH_FORMAT",
        "YEAR_MONTH_FORMAT",
        "TIME_FORMAT",
    ],
)
def test_dates_are_written_as_by_django(language: str, name: str) -> None:
    with translation.override(language):
        for number in range(0, 40_000, 97):
            at = datetime(1900, 1, 1, 0, 5, tzinfo=UTC) + timedelta(days=number, minutes=number)
            assert filters.written(at, name) == date_format(at, name)


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
    def test_groups_digits_with_dots_and_has_a_true_minus(self, value: object, shown: str) -> None:
        assert filters.num(value) == shown

    def test_rounds_to_the_places_given(self) -> None:
        assert filters.num(2, 2) == "2,00"

    def test_has_no_minus_zero(self) -> None:
        assert filters.num(Decimal("-0.0001"), 2) == "0,00"

    def test_follows_the_language(self) -> None:
        with translation.override("en"):
            assert [filters.num(128204), filters.num(-1.5), filters.percent(41.2)] == [
                "128,204",
                "−1.5",
                "41.2%",
            ]
            assert filters.money(18_640_000) == "18,640,000\u00a0₫"

    def test_signed_has_a_plus(self) -> None:
        assert [filters.signed(n) for n in (318, -702, 0)] == ["+318", "−702", "0"]


class TestMoney:
    def test_dong_have_no_decimals(self) -> None:
        assert filters.money(18_640_000) == "18.640.000\u00a0₫"
        assert filters.money(Decimal("165000.00")) == "165.000\u00a0₫"

    def test_uses_the_currency_of_an_amount(self) -> None:
        assert filters.money(Sum(Decimal("12.5"), "USD")) == "12,50\u00a0USD"

    def test_rounds_half_up(self) -> None:
        assert filters.money(Decimal("10.5")) == "11\u00a0₫"

    def test_no_value_is_a_dash(self) -> None:
        assert filters.money(None) == "–"


def test_percent_uses_a_comma() -> None:
    assert [filters.percent(n) for n in (41.2, 41, -1.25, None)] == ["41,2%", "41%", "−1,3%", "–"]


def test_phone_is_shown_in_national_format() -> None:
    assert filters.phone("+84901234567") == "0901 234 567"
    assert filters.phone("") == "–"


class TestDay:
    def test_is_day_month_year(self) -> None:
        assert filters.day(date(2026, 3, 2)) == "02/03/2026"

    def test_a_datetime_is_converted_to_vietnam_time(self) -> None:
        assert filters.day(datetime(2026, 10, 12, 17, 0, tzinfo=UTC)) == "13/10/2026"

    def test_a_date_without_a_year(self) -> None:
        assert filters.day(Part(None, 7, 17)) == "17/07"
        assert filters.day(Part(None, 2, 29)) == "29/02"
        assert filters.day(Part(1990, 7, 17)) == "17/07/1990"

    def test_english_writes_the_month_out(self) -> None:
        with translation.override("en"):
            assert filters.day(date(2026, 3, 2)) == "2 Mar 2026"
            assert filters.day(Part(None, 7, 17)) == "17 Jul"
            assert filters.instant(NOW) == "13 Oct 2026, 08:49"

    def test_instant_adds_the_time(self) -> None:
        assert filters.instant(NOW) == "13/10/2026 08:49"


class TestTimeAgo:
    @pytest.mark.parametrize(
        ("ago", "shown"),
        [
            (timedelta(seconds=20), "just now"),
            (timedelta(minutes=11), "11 minutes ago"),
            (timedelta(hours=2, minutes=50), "2 hours ago"),
            (timedelta(hours=24), "12 Oct 2026"),
            (timedelta(days=-1), "14 Oct 2026, 08:49"),
        ],
    )
    def test_is_relative_within_a_day_only(self, ago: timedelta, shown: str) -> None:
        with translation.override("en"):
            assert filters.time_ago(NOW - ago, NOW) == shown

    def test_english_has_a_plural(self) -> None:
        with translation.override("en"):
            texts = [filters.time_ago(NOW - timedelta(minutes=n), NOW) for n in (1, 2)]
        assert texts == ["1 minute ago", "2 minutes ago"]
