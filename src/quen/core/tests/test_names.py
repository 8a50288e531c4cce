import pytest
from hypothesis import given

from quen.core.call_names import call_name
from quen.core.names import NameParts, is_walk_in, join, split, strip_title
from quen.core.tests.test_text import vietnamese_names


class TestSplit:
    @pytest.mark.parametrize(
        ("full_name", "parts"),
        [
            ("Nguyễn Thị Hồng Đào", NameParts("Nguyễn", "Thị Hồng", "Đào")),
            ("Lê Tuấn", NameParts("Lê", "", "Tuấn")),
            ("Lan", NameParts("", "", "Lan")),
            ("", NameParts("", "", "")),
            ("Tôn Thất Bảo", NameParts("Tôn Thất", "", "Bảo")),
            ("ton nu ngoc lan", NameParts("ton nu", "ngoc", "lan")),
            ("Âu Dương Phong", NameParts("Âu Dương", "", "Phong")),
            ("Công Tằng Tôn Nữ Ngọc Lan", NameParts("Công Tằng Tôn Nữ", "Ngọc", "Lan")),
            ("Tôn Nữ", NameParts("Tôn", "", "Nữ")),
            ("Tôn Văn Thất", NameParts("Tôn", "Văn", "Thất")),
            ("Nguyễn Trần Bảo Ngọc", NameParts("Nguyễn", "Trần Bảo", "Ngọc")),
        ],
    )
    def test_follows_vietnamese_order(self, full_name: str, parts: NameParts) -> None:
        assert split(full_name) == parts

    @given(vietnamese_names)
    def test_joined_again_is_the_same_name(self, name: str) -> None:
        assert join(split(name)) == name


class TestStripTitle:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("Chị Lan", ("chị", "Lan")),
            ("chị  Lan", ("chị", "Lan")),
            ("A. Tuấn", ("anh", "Tuấn")),
            ("A.Tuấn", ("anh", "Tuấn")),
            ("C Hoa Q7", ("chị", "Hoa Q7")),
            ("Anh Nam ship", ("anh", "Nam ship")),
            ("Bà Nguyễn Thị Tư", ("bà", "Nguyễn Thị Tư")),
            ("Mr. Tuấn", ("anh", "Tuấn")),
            ("Mrs Hương", ("chị", "Hương")),
            ("Anh/chị Lan", ("", "Lan")),
            ("A/C Lan", ("", "Lan")),
            ("Chi Hoa", ("chị", "Hoa")),
            ("Anh Thư", ("", "Anh Thư")),
            ("Nguyễn Anh Tuấn", ("", "Nguyễn Anh Tuấn")),
            ("Anh", ("", "Anh")),
            ("Chu Văn An", ("", "Chu Văn An")),
            ("Cao Thắng", ("", "Cao Thắng")),
            ("Emma Stone", ("", "Emma Stone")),
            ("", ("", "")),
        ],
    )
    def test_splits_title_and_name(self, raw: str, expected: tuple[str, str]) -> None:
        assert strip_title(raw) == expected


class TestIsWalkIn:
    @pytest.mark.parametrize(
        "name",
        ["Khách lẻ", "KHÁCH VÃNG LAI", "khach le", "Khách lẻ 02", "Khách", "Anh", "chị", "Guest", "No name"],
    )
    def test_recognises_anonymous_sales(self, name: str) -> None:
        assert is_walk_in(name)

    @pytest.mark.parametrize("name", ["Khánh", "Chi", "Ánh", "Anh Tuấn", "Khách Thị Lẻ", "Nguyễn Văn An", ""])
    def test_leaves_real_names_unchanged(self, name: str) -> None:
        assert not is_walk_in(name)


class TestCallName:
    @pytest.mark.parametrize(
        ("full_name", "expected"),
        [
            ("Nguyễn Thị Hồng Đào", "Đào"),
            ("Chị Lan", "Lan"),
            ("C Hoa Q7", "Hoa"),
            ("Anh Nam ship", "Nam"),
            ("nguyễn văn an", "An"),
            ("Lan", "Lan"),
            ("", ""),
        ],
    )
    def test_is_the_given_name(self, full_name: str, expected: str) -> None:
        assert call_name(full_name) == expected
