from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core import dates
from quen.core.dates import BadDate, Order, PartialDate, guess_order, read_date, read_instant

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = PartialDate(1990, 7, 17)


class TestReadDate:
    @pytest.mark.parametrize(
        "raw",
        [
            "17/07/1990",
            "17/7/90",
            "17-7-1990",
            "17.07.1990",
            "17 07 1990",
            "1990-07-17",
            "1990/7/17",
            "17071990",
            "19900717",
            17071990,
            "17 tháng 7 năm 1990",
            "Ngày 17 tháng 7, 1990",
            "17 thg 7, 1990",
            "17-Th7-1990",
            "17 Jul 1990",
            "July 17th, 1990",
            "17/07/1990 00:00:00",
            "1990-07-17T00:00:00Z",
            date(1990, 7, 17),
            datetime(1990, 7, 17, 5, tzinfo=UTC),
        ],
    )
    def test_reads_the_day_however_it_is_written(self, raw: object) -> None:
        assert read_date(raw) == DAY

    @pytest.mark.parametrize(
        ("raw", "order", "expected"),
        [
            ("07/17/1990", "mdy", DAY),
            ("07/17/90", "mdy", DAY),
            ("90-07-17", "ymd", DAY),
            ("1990-07-17", "mdy", DAY),
            ("07171990", "mdy", DAY),
            ("02/03/1990", "dmy", PartialDate(1990, 3, 2)),
            ("02/03/1990", "mdy", PartialDate(1990, 2, 3)),
            ("19901220", "dmy", PartialDate(1990, 12, 20)),
        ],
    )
    def test_follows_the_order_of_the_file(self, raw: str, order: Order, expected: PartialDate) -> None:
        assert read_date(raw, order) == expected

    @pytest.mark.parametrize(
        ("raw", "order"),
        [
            ("17/07", "dmy"),
            ("17 tháng 7", "dmy"),
            ("--07-17", "dmy"),
            ("17/07/0000", "dmy"),
            ("07-17", "mdy"),
        ],
    )
    def test_keeps_birthdays_without_a_year(self, raw: str, order: Order) -> None:
        assert read_date(raw, order) == PartialDate(None, 7, 17)

    def test_takes_29_february_without_a_year_only(self) -> None:
        assert read_date("29/02") == PartialDate(None, 2, 29)
        with pytest.raises(BadDate):
            read_date("29/02/1990")

    @pytest.mark.parametrize(
        ("raw", "year"), [("1/1/69", 1969), ("1/1/99", 1999), ("1/1/00", 2000), ("1/1/68", 2068)]
    )
    def test_turns_two_digit_years_at_69(self, raw: str, year: int) -> None:
        assert read_date(raw).year == year

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (46000, PartialDate(2025, 12, 9)),
            (46000.75, PartialDate(2025, 12, 9)),
            ("46000", PartialDate(2025, 12, 9)),
            (33071, DAY),
            (14700, PartialDate(1940, 3, 30)),
        ],
    )
    def test_reads_day_counts_of_a_workbook_on_request(self, raw: object, expected: PartialDate) -> None:
        assert read_date(raw, excel=True) == expected
        with pytest.raises(BadDate):
            read_date(raw)

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            (None, "empty"),
            ("Chưa có", "empty"),
            ("01/01/1900", "placeholder"),
            ("1970-01-01", "placeholder"),
            ("00/00/0000", "placeholder"),
            ("30/12/1899", "placeholder"),
            ("01/01/0001", "placeholder"),
            (date(1900, 1, 1), "placeholder"),
            ("31/02/1990", "impossible"),
            ("07/17/1990", "impossible"),
            ("17/07/1890", "impossible"),
            ("hôm qua", "syntax"),
            ("07/1990", "syntax"),
            ("12345", "syntax"),
            (float("inf"), "syntax"),
        ],
    )
    def test_refuses_with_a_code(self, raw: object, code: str) -> None:
        with pytest.raises(BadDate) as refusal:
            read_date(raw)
        assert refusal.value.code == code

    @pytest.mark.parametrize("raw", ["1990", 1990, 1990.0, "năm 1990", "00/00/1990"])
    def test_reports_a_year_without_a_day(self, raw: object) -> None:
        with pytest.raises(BadDate) as refusal:
            read_date(raw)
        assert (refusal.value.code, refusal.value.year) == ("year_only", 1990)

    @given(st.dates(date(1901, 1, 1), date(2068, 12, 31)))
    def test_reads_its_own_spelling(self, day: date) -> None:
        if day == date(1970, 1, 1):
            return
        partial = read_date(day)
        assert read_date(partial.iso()) == partial
        assert partial.as_date() == day
        assert read_date(f"{day:%d/%m/%Y}") == read_date(f"{day:%m/%d/%Y}", "mdy") == partial
        yearless = PartialDate(None, day.month, day.day)
        assert read_date(yearless.iso()) == yearless


