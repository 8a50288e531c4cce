import pytest
from hypothesis import given

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
        [
            *(
                "Khách lẻ",
                "KHÁCH VÃNG LAI",
                "khach le",
                "Khách lẻ 02",
                "Khách",
                "Anh",
                "chị",
                "Guest",
                "No name",
            ),
            *(
                "KH lẻ",
                "K/h lẻ",
                "K.H lẻ",
                "kh le 02",
                "KH vãng lai",
                "Khách mua lẻ",
                "Khách hàng lẻ",
                "khach hang le",
            ),
            *(
                "Khach vang lai",
                "Khách hàng vãng lai",
                "Vãng lai",
                "Khách qua đường",
                "Khách ngoài",
                "Khách hàng",
                "KH",
            ),
            *(
                "Khách hàng 0901234567",
                "Khách lẻ 1",
                "Khách lẻ (ngoài)",
                "Khách lẻ - HN",
                "khách_lẻ",
                "Quý khách",
            ),
            *("Khách FB", "Khách Facebook", "Khách Zalo", "Khách TikTok", "Khách Shopee", "Khách lẻ Shopee"),
            *(
                "Khách online",
                "Khách mới",
                "Khách quen",
                "Khách tại quầy",
                "Khách Grab",
                "Người mua",
                "Anh/Chị",
            ),
            *("Chưa có tên", "chưa rõ tên", "không có tên", "Không tên", "Không rõ", "Ẩn danh", "Vô danh"),
            *(
                "Anonymous",
                "Unknown",
                "Customer",
                "Guest #12",
                "Walk in",
                "Walk-in customer",
                "Cash Customer",
            ),
        ],
    )
    def test_recognises_anonymous_sales(self, name: str) -> None:
        assert is_walk_in(name)

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "Khánh",
                "Chi",
                "Ánh",
                "Anh Tuấn",
                "Khách Thị Lẻ",
                "Nguyễn Văn An",
                "",
                "Khanh Le",
                "Kha Lê",
                "Kim Lê",
            ),
            *(
                "KH Lê",
                "Khách Lan",
                "Khách Hàng Lan",
                "Mai Khách",
                "Khải",
                "An Danh",
                "Võ Danh",
                "Van Lai",
                "Chưa",
            ),
        ],
    )
    def test_leaves_real_names_unchanged(self, name: str) -> None:
        assert not is_walk_in(name)
