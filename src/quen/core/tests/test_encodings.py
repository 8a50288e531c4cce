from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.core import encodings, facts

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Dương")
MIDDLES = ("Thị", "Văn", "Đức", "Ngọc", "Quốc", "Mỹ", "Bảo", "Thuỳ", "Hữu", "Xuân")
GIVEN = ("Đào", "Lợi", "Trâm", "Việt", "Hường", "Thắng", "Ánh", "Quỳnh", "Châu", "Nghĩa", "Vỹ", "Lệ", "Tưởng")
NAMES = [" ".join(parts) for parts in itertools.product(FAMILIES, MIDDLES, GIVEN)]
SAMPLE = facts.load("legacy_encodings")["sample"]


def backwards(text: str, name: str) -> str:
    letters = {new: old for old, new in facts.load("legacy_encodings")[name]["map"].items()}
    return "".join(letters.get(letter, letter) for letter in text)


class TestDetectColumn:
    @pytest.mark.parametrize("name", ["unicode", "tcvn3", "vni", "vps", "mojibake"])
    def test_is_right_for_every_group_of_twenty(self, name: str) -> None:
        for start in range(0, len(NAMES), 20):
            group = NAMES[start : start + 20]
            if name == "mojibake":
                group = [text.encode().decode("latin-1") for text in group]
            elif name != "unicode":
                group = [backwards(text, name) for text in group]
            assert encodings.detect_column(group) == name

    @pytest.mark.parametrize(
        "values",
        [
            [],
            ["", "0901234567", "an@vi-du.vn"],
            ["René Müller", "José Nuñez", "François Côté"],
            ["© 2026", "25 €", "½ kg", "«vip»"],
            ["Đắk Lắk", "Krông Pắc", "Pleiku"],
        ],
    )
    def test_leaves_other_text_unchanged(self, values: list[str]) -> None:
        assert encodings.detect_column(values) == encodings.UNICODE


class TestRepair:
    @pytest.mark.parametrize("name", ["tcvn3", "vni"])
    def test_reads_the_sample_of_the_facts(self, name: str) -> None:
        assert encodings.repair(SAMPLE[name], name) == SAMPLE["unicode"]

    def test_reads_windows_1258_that_was_taken_for_1252(self) -> None:
        assert encodings.repair(SAMPLE["windows_1258_read_as_1252"], "cp1258") == "Nguyễn Thị Hồng Đào"

    def test_reads_utf8_that_was_taken_for_1252(self) -> None:
        assert encodings.repair("Nguyá»…n", "mojibake") == "Nguyễn"

    def test_capitals_of_tcvn3_come_back(self) -> None:
        assert encodings.repair("TRÇN V¡N H¶I", "tcvn3") == "TRẦN VĂN HẢI"
        assert encodings.repair("Bµ H¶i", "tcvn3") == "Bà Hải"

    def test_vni_with_small_marks_on_capitals(self) -> None:
        assert encodings.repair("NGUYEãN THÒ ÑAøO", "vni") == "NGUYỄN THỊ ĐÀO"

    @given(st.text(), st.sampled_from([*encodings.COLUMN_ENCODINGS, "cp1252"]))
    def test_never_fails_and_keeps_plain_text(self, text: str, name: str) -> None:
        encodings.repair(text, name)
        assert encodings.repair("Le An 0901", name) == "Le An 0901"


class TestFileEncoding:
    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (b"\xef\xbb\xbfTen", "utf-8-sig"),
            ("Tên".encode("utf-16"), "utf-16"),
            ("Tên khách hàng".encode("utf-16-be"), "utf-16-be"),
            ("Tên khách hàng".encode("utf-16-le"), "utf-16-le"),
            ("Tên khách hàng".encode(), None),
            (b"", None),
        ],
    )
    def test_is_recognised_by_the_first_bytes(self, data: bytes, name: str | None) -> None:
        assert encodings.file_encoding(data) == name
