import pytest

from quen.core.facts import load
from quen.core.provinces import (
    NEW,
    OLD,
    CombinedArea,
    ProvinceMatch,
    ambiguous,
    from_combined,
    match,
)

FACTS = load("provinces")
AMBIGUOUS = [
    "Hà Nội HCM",
    "HN SG",
    "Hà Nội ĐN",
    "T.Bình",
    "H.Giang",
    "ĐN",
    "Hà Nội, HCM",
    "Hà Nội/HCM",
    "Hà Nội và HCM",
    "Hà Nội hoặc Đà Nẵng",
    "Tân Bình, Biên Hòa",
    "Hà Nội - Đà Nẵng",
    "ĐN - đâu đó",
    "QN",
]
ELSEWHERE = [
    "Xa lộ Hà Nội",
    "Đường Hà Nội",
    "California, USA",
    "Điện Biên Phủ",
    "Nước ngoài",
    "Hà Nam Ninh",
    "Minh Hải",
    "Sông Bé",
    "79",
    "Miền Tây",
    "Đại học Hà Nội",
    "Lào",
    "Việt Nam",
    "Lào Cai Restaurant, Paris",
    "Vientiane",
    "Cầu Hà Nội",
]
#: cells of several names or with a note: text, code of today, old code ("" when it is open)
COMPOUND = [
    ("Phú Thọ cũ", "25", "25"),
    ("Thủ Dầu Một BD", "79", "74"),
    ("Tam Kỳ QN", "48", "49"),
    ("Hạ Long - QN", "22", "22"),
    ("Long Thành, ĐN", "75", "75"),
    ("P. Bến Nghé, Q1, TPHCM", "79", ""),
    ("Hà Nội (Hà Đông)", "01", "01"),
    ("Q.9 (TP Thủ Đức)", "79", "79"),
    ("An Giang (Kiên Giang cũ)", "91", "91"),
    ("Vĩnh Phúc (nay Phú Thọ)", "25", "26"),
    ("B.Phước", "75", "70"),
    ("N.Trang", "56", "56"),
    ("Hà Nội!!!", "01", "01"),
    ("quận 10 tp hcm", "79", ""),
    ("Quảng Ninh, Hạ Long, Bãi Cháy", "22", "22"),
    ("Q1, TP.HCM", "79", ""),
    ("TP. Thủ Đức, TP. HCM", "79", ""),
    ("Đ.Nẵng", "48", ""),
    ("Quận 1 - HCM", "79", ""),
    ("Đà Nẵng (cũ)", "48", "48"),
    ("Q.1,HCM", "79", ""),
    ("q7 hcm", "79", ""),
    ("Quận 7 TPHCM", "79", ""),
    ("Thủ Đức HCM", "79", ""),
    ("Gò Vấp TP HCM", "79", ""),
    ("HCM - Gò Vấp", "79", ""),
    ("HN - Cầu Giấy", "01", ""),
    ("HN Cầu Giấy", "01", ""),
    ("Cầu Giấy, HN", "01", ""),
    ("Hà Nội 100000", "01", ""),
    ("TP.HCM, 700000", "79", ""),
    ("HCM, VN", "79", ""),
    ("Hội An Quảng Nam", "48", "49"),
    ("Hội An, Q.Nam", "48", "49"),
    ("Q.Ngãi", "51", ""),
    ("Q.Nam", "48", "49"),
    ("B.Dương", "79", "74"),
    ("H.Nội", "01", ""),
    ("H. Phòng", "31", ""),
    ("K.Hòa", "56", ""),
    ("ĐN, Hải Châu", "48", ""),
    ("BD, Dĩ An", "79", "74"),
    ("Quảng Nam (nay là Đà Nẵng)", "48", "49"),
    ("Ninh Bình (Nam Định cũ)", "37", "36"),
    ("Nam Định cũ", "37", "36"),
    ("Bình Dương cũ", "79", "74"),
    ("12 Lê Lợi, Quận 3, TP.HCM", "79", ""),
    ("P.5, Q.3, HCM", "79", ""),
    ("Ở Huế", "46", ""),
    ("Huế (TT Huế)", "46", ""),
    ("Tỉnh Thừa Thiên Huế", "46", ""),
    ("Bà Rịa - Vũng Tàu", "79", "77"),
    ("V.Tàu", "79", "77"),
    ("TP Vũng Tàu, BRVT", "79", "77"),
    ("Nha Trang, Khánh Hòa", "56", ""),
    ("Nha Trang - K.Hòa", "56", ""),
    ("Buôn Ma Thuột, Đắk Lắk", "66", ""),
    ("Biên Hòa Đồng Nai", "75", ""),
    ("TP Biên Hòa, tỉnh Đồng Nai", "75", ""),
    ("KV Hà Nội", "01", ""),
    ("Nội thành HN", "01", ""),
    ("(HCM)", "79", ""),
    ("Sài Gòn (TP.HCM)", "79", ""),
    ("TP. HCM (Q.1)", "79", ""),
    ("12 Điện Biên Phủ, Đà Nẵng", "48", ""),
    ("Hòa Bình", "25", "17"),
    ("Tỉnh Hà Tây", "01", ""),
    ("Thanh Xuân Hà Nội", "01", ""),
    ("Bình Thạnh, Hồ Chí Minh, Việt Nam", "79", ""),
    ("Ho Chi Minh City, Vietnam", "79", ""),
    ("Hanoi, Vietnam", "01", ""),
    ("Cao Bằng - Cao Bằng", "04", ""),
    ("TX. Phú Mỹ, Bà Rịa - Vũng Tàu", "79", "77"),
    ("Đắk Lắk (Buôn Hồ)", "66", ""),
    ("Phú Quốc, Kiên Giang", "91", "91"),
    ("Châu Thành, Long An", "80", "80"),
    ("Hải Dương, Hải Phòng", "31", "30"),
    ("Đà Nẵng, Quảng Nam", "48", ""),
    ("Quận Hải Châu Đà Nẵng", "48", ""),
    ("TP.H.C.M", "79", ""),
    ("tp.hà nội", "01", ""),
    ("Huyện Củ Chi, TP. Hồ Chí Minh", "79", ""),
]


