import pytest

from quen.core.booleans import BadBool, is_empty, read_bool
from quen.core.genders import BadGender, read_gender


class TestIsEmpty:
    @pytest.mark.parametrize(
        "raw", [None, "", "  ", "\u00a0", "-", "N/A", "NA", "NULL", "null", "Chưa có", "#N/A", float("nan")]
    )
    def test_recognises_empty_cells(self, raw: object) -> None:
        assert is_empty(raw)

    @pytest.mark.parametrize("raw", [0, "0", False, "Không", "Lan", "Na", "na"])
    def test_other_values_are_not_empty(self, raw: object) -> None:
        assert not is_empty(raw)


class TestReadBool:
    @pytest.mark.parametrize("raw", ["Có", "co", "x", "Yes", "TRUE", "1", 1, 1.0, True, "Đồng ý", "✓"])
    def test_reads_yes(self, raw: object) -> None:
        assert read_bool(raw) is True

    @pytest.mark.parametrize("raw", ["Không", "khong", "No", "0", 0, 0.0, False, "Từ chối", "Chưa", "Tắt"])
    def test_reads_no(self, raw: object) -> None:
        assert read_bool(raw) is False

    @pytest.mark.parametrize(
        ("raw", "code"), [("", "empty"), (None, "empty"), ("có lẽ", "unknown"), (2, "unknown")]
    )
    def test_never_guesses(self, raw: object, code: str) -> None:
        with pytest.raises(BadBool) as refusal:
            read_bool(raw)
        assert refusal.value.code == code


class TestReadGender:
    @pytest.mark.parametrize(
        ("raw", "gender"),
        [
            ("Nam", "male"),
            ("NAM", "male"),
            ("M", "male"),
            ("Anh", "male"),
            ("Nữ", "female"),
            ("nu", "female"),
            ("F", "female"),
            ("Chị", "female"),
            ("Khác", "other"),
        ],
    )
    def test_reads_vietnamese_and_english(self, raw: str, gender: str) -> None:
        assert read_gender(raw) == gender

    @pytest.mark.parametrize(
        ("raw", "code"),
        [("", "empty"), ("1", "digits"), (0, "digits"), (1.0, "digits"), ("anh/chị", "unknown")],
    )
    def test_never_guesses(self, raw: object, code: str) -> None:
        with pytest.raises(BadGender) as refusal:
            read_gender(raw)
        assert refusal.value.code == code

    @pytest.mark.parametrize(
        ("raw", "gender"),
        [
            ("nam giới", "male"),
            ("Nam Giới", "male"),
            ("Giới tính: Nam", "male"),
            ("giới nam", "male"),
            ("phái nam", "male"),
            ("Nam (Male)", "male"),
            ("Nam/Male", "male"),
            ("Nam.", "male"),
            ("khách nam", "male"),
            ("nữ giới", "female"),
            ("NỮ GIỚI", "female"),
            ("Phái nữ", "female"),
            ("Female (F)", "female"),
            ("Nữ - Female", "female"),
        ],
    )
    def test_reads_words_around_a_gender(self, raw: str, gender: str) -> None:
        assert read_gender(raw) == gender

    @pytest.mark.parametrize("raw", ["nam/nữ", "Nam, nữ", "Nam Định", "giới", "Nữ hoàng"])
    def test_two_genders_or_other_words_are_none(self, raw: str) -> None:
        with pytest.raises(BadGender):
            read_gender(raw)
