import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core.text import SEARCH_FROM, SEARCH_TO, clean, clean_lines, fold, search_terms, sort_key

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
LETTERS = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES] + [
    *"bcdđghklmnpqrstvx"
]
syllables = st.text(alphabet=st.sampled_from(LETTERS), min_size=1, max_size=7)
vietnamese_names = st.lists(syllables, min_size=1, max_size=4).map(lambda words: " ".join(words).title())
any_text = (
    st.text(max_size=40) | vietnamese_names | vietnamese_names.map(lambda n: unicodedata.normalize("NFD", n))
)


class TestClean:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("Nguyễn Văn An", "Nguyễn Văn An"),
            ("  Lan  Anh ", "Lan Anh"),
            ("Lan\u00a0Anh\t\r\nHoa", "Lan Anh Hoa"),
            ("Hồ\u200bng\ufeff", "Hồng"),
            (unicodedata.normalize("NFD", "Nguyễn Thị Hồng Đào"), "Nguyễn Thị Hồng Đào"),
            ("a\x00b\x07c", "abc"),
            ("a\ud800b", "ab"),
            ("a\u200b\u0301", "á"),
            ("\u2028", ""),
            ("", ""),
        ],
    )
    def test_keeps_what_people_see(self, raw: str, expected: str) -> None:
        assert clean(raw) == expected

    @given(any_text)
    def test_twice_equals_once(self, raw: str) -> None:
        assert clean(clean(raw)) == clean(raw)

    def test_lines_survive_only_when_asked_for(self) -> None:
        assert clean_lines(" 12 Lê Lợi \r\n\tHội  An\n") == "12 Lê Lợi\nHội An"


class TestFold:
    @pytest.mark.parametrize(
        ("left", "right"),
        [("hoà", "hòa"), ("thuý", "thúy"), ("khoẻ", "KHỎE"), ("Đặng", "dang"), ("Ðà", "ðà"), ("Zoë", "zoe")],
    )
    def test_ignores_marks_their_place_and_case(self, left: str, right: str) -> None:
        assert fold(left) == fold(right)

    def test_reads_both_unicode_forms_alike(self) -> None:
        name = "Nguyễn Thị Hồng Đào"
        assert fold(unicodedata.normalize("NFD", name)) == fold(name) == "nguyen thi hong dao"

    def test_keeps_different_vowels_apart(self) -> None:
        assert fold("Lý") != fold("Lí")

    @given(vietnamese_names)
    def test_leaves_plain_lower_case_letters(self, name: str) -> None:
        assert fold(name).isascii()
        assert fold(fold(name)) == fold(name)


class TestSearchTable:
    def test_pairs_every_vietnamese_letter_of_both_cases(self) -> None:
        table = dict(zip(SEARCH_FROM, SEARCH_TO, strict=True))
        for letter in LETTERS:
            assert table.get(letter, letter) == fold(letter)
            assert table[letter.upper()] == fold(letter)

    def test_names_no_letter_twice(self) -> None:
        assert len(set(SEARCH_FROM)) == len(SEARCH_FROM)
        assert SEARCH_TO.isascii()
        assert SEARCH_TO.islower()


class TestSortKey:
    def test_sorts_by_given_name_in_vietnamese_letter_order(self) -> None:
        register = [
            "Hà Văn An",
            "Lê Văn Ăn",
            "Trần Ân",
            "Lê Dung",
            "Lê Dũng",
            "Trần Đạt",
            "Nguyễn Văn Em",
            "Lê Hà",
            "Lê Hạ",
            "Lê Hai",
            "Lê Ô",
            "Lê Ơ",
            "",
        ]
        assert sorted(set(register), key=sort_key) == register

    def test_then_by_middle_name_then_by_family_name(self) -> None:
        register = ["Lê An", "Trần An", "Trần Bá An", "Lê Văn An", "Ngô Văn An", "Lê Văn Bá An"]
        assert sorted(set(register), key=sort_key) == register

    def test_puts_the_letter_before_the_tone(self) -> None:
        assert sort_key("Hạ") < sort_key("Hai") < sort_key("Hải")

    def test_sorts_names_without_marks_next_to_those_with(self) -> None:
        register = ["Lê Hoa", "Lê Hòa", "Lê Hoan"]
        assert sorted(set(register), key=sort_key) == register

    @pytest.mark.parametrize("nobody", ["", "  ", "***", "-"])
    def test_sorts_rows_without_a_name_last(self, nobody: str) -> None:
        assert sort_key(nobody) == "~"
        assert sort_key("王小明") < sort_key(nobody)

    @given(any_text)
    def test_is_ascii_and_the_same_for_cleaned_text(self, raw: str) -> None:
        key = sort_key(clean(raw))
        assert key.isascii()
        assert key == sort_key(unicodedata.normalize("NFD", clean(raw)))

    @given(syllables, syllables)
    def test_agrees_with_a_plain_reading_of_the_alphabet(self, left: str, right: str) -> None:
        a, b = dictionary_order(left), dictionary_order(right)
        if a[0] != b[0]:
            assert (sort_key(left) < sort_key(right)) == (a < b)


def dictionary_order(word: str) -> tuple[list[int], list[int]]:
    """Places in the Vietnamese alphabet, then tones."""
    alphabet = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    places, tones = [], []
    for letter in word:
        decomposed = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in decomposed if mark in TONES[1:]), "")
        places.append(
            alphabet.index(unicodedata.normalize("NFC", decomposed.replace(tone, "") if tone else letter))
        )
        tones.append(TONES.index(tone))
    return places, tones


class TestSearchTerms:
    @pytest.mark.parametrize(
        ("query", "terms"),
        [
            ("Nguyễn Đạt", ["nguyen", "dat"]),
            ("nguyen thi HONG", ["nguyen", "thi", "hong"]),
            ("0905 318", ["0905318"]),
            ("0905.318.274", ["0905318274"]),
            ("(0905) 318-274", ["0905318274"]),
            ("+84905318274", ["84905318274"]),
            ("+84 905 318", ["84905318"]),
            ("0084 905", ["84905"]),
            ("84905", ["84905"]),
            ("905318274", ["0905318274"]),
            ("Lan 0905 318", ["0905318", "lan"]),
            ("12 Lê Lợi", ["12", "le", "loi"]),
            ("84 Lê Lợi", ["84", "le", "loi"]),
            ("KH000123", ["kh000123"]),
            ("An@Gmail.com", ["an@gmail.com"]),
            ("Lan, (Hội An)", ["lan", "hoi", "an"]),
            ("lan LAN", ["lan"]),
            (" - ", []),
            ("", []),
        ],
    )
    def test_folds_words_and_joins_phones(self, query: str, terms: list[str]) -> None:
        assert search_terms(query) == terms