class TestUnits:
    def test_there_are_34_of_today_made_of_63_before(self) -> None:
        assert (len(NEW), len(OLD)) == (34, 63)
        assert sorted(code for unit in NEW.values() for code in unit.old_codes) == sorted(OLD)
        assert all(old.code in NEW[old.new_code].old_codes for old in OLD.values())


class TestMatch:
    @pytest.mark.parametrize("entry", FACTS["provinces_2025"], ids=lambda entry: entry["name"])
    def test_knows_every_name_of_today(self, entry: dict[str, str]) -> None:
        for written in (entry["name"], entry["full_name"], entry["ascii"], entry["name"].upper()):
            found = match(written)
            assert found is not None
            assert (found.new_code, found.kind) == (entry["code"], "new")

    @pytest.mark.parametrize("entry", FACTS["provinces_pre_2025"], ids=lambda entry: entry["name"])
    def test_knows_every_name_alias_and_town_of_before(self, entry: dict[str, object]) -> None:
        written = [entry["name"], entry["full_name"], entry["ascii"]]
        for words in (*written, *entry["aliases"], *entry["towns"]):  # type: ignore[misc]  # JSON
            found = match(str(words))
            assert found is not None, words
            assert found.new_code == entry["new_code"], words
            assert found.old_code in {entry["code"], None}

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("Đà Nẵng", ProvinceMatch("48", None, "new")),
            ("Hà Nội", ProvinceMatch("01", "01", "new")),
            ("Hà Nội, Việt Nam", ProvinceMatch("01", "01", "new")),
            ("Quảng Nam", ProvinceMatch("48", "49", "old")),
            ("T. Quảng Nam", ProvinceMatch("48", "49", "old")),
            ("hoà bình", ProvinceMatch("25", "17", "old")),
            ("Bà Rịa - Vũng Tàu", ProvinceMatch("79", "77", "old")),
            ("BR-VT", ProvinceMatch("79", "77", "alias")),
            ("TP. HCM", ProvinceMatch("79", None, "alias")),
            ("tp.hcm", ProvinceMatch("79", None, "alias")),
            ("Sài Gòn", ProvinceMatch("79", None, "alias")),
            ("Ha Noi City", ProvinceMatch("01", "01", "alias")),
            ("VN-27", ProvinceMatch("48", "49", "alias")),
            ("Hội An", ProvinceMatch("48", "49", "town")),
            ("TX. Hội An", ProvinceMatch("48", "49", "town")),
            ("Thành phố Biên Hòa", ProvinceMatch("75", "75", "town")),
            ("Quận 7", ProvinceMatch("79", "79", "town")),
            ("Q.12", ProvinceMatch("79", "79", "town")),
        ],
    )
    def test_returns_how_it_was_recognised(self, raw: str, expected: ProvinceMatch) -> None:
        assert match(raw) == expected

    @pytest.mark.parametrize(
        "raw", ["", "Tỉnh", "TP", "Paris", "ĐN", "BD", "QN", "TP. ĐN", "Huyện Điện Biên", "Quận 13"]
    )
    def test_never_guesses(self, raw: str) -> None:
        assert match(raw) is None