class TestGuessOrder:
    @pytest.mark.parametrize(
        ("values", "order"),
        [
            (["01/02/2020", "13/02/2020"], "dmy"),
            (["01/02/2020", "02/13/2020"], "mdy"),
            (["2020-01-02"], "ymd"),
            (["01/02/2020"], "ambiguous"),
            (["13/02/2020", "02/13/2020"], "ambiguous"),
            (["13/02/2020"] * 19 + ["02/13/2020"], "dmy"),
            (["13/02/2020 10:00", None, 45000, ""], "dmy"),
            ([], "ambiguous"),
        ],
    )
    def test_decides_by_values_that_allow_one_order(self, values: list[object], order: str) -> None:
        assert guess_order(values) == order


class TestReadInstant:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("2026-04-01 02:22", datetime(2026, 4, 1, 2, 22, tzinfo=HANOI)),
            ("25/12/2026 14:05:30", datetime(2026, 12, 25, 14, 5, 30, tzinfo=HANOI)),
            ("04 Jul 2022 11:46", datetime(2022, 7, 4, 11, 46, tzinfo=HANOI)),
            ("1/4/2026 14h30", datetime(2026, 4, 1, 14, 30, tzinfo=HANOI)),
            ("1/4/2026 2:05 CH", datetime(2026, 4, 1, 14, 5, tzinfo=HANOI)),
            ("1/4/2026 12:05 SA", datetime(2026, 4, 1, 0, 5, tzinfo=HANOI)),
            ("01/04/2026", datetime(2026, 4, 1, tzinfo=HANOI)),
            ("2026-04-01T02:22:00Z", datetime(2026, 4, 1, 2, 22, tzinfo=UTC)),
            ("2026-04-01T09:22:00.5+07:00", datetime(2026, 4, 1, 2, 22, 0, 500_000, tzinfo=UTC)),
            (datetime(2026, 4, 1, 2), datetime(2026, 4, 1, 2, tzinfo=HANOI)),  # noqa: DTZ001  # a workbook's
            (datetime(2026, 4, 1, 2, tzinfo=UTC), datetime(2026, 4, 1, 2, tzinfo=UTC)),
        ],
    )
    def test_is_aware_and_local_unless_it_brings_a_zone(self, raw: object, expected: datetime) -> None:
        assert read_instant(raw, HANOI) == expected

    def test_reads_the_fraction_of_a_workbook_day(self) -> None:
        assert read_instant(46000.5, HANOI, excel=True) == datetime(2025, 12, 9, 12, tzinfo=HANOI)

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            ("01/04", "no_year"),
            ("2026", "year_only"),
            ("1/4/2026 25:00", "impossible"),
            ("x", "syntax"),
        ],
    )
    def test_refuses_with_a_code(self, raw: str, code: str) -> None:
        with pytest.raises(BadDate) as refusal:
            read_instant(raw, HANOI)
        assert refusal.value.code == code


class TestBorn:
    TODAY = date(2026, 11, 29)

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("05/03/90", "1990-03-05"),
            ("01/02/05", "2005-02-01"),
            ("10/10/30", "1930-10-10"),
            ("01/12/49", "1949-12-01"),
            ("31/12/26", "1926-12-31"),
            ("29/11/26", "2026-11-29"),
            ("29/02/28", "1928-02-29"),
            ("10 tháng 10 năm 30", "1930-10-10"),
            ("05/03", "--03-05"),
            ("31/12", "--12-31"),
            ("17/07/1990", "1990-07-17"),
        ],
    )
    def test_a_year_of_two_digits_is_past(self, raw: str, expected: str) -> None:
        assert dates.born(dates.read_date(raw), raw, self.TODAY).iso() == expected

    @pytest.mark.parametrize(
        "raw", ["30/11/2026", "02/02/2030", "2030-01-01", "01012090", "1 tháng 1 năm 2027"]
    )
    def test_a_day_to_come_is_refused(self, raw: str) -> None:
        with pytest.raises(BadDate) as refusal:
            dates.born(dates.read_date(raw), raw, self.TODAY)
        assert refusal.value.code == "future"

    def test_a_date_of_a_workbook_to_come_is_refused(self) -> None:
        with pytest.raises(BadDate):
            dates.born(dates.read_date(date(2030, 2, 2)), date(2030, 2, 2), self.TODAY)


class TestOrderWithoutYears:
    @pytest.mark.parametrize(
        ("values", "order"),
        [
            (["05/03", "12/25", "01/31", "07/04"], "mdy"),
            (["05/03", "25/12"], "dmy"),
            (["05-03", "12-25"], "mdy"),
            (["05/03", "07/04"], "ambiguous"),
            (["12.25", "3.5"], "ambiguous"),
            (["12/90", "05/85"], "ambiguous"),
            (["05/03/1990", "12/25"], "mdy"),
        ],
    )
    def test_is_learnt_from_days_that_no_month_has(self, values: list[str], order: str) -> None:
        assert dates.guess_order(values) == order
