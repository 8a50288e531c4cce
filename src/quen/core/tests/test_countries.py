import pytest

from quen.core import countries
from quen.core.countries import BadCountry, read_country


class TestReadCountry:
    @pytest.mark.parametrize(
        "raw", ["Việt Nam", "viet nam", "VIETNAM", "VN", "vn", "VNM", "84", "+84", 84, 84.0]
    )
    def test_knows_home_in_every_spelling(self, raw: object) -> None:
        assert read_country(raw) == "VN"

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("Mỹ", "US"),
            ("my", "US"),
            ("MY", "MY"),
            ("Anh", "GB"),
            ("Áo", "AT"),
            ("AO", "AO"),
            ("nước Pháp", "FR"),
            ("Hàn Quốc", "KR"),
            ("Lào", "LA"),
            ("Cộng hòa Séc", "CZ"),
        ],
    )
    def test_reads_vietnamese_english_and_codes(self, raw: str, code: str) -> None:
        assert read_country(raw) == code

    @pytest.mark.parametrize("code", countries.CODES)
    def test_reads_every_name_it_returns(self, code: str) -> None:
        if code != "NA":  # a cell with NA says nothing far more often than Namibia
            assert read_country(code) == code
        assert read_country(countries.name(code, "vi")) == code
        assert read_country(countries.name(code, "en")) == code

    def test_holds_the_whole_standard(self) -> None:
        assert len(set(countries.CODES)) == 249

    @pytest.mark.parametrize(("raw", "refused"), [("", "empty"), (None, "empty"), ("Atlantis", "unknown")])
    def test_refuses_with_a_code(self, raw: object, refused: str) -> None:
        with pytest.raises(BadCountry) as refusal:
            read_country(raw)
        assert refusal.value.code == refused


def test_names_follow_the_language() -> None:
    assert countries.name("DE") == "Đức"
    assert countries.name("de", "en") == "Germany"
    assert countries.name("??") == "??"