class TestAmbiguous:
    @pytest.mark.parametrize(
        ("raw", "codes"),
        [
            ("ĐN", ("48", "75")),
            ("dn", ("48", "75")),
            ("TP. ĐN", ("48", "75")),
            ("BD", ("52", "74")),
            ("QN", ("22", "49", "51")),
            ("HN", ()),
            ("Đà Nẵng", ()),
            ("", ()),
        ],
    )
    def test_names_the_candidates_to_ask_about(self, raw: str, codes: tuple[str, ...]) -> None:
        assert ambiguous(raw) == codes


class TestFromCombined:
    @pytest.mark.parametrize(
        ("raw", "new_code", "old_code", "district"),
        [
            ("Quảng Nam - Hội An", "48", "49", "Hội An"),
            ("Hội An - Quảng Nam", "48", "49", "Hội An"),
            ("Hà Nội - Quận Tây Hồ", "01", "01", "Quận Tây Hồ"),
            ("Hồ Chí Minh - Quận 1", "79", None, "Quận 1"),
            ("Bình Thạnh - TP.HCM", "79", None, "Bình Thạnh"),
            ("Thành phố Cao Bằng - Cao Bằng", "04", "04", "Thành phố Cao Bằng"),
            ("Bà Rịa - Vũng Tàu - Thành phố Vũng Tàu", "79", "77", "Thành phố Vũng Tàu"),
            ("Bà Rịa - Vũng Tàu", "79", "77", ""),
            ("12 Lê Lợi, Quận 3, TP.HCM", "79", None, "12 Lê Lợi, Quận 3"),
            ("Hội An", "48", "49", "Hội An"),
            ("Quảng Nam", "48", "49", ""),
        ],
    )
    def test_splits_province_and_district(
        self, raw: str, new_code: str, old_code: str | None, district: str
    ) -> None:
        area = from_combined(raw)
        assert area.match is not None
        assert (area.match.new_code, area.match.old_code, area.district) == (new_code, old_code, district)

    @pytest.mark.parametrize("raw", ["", "Miền Tây", "California, USA"])
    def test_keeps_unknown_areas_as_typed(self, raw: str) -> None:
        assert from_combined(raw) == CombinedArea(None, raw)

    @pytest.mark.parametrize(("raw", "new_code", "old_code"), COMPOUND)
    def test_reads_compound_and_decorated_places(self, raw: str, new_code: str, old_code: str) -> None:
        area = from_combined(raw)
        assert area.match is not None
        assert area.match.new_code == new_code
        assert not old_code or area.match.old_code == old_code

    @pytest.mark.parametrize(
        ("raw", "district"),
        [
            ("Q1, TP.HCM", "Q1"),
            ("P.5, Q.3, HCM, Việt Nam", "P.5, Q.3"),
            ("Gò Vấp TP HCM", "Gò Vấp"),
            ("TP. Thủ Đức, TP. HCM", "TP. Thủ Đức"),
            ("HN Cầu Giấy", "Cầu Giấy"),
        ],
    )
    def test_the_rest_is_the_district(self, raw: str, district: str) -> None:
        assert from_combined(raw).district == district

    @pytest.mark.parametrize("raw", AMBIGUOUS)
    def test_two_provinces_are_told_and_never_chosen(self, raw: str) -> None:
        area = from_combined(raw)
        assert area.match is None
        assert len(area.candidates) > 1

    @pytest.mark.parametrize("raw", ELSEWHERE)
    def test_other_places_are_no_province(self, raw: str) -> None:
        assert from_combined(raw) == CombinedArea(None, raw)
