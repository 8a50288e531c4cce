from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core.money import NBSP, BadNumber, Money, read_amount, read_number


class TestReadAmount:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("1.250.000 ₫", "1250000"),
            ("1.250.000đ", "1250000"),
            ("1.250.000 VNĐ", "1250000"),
            ("1.250.000 đồng", "1250000"),
            ("1,250,000", "1250000"),
            ("1 250 000", "1250000"),
            ("1.250", "1250"),
            ("1,250", "1250"),
            ("165000.00", "165000"),
            ("165000.0000", "165000"),
            ("1250.000", "1250"),
            ("15.690.000", "15690000"),
            ("1.250.000,50", "1250000.5"),
            ("1,250,000.50", "1250000.5"),
            ("0.125", "0.125"),
            ("1250k", "1250000"),
            ("1k5", "1500"),
            ("1tr250", "1250000"),
            ("1tr2", "1200000"),
            ("1tr25", "1250000"),
            ("1,25 triệu", "1250000"),
            ("1 triệu 250 nghìn", "1250000"),
            ("2 tỷ 5", "2500000000"),
            ("500 ngàn đồng", "500000"),
            ("-1.000", "-1000"),
            ("(1.000)", "-1000"),
            ("1.65E+05", "165000"),
            ("0 ₫", "0"),
            (1250000, "1250000"),
            (1250000.0, "1250000"),
            (Decimal("0.5"), "0.5"),
        ],
    )
    def test_reads_what_vietnamese_files_write(self, raw: object, expected: str) -> None:
        assert read_amount(raw) == Decimal(expected)

    @pytest.mark.parametrize(
        ("raw", "expected"), [("$1,250", "1250"), ("1.250", "1.25"), ("1,250.50", "1250.5")]
    )
    def test_reads_currencies_with_decimals_by_their_own_marks(self, raw: str, expected: str) -> None:
        assert read_amount(raw, "USD") == Decimal(expected)

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            ("-", "empty"),
            (None, "empty"),
            ("miễn phí", "syntax"),
            ("1.2.3", "syntax"),
            ("1.25.000", "syntax"),
            ("12abc", "syntax"),
            ("k", "syntax"),
            (True, "syntax"),
            (float("inf"), "syntax"),
            ("١٢", "syntax"),
        ],
    )
    def test_refuses_with_a_code(self, raw: object, code: str) -> None:
        with pytest.raises(BadNumber) as refusal:
            read_amount(raw)
        assert refusal.value.code == code

    @given(st.integers(-(10**15), 10**15))
    def test_reads_its_own_display(self, dong: int) -> None:
        assert read_amount(Money(Decimal(dong)).display()) == dong


class TestReadNumber:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("41,2", "41.2"),
            ("3.5", "3.5"),
            ("1.250", "1250"),
            ("1,250", "1.25"),
            ("0.125", "0.125"),
            ("1.234,5", "1234.5"),
            ("1,234.5", "1234.5"),
            ("1,250,000", "1250000"),
            ("1.250.000", "1250000"),
            ("12%", "12"),
            ("-5", "-5"),
            (41.2, "41.2"),
        ],
    )
    def test_takes_the_comma_for_the_decimal_mark(self, raw: object, expected: str) -> None:
        assert read_number(raw) == Decimal(expected)

    @pytest.mark.parametrize("raw", ["", "tr", "1tr2", "41,2 kg", "1,2,3"])
    def test_refuses_the_rest(self, raw: str) -> None:
        with pytest.raises(BadNumber):
            read_number(raw)


class TestMoney:
    @pytest.mark.parametrize(
        ("money", "shown"),
        [
            (Money(Decimal(18_640_000)), f"18.640.000{NBSP}₫"),
            (Money(Decimal("165000.0000")), f"165.000{NBSP}₫"),
            (Money(Decimal("0.5")), f"1{NBSP}₫"),
            (Money(Decimal("-0.2")), f"0{NBSP}₫"),
            (Money(Decimal(-5000)), f"-5.000{NBSP}₫"),
            (Money(Decimal("1234.5"), "USD"), f"1.234,50{NBSP}US$"),
            (Money(Decimal(12), "THB"), f"12,00{NBSP}THB"),
        ],
    )
    def test_shows_amounts_as_vietnamese_readers_expect(self, money: Money, shown: str) -> None:
        assert money.display() == str(money) == shown

    def test_adds_and_subtracts_within_a_currency(self) -> None:
        assert Money(Decimal(5)) + Money(Decimal(3)) - Money(Decimal(1)) == Money(Decimal(7))
        assert -Money(Decimal(5)) == Money(Decimal(-5))
        assert not Money(Decimal(0))

    def test_never_mixes_currencies(self) -> None:
        with pytest.raises(ValueError, match="USD"):
            Money(Decimal(5)) + Money(Decimal(3), "USD")
