"""Whom a message greets: the given name, or nobody where it is not certain."""

import pytest

from quen.core.call_names import call_name, is_organisation, spoken

GREETED = [
    # usual spellings
    ("Nguyễn Thị Hồng Đào", "Đào"),
    ("Lê Anh Tuấn", "Tuấn"),
    ("Nguyễn Như Ý", "Ý"),
    ("Nguyễn Thái Bình", "Bình"),
    ("Trịnh Công Sơn", "Sơn"),
    ("Trường Giang", "Giang"),
    ("Công Tằng Tôn Nữ Ngọc Lan", "Lan"),
    ("Tuấn Anh", "Anh"),
    ("Lan", "Lan"),
    ("Nguyen Thi Hong", "Hong"),
    # capitals and small letters
    ("HÙNG", "Hùng"),
    ("NGUYỄN THỊ ÁNH TUYẾT", "Tuyết"),
    ("TẠ BÍCH LOAN", "Loan"),
    ("NGUYỄN VĂN VI", "Vi"),
    ("nguyễn văn an", "An"),
    ("lan", "Lan"),
    ("lê minh", "Minh"),
    ("ĐẶNG thị ngọc hân", "Hân"),
    ("Đặng Thị ngọc hân", "Hân"),
    ("Nguyễn thị lan", "Lan"),
    ("Trần văn Tuấn", "Tuấn"),
    ("Lê minh", "Minh"),
    ("ANH TUẤN", "Tuấn"),
    # hyphens and initials
    ("Nguyễn Thị Mỹ-Linh", "Mỹ-Linh"),
    ("Nguyễn-Thị-Lan", "Lan"),
    ("TRẦN-MINH-ĐỨC", "Đức"),
    ("N.V. An", "An"),
    ("Nguyễn V. An", "An"),
    ("Ng.T.Lan", "Lan"),
    ("PHẠM T. HƯƠNG", "Hương"),
    # suffixes and notes
    ("Lê Anh Tuấn III", "Tuấn"),
    ("Lê Anh Tuấn Jr.", "Tuấn"),
    ("Nguyễn Thị Lan II", "Lan"),
    ("Nguyễn Thị Hồng Nhung_0909", "Nhung"),
    ("Nguyễn Thị Hồng Nhung_0909123456", "Nhung"),
    ("Lan-0909", "Lan"),
    ("Lan/0909123456", "Lan"),
    ("Nguyễn Thị Lan (khách VIP)", "Lan"),
    ("Nguyễn Hoàng Lan Anh [sỉ]", "Anh"),
    ("Nguyễn Thị Lan khách sỉ", "Lan"),
    ("nguyen thi lan khach si", "Lan"),
    ("Nguyễn Văn Nam ship", "Nam"),
    ("LAN VIP", "Lan"),
    ("Hoa thợ may", "Hoa"),
    ("C Hoa Q7", "Hoa"),
    ("Nguyễn Thị Lan - Hà Nội", "Lan"),
    ("Nguyễn Thị Lan Hà Nội", "Lan"),
    ("Chị Hương - kế toán", "Hương"),
    ("KH001 - Nguyễn Văn An", "An"),
    ("Nguyễn Văn An - Công ty ABC", "An"),
    ("1. Lan", "Lan"),
    ("Tuấn Q.7", "Tuấn"),
    ("Lan ❤", "Lan"),
    ("PGS.TS Nguyễn Lan", "Lan"),
    ("\U0001f338 Lan \U0001f338", "Lan"),
    ("Lê Thị Hoa - Mẹ bé Bống", "Hoa"),
    ("Ðặng Văn Ðức", "Đức"),
    # titles
    ("Anh Nam (Cty Hoa Sen)", "Nam"),
    ("Chị Lan shop hoa", "Lan"),
    ("Thầy Hùng", "Hùng"),
    ("BS. Nguyễn Văn Hải", "Hải"),
    ("TS Trần Minh Khôi", "Khôi"),
    ("Ông Nguyễn Văn Ba", "Ba"),
    ("Cô Quân", "Quân"),
    # western order and other languages
    ("Kevin Trần", "Kevin"),
    ("Lan Nguyễn", "Lan"),
    ("Thu Lan Nguyễn", "Lan"),
    ("Nguyễn Emma", "Emma"),
    ("Emma", "Emma"),
    ("H'Hen Niê", "H'Hen"),
    ("Sùng A Páo", "Páo"),
]
NOT_GREETED = [
    "",
    "Trần Thị B.",
    "TRẦN THỊ B",
    "Nguyễn Văn A",
    "N.T.H",
    "Nguyễn Thị",
    "Nguyễn Văn",
    "Nguyễn",
    "John Smith",
    "Lan & Hùng",
    "Tuấn và Hương",
    "Lan - Hoa",
    "Mẹ Bống",
    "Mẹ",
    "Vợ anh Tuấn",
    "0901234567",
    "KH001",
    "lan@x.vn",
    "Khách lẻ",
    "Phạm Thị Hư\ufffdng",
    "Hà Nội",
    "Hà Trần",
    "Gia đình anh Tuấn",
    "Ba bé Na",
    "Nhóm Zalo",
    "Lan's",
    "Lan Tran",
    "VietJet",
    "GoGi",
    "Shopee Lan",
    "Honda Tuấn",
    "Lan Coffee Nguyễn",
    "Mary Jane Nguyen",
]
ORGANISATIONS = [
    "Công ty TNHH Hoa Sen",
    "CÔNG TY CỔ PHẦN SỮA VIỆT NAM",
    "cong ty tnhh abc",
    "Công ty A&B",
    "CTY CP ABC",
    "Cty TNHH MTV TM DV Hòa Phát",
    "C.ty Hoa Sen",
    "DNTN Thành Công",
    "Doanh nghiệp tư nhân Minh Anh",
    "HTX Nông nghiệp Xanh",
    "Hộ kinh doanh Trần Thị Lan",
    "Cửa hàng Minh Anh",
    "Shop Hoa Xinh",
    "Mai Anh Shop",
    "Tiệm bánh Cô Ba",
    "Quán Ăn Ngon",
    "Nhà thuốc Long Châu",
    "Đại lý Thanh Hà",
    "Siêu thị Co.op",
    "Trường THPT Lê Quý Đôn",
    "Trường mầm non Hoa Hồng",
    "Trung tâm Anh ngữ Sao Mai",
    "Ngân hàng ACB",
    "Bệnh viện Chợ Rẫy",
    "UBND xã Tân Phú",
    "Công an phường 5",
    "Hội Phụ nữ Q3",
    "Văn phòng luật sư An Bình",
    "VPĐD Samsung",
    "Spa Hương Sen",
    "Minh Anh Studio",
    "Blue Sky Co., Ltd",
    "ABC JSC",
    "Saigon Trading Corp.",
    "Hoa Sen Group",
    "CTCP ABC",
    "Nha khoa Sài Gòn",
    "Kho sỉ Lan",
    "Hoa tươi Lan Anh",
    "Phở Thìn",
    "Bánh mì Huỳnh Hoa",
    "Vựa trái cây Ba Tám",
    "Lớp 5A",
    "Starbucks",
    "STARBUCKS",
    "starbucks coffee",
    "Starbucks Coffee Nguyễn",
    "Starbucks Nguyễn Huệ",
    "Highlands Coffee Hai Bà Trưng",
    "Samsung",
    "Honda Bến Thành",
    "Coca-Cola",
    "Mercedes-Benz",
    "McDonald's",
    "7-Eleven",
    "Shopee",
]
PEOPLE = [
    "Trường Giang",
    "Nguyễn Văn Trường",
    "Công Phượng",
    "Nhã Hằng",
    "Trần Nhã Vân",
    "Cô Quân",
    "Trần Quán Quân",
    "Lý Đại",
    "Đoàn Thị Điểm",
    "Trần Hội",
    "Lê Trung Tâm",
    "Hộ Thị Lan",
    "Nguyễn Thị Lan shop hoa",
    "Chị Lan shop hoa",
    "Anh Nam (Cty Hoa Sen)",
    "Nguyễn Văn An - Công ty ABC",
    "Vũ Bảo Hiểm",
    "Cô Lan bán phở",
    "Nguyễn Thị Phở",
    "Emma",
    "Chị Lan Honda",
    "Anh Nam (Samsung)",
    "Nguyễn Văn Grab",
    "Lan Coffee Nguyễn",
    "Shopee Lan",
    "Honda Tuấn",
    "Mercedes",
]


