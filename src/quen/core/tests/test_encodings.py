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
            ["Loïc Thé", "Phở Bò"],
            ["Bjørn Sørensen", "Åse Ødegård", "Jürgen Müller", "Göran Ström"],
            [*NAMES[:20], "René Côté", "Zoë Noël", "François Hélène", "Chloé Léa", "José Nuñez", "Loïc Thé"],
            ["Lê Hà", "Lý Hùng", "Tô Hoài", "Lã Vân", "Võ Hùng", "Bích Hà"],
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


MIXED = [
    ("Nguyễn Thị Hương", "Nguyễn Thị Hương"),
    ("TrÇn V¨n B×nh", "Trần Văn Bình"),
    ("Ph¹m Quèc §¹t", "Phạm Quốc Đạt"),
    ("Vâ Hoµng Phóc", "Võ Hoàng Phúc"),
    ("Vò Minh", "Vũ Minh"),
    ("Lê Hà", "Lê Hà"),
    ("Bùi Ngọc Ánh", "Bùi Ngọc Ánh"),
    ("Đỗ Thị Mỹ Duyên", "Đỗ Thị Mỹ Duyên"),
    ("§Æng Thuú D­¬ng", "Đặng Thuỳ Dương"),
    ("René Müller", "René Müller"),
    ("Lan", "Lan"),
    ("陈美丽", "陈美丽"),
]


class TestMixedColumns:
    """A column in which cells of an old font stand beside Unicode cells."""

    @pytest.mark.parametrize("name", ["tcvn3", "vni", "vps"])
    @pytest.mark.parametrize("share", [2, 3, 5])
    def test_each_cell_is_read_as_what_it_is(self, name: str, share: int) -> None:
        written = [backwards(text, name) if at % share else text for at, text in enumerate(NAMES[:200])]
        assert encodings.detect_column(written) == name
        assert encodings.is_mixed(written, name)
        read = encodings.repairer(name, mixed=True)
        right = sum(read(cell) == text for cell, text in zip(written, NAMES, strict=False))
        assert right >= 0.98 * len(written)

    @pytest.mark.parametrize(("written", "text"), MIXED)
    def test_letters_outside_the_old_encoding_are_unicode(self, written: str, text: str) -> None:
        cells = [cell for cell, _text in MIXED]
        assert encodings.detect_column(cells) == "tcvn3"
        assert encodings.is_mixed(cells, "tcvn3")
        assert encodings.repairer("tcvn3", mixed=True)(written) == text

    def test_a_few_old_cells_among_many_are_found(self) -> None:
        cells = [*NAMES[:60], *(backwards(text, "tcvn3") for text in NAMES[100:104])]
        assert encodings.detect_column(cells) == "tcvn3"
        read = encodings.repairer("tcvn3", mixed=True)
        assert [read(cell) for cell in cells] == [*NAMES[:60], *NAMES[100:104]]

    def test_a_column_in_one_old_font_is_not_mixed(self) -> None:
        assert not encodings.is_mixed([backwards(text, "tcvn3") for text in NAMES[:200]], "tcvn3")


class TestUndamaged:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("Nguyễn Thị Hương".encode().replace("ơ".encode(), b"\xe1"), "Nguyễn Thị Hư\ufffdng"),
            ("Trần Văn Bình".encode().replace("ì".encode(), b"\xc3"), "Trần Văn B\ufffdnh"),
            ("Lê Lợi 😀".encode()[:-1], "Lê Lợi \ufffd"),
            (b"Nguy\xd4n V\xa8n B\xd7nh", "Nguyễn Văn Bình"),
            (b"Caf\xe9", "Caf\ufffd"),
            (b"T\xe1 Anh", "T\ufffd Anh"),
            ("Nguyễn".encode(), "Nguyễn"),
            (b"Lan", "Lan"),
        ],
    )
    def test_only_the_bad_bytes_are_replaced(self, raw: bytes, expected: str) -> None:
        assert encodings.undamaged(raw.decode("utf-8", "surrogateescape")) == expected

    def test_a_bad_byte_in_utf8_that_was_taken_for_1252(self) -> None:
        raw = "Nguyễn Thị Hưng".encode().replace("ư".encode(), b"\xc6")
        assert encodings.repair(raw.decode("latin-1"), "mojibake") == "Nguyễn Thị H\ufffdng"

    def test_utf8_cells_in_a_file_of_old_letters(self) -> None:
        read = encodings.repairer("tcvn3", eight_bit=True)
        assert read("Nguyễn Văn An".encode().decode("latin-1")) == "Nguyễn Văn An"
        assert read("NguyÔn V¨n An") == "Nguyễn Văn An"
