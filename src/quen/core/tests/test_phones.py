import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core import phones
from quen.core.facts import load
from quen.core.phones import BadPhone, Phone

FACTS = load("phone_prefixes")
EXAMPLES = [
    (example["in"].split(" (0 lost")[0], example["out"])
    for example in FACTS["normalise"]["examples"] + FACTS["conversion_2018"]["examples"]
]
MOBILE_PREFIXES = [entry["prefix"] for entry in FACTS["current_mobile_prefixes"]]


@pytest.mark.parametrize(("raw", "expected"), [e for e in EXAMPLES if e[1]])
def test_reads_every_example_of_the_facts(raw: str, expected: str) -> None:
    assert phones.read(raw).e164 == expected


@pytest.mark.parametrize("raw", [e[0] for e in EXAMPLES if not e[1]])
def test_refuses_every_counterexample_of_the_facts(raw: str) -> None:
    with pytest.raises(BadPhone):
        phones.read(raw)


class TestMobiles:
    @pytest.mark.parametrize("prefix", MOBILE_PREFIXES)
    def test_every_prefix_of_today_reads_in_every_spelling(self, prefix: str) -> None:
        national = prefix[1:] + "1234567"
        for raw in (f"0{national}", national, f"84{national}", f"+84{national}", f"+840{national}"):
            assert phones.read_fast(raw) == f"+84{national}"
            assert phones.read(raw).e164 == f"+84{national}"

    @pytest.mark.parametrize("entry", FACTS["conversion_2018"]["map"], ids=lambda entry: entry["old"])
    def test_every_prefix_of_before_2018_is_converted(self, entry: dict[str, str]) -> None:
        expected = f"+84{entry['new'][1:]}2345678"[:12]
        subscriber = expected[5:]
        for raw in (
            f"{entry['old']} {subscriber}",
            entry["old"][1:] + subscriber,
            f"+84{entry['old'][1:]}{subscriber}",
        ):
            assert phones.read_fast(raw) == expected
            assert phones.read(raw) == Phone(expected, "converted_2018")

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("0901234567", Phone("+84901234567", "")),
            ("0901\u00a0234\u200b567", Phone("+84901234567", "")),
            ("901234567", Phone("+84901234567", "restored_zero")),
            (901234567, Phone("+84901234567", "restored_zero")),
            (901234567.0, Phone("+84901234567", "restored_zero")),
            (84901234567.0, Phone("+84901234567", "")),
            ("849012345", Phone("+84849012345", "restored_zero")),
            ("0084901234567", Phone("+84901234567", "")),
            ("00901234567", Phone("+84901234567", "dropped_zero")),
            ("O9O1234567", Phone("+84901234567", "")),
            ("09l1234567", Phone("+84911234567", "")),
            ("０９０１２３４５６７", Phone("+84901234567", "")),
            ("901,234,567", Phone("+84901234567", "restored_zero")),
            ("0909 999 999", Phone("+84909999999", "")),
            ("0301234567", Phone("+84301234567", "")),
        ],
    )
    def test_reads_what_spreadsheets_do_to_numbers(self, raw: str | float, expected: Phone) -> None:
        assert phones.read(raw) == expected


class TestSeveralNumbers:
    @pytest.mark.parametrize(
        "raw",
        [
            "0901234567/0912345678",
            "0901234567 - 0912345678",
            "0901234567-0912345678",
            "0901 234 567, 0912 345 678",
            "0901234567; 0912345678",
            "0901234567 hoặc 0912345678",
            "0901234567 0912345678",
            "0901234567\n0912345678",
            "+84901234567|0912345678",
            "Lan 0901234567, Hoa 0912345678",
        ],
    )
    def test_returns_the_first_number_and_the_others(self, raw: str) -> None:
        assert phones.read(raw) == Phone("+84901234567", "second_number_kept_apart", ("+84912345678",))

    def test_drops_a_repetition_and_what_is_no_number(self) -> None:
        assert phones.read("0901234567 / 84901234567") == Phone("+84901234567", "")
        assert phones.read("0901234567/68") == Phone("+84901234567", "")

    def test_finds_a_number_among_words(self) -> None:
        assert phones.read("ĐT: 0901 234 567 (Lan)").e164 == "+84901234567"
        assert phones.read("028 3823 4567 ext 12") == Phone("+842838234567", "extracted")

    def test_hyphens_inside_a_number_part_nothing(self) -> None:
        assert phones.read("090-012-3456") == Phone("+84900123456", "")