class TestCallName:
    @pytest.mark.parametrize(("name", "called"), GREETED)
    def test_is_the_given_name_in_proper_letters(self, name: str, called: str) -> None:
        assert call_name(name) == called

    @pytest.mark.parametrize("name", [*NOT_GREETED, *ORGANISATIONS])
    def test_is_missing_where_it_is_not_certain(self, name: str) -> None:
        assert not call_name(name)


class TestOrganisations:
    @pytest.mark.parametrize("name", ORGANISATIONS)
    def test_are_recognised(self, name: str) -> None:
        assert is_organisation(name)
        assert not spoken(name)

    @pytest.mark.parametrize("name", PEOPLE)
    def test_people_are_none(self, name: str) -> None:
        assert not is_organisation(name)


class TestSpoken:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Nguyễn Thị Hồng Nhung_0909", "Nguyễn Thị Hồng Nhung"),
            ("C Hoa Q7 (sỉ)", "Hoa"),
            ("Nguyễn Văn An - Công ty ABC", "Nguyễn Văn An"),
            ("Lê Anh Tuấn III", "Lê Anh Tuấn"),
            ("Lan & Hùng", ""),
        ],
    )
    def test_is_the_name_without_notes(self, name: str, expected: str) -> None:
        assert spoken(name) == expected