class TestLandlines:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("02838234567", Phone("+842838234567", "")),
            ("(028) 3823 4567", Phone("+842838234567", "")),
            ("+84 28 3823 4567", Phone("+842838234567", "")),
            ("842838234567", Phone("+842838234567", "")),
            ("2838234567", Phone("+842838234567", "restored_zero")),
            ("0236 3823 456", Phone("+842363823456", "")),
            ("04 3823 4567", Phone("+842438234567", "converted_2017")),
            ("0511 3823 456", Phone("+842363823456", "converted_2017")),
            ("0650 3823 456", Phone("+842743823456", "converted_2017")),
            ("0780 3823 456", Phone("+842903823456", "converted_2017")),
            ("0320 3823 456", Phone("+842203823456", "converted_2017")),
            ("061 3823 456", Phone("+842513823456", "converted_2017")),
        ],
    )
    def test_reads_new_ones_and_converts_the_clear_old_ones(self, raw: str, expected: Phone) -> None:
        assert phones.read(raw) == expected

    def test_reads_ten_digits_that_are_a_mobile_today_as_one(self) -> None:
        assert phones.read("08 3823 4567").e164 == "+84838234567"

    @pytest.mark.parametrize("entry", FACTS["landline"]["area_codes"], ids=lambda entry: entry["area_code"])
    def test_knows_every_area_code(self, entry: dict[str, str]) -> None:
        raw = (entry["area_code"] + "38234567")[:11]
        assert phones.read(raw) == Phone("+84" + raw[1:], "")


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("", "empty"),
            (" - ", "empty"),
            ("Chưa có", "empty"),
            (float("nan"), "empty"),
            ("0123", "too_short"),
            ("12345678", "too_short"),
            ("0901****67", "masked"),
            ("09xxxx4567", "masked"),
            ("******67", "masked"),
            ("8.49E+10", "scientific"),
            ("8,49e10", "scientific"),
            ("19001234", "service"),
            ("1900 123456", "service"),
            ("1800 1234", "service"),
            ("+84 1900 1234", "service"),
            ("113", "service"),
            ("0000000000", "placeholder"),
            ("0123456789", "placeholder"),
            ("+84123456789", "placeholder"),
            ("0999999999", "placeholder"),
            ("84999999999", "placeholder"),
            ("1234567890", "placeholder"),
            ("Lan", "not_a_number"),
            ("012", "too_short"),
            ("0901234567890", "not_a_number"),
            (1.5, "not_a_number"),
            ("+999 123 456 789", "foreign_unknown"),
            ("+1 650", "too_short"),
        ],
    )
    def test_refuses_with_a_code(self, raw: str | float, code: str) -> None:
        with pytest.raises(BadPhone) as refusal:
            phones.read(raw)
        assert refusal.value.code == code
        if isinstance(raw, str):
            assert phones.read_fast(raw) is None


class TestForeign:
    def test_reads_numbers_with_their_country_code(self) -> None:
        assert phones.read("+1 650 253 0000") == Phone("+16502530000", "foreign")
        assert phones.read("+65 9123 4567").e164 == "+6591234567"
        assert phones.read("0065 9123 4567").e164 == "+6591234567"

    def test_never_takes_one_for_a_vietnamese_number(self) -> None:
        assert phones.read_fast("+376312345") is None
        assert phones.read("+376 312345").e164 == "+376312345"


class TestDisplay:
    @pytest.mark.parametrize(
        ("e164", "shown"),
        [
            ("+84901234567", "0901 234 567"),
            ("+842838234567", "028 3823 4567"),
            ("+842363823456", "0236 3823 456"),
            ("+16502530000", "+1 650-253-0000"),
            ("nonsense", "nonsense"),
        ],
    )
    def test_shows_numbers_as_people_write_them(self, e164: str, shown: str) -> None:
        assert phones.display(e164) == shown


@given(
    st.text(alphabet="0123456789+-./ ,;xO()", max_size=24)
    | st.from_regex(r"(0|84|\+84)[35789]\d{8}", fullmatch=True)
)
def test_reading_twice_equals_reading_once(raw: str) -> None:
    try:
        first = phones.read(raw)
    except BadPhone:
        assert phones.read_fast(raw) is None
        return
    assert phones.read_fast(raw) in {None, first.e164}
    for e164 in (first.e164, *first.others):
        assert phones.read(e164).e164 == e164
        assert phones.read(phones.display(e164)).e164 == e164


class TestMarksAndSeveralNumbers:
    @pytest.mark.parametrize(
        "raw",
        ["0901234536*", "*0901234536", "0901234536 *", "+84 901 234 536*", "84901234536*", "0901.234.536**"],
    )
    def test_a_star_beside_a_whole_number_is_a_note(self, raw: str) -> None:
        assert phones.read(raw).e164 == "+84901234536"

    @pytest.mark.parametrize(
        "raw",
        ["090123453*", "0901234***", "0901****67", "0283825125*", "0126831202*", "90123453*", "*******536"],
    )
    def test_a_star_for_a_digit_is_a_mask(self, raw: str) -> None:
        with pytest.raises(BadPhone) as refusal:
            phones.read(raw)
        assert refusal.value.code == "masked"

    @pytest.mark.parametrize(
        ("raw", "first", "others"),
        [
            ("02838251250-2838251251", "+842838251250", ("+842838251251",)),
            ("0901234567-912345678", "+84901234567", ("+84912345678",)),
            ("0901234567 912345678", "+84901234567", ("+84912345678",)),
            ("0901 000 067 ::: 0911 000 067", "+84901000067", ("+84911000067",)),
            ("0901234567 và 0912345678", "+84901234567", ("+84912345678",)),
            ("0901234567 - 0912345678", "+84901234567", ("+84912345678",)),
            ("028 3825 1250 - 51", "+842838251250", ()),
            ("090-123-4567", "+84901234567", ()),
            ("0901-234-567", "+84901234567", ()),
        ],
    )
    def test_several_are_kept_apart(self, raw: str, first: str, others: tuple[str, ...]) -> None:
        found = phones.read(raw)
        assert (found.e164, found.others) == (first, others)
