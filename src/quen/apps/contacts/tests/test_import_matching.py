"""How columns of customer lists are matched to fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quen.apps.contacts.importing.vocabulary import contact_vocabulary
from quen.apps.import_export import matching
from quen.apps.import_export.headers import header_signature
from quen.apps.import_export.match_reasons import reason_text
from quen.apps.import_export.matching import ColumnGuess, FieldTarget, Matching
from quen.apps.import_export.readers import open_table
from quen.apps.import_export.tables import Cell, Table, first_rows

SAMPLES = Path(__file__).parents[2] / "import_export/tests/samples"
VOCABULARY = contact_vocabulary()
TARGETS = (
    FieldTarget("full_name", "Họ và tên"),
    FieldTarget("last_name", "Họ"),
    FieldTarget("first_name", "Tên"),
    FieldTarget("phone", "Số điện thoại", "phone"),
    FieldTarget("email", "Email", "email"),
    FieldTarget("birthday", "Ngày sinh", "date"),
    FieldTarget("gender", "Giới tính", "gender"),
    FieldTarget("province", "Tỉnh/Thành phố", "province"),
    FieldTarget("address", "Địa chỉ"),
    FieldTarget("external_id", "Mã bên ngoài", "code"),
    FieldTarget("group", "Nhóm khách hàng", "tags"),
    FieldTarget("tags", "Thẻ", "tags"),
    FieldTarget("company", "Công ty"),
    FieldTarget("country", "Quốc gia"),
    FieldTarget("accepts_email_marketing", "Đồng ý nhận email", "yes_no"),
    FieldTarget("custom:7", "Loại da", "single_choice", aliases=("Da",)),
)


def match_columns(
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    targets: Sequence[FieldTarget] = TARGETS,
    **more: Any,
) -> Matching:
    return matching.match_columns(headers, rows, targets, VOCABULARY, new_fields=True, **more)


def match_sample(name: str, rows: int = 300) -> Matching:
    table = read(SAMPLES / name)
    return match_columns(table.headers, [cells for _number, cells in first_rows(table, rows)])


def read(path: Path) -> Table:
    return open_table(path, path.name, known_headers=VOCABULARY)


def match(columns: dict[str, list[Any]], **more: Any) -> Matching:
    rows = list(zip(*columns.values(), strict=True))
    return match_columns(list(columns), rows, **more)


def only(header: str, *values: Any) -> ColumnGuess:
    return match({header: list(values)}).columns[0]


def targets_of(name: str) -> dict[str, str | None]:
    return {guess.header: guess.target for guess in match_sample(name).columns if guess.target}


class TestSamples:
    def test_sapo_names_are_given_and_family(self) -> None:
        found = targets_of("sapo-khach-hang.xlsx")
        assert found == {
            "First Name(Tên)": "first_name",
            "Last Name(Họ)": "last_name",
            "Email": "email",
            "Company(Đơn vị)": "company",
            "Address 1(Địa chỉ mặc định 1)": "address",
            "City(Thành phố)": "province",
            "Country(Quốc gia)": "country",
            "Phone(Điện thoại)": "phone",
            "Accepts Marketing": "accepts_email_marketing",
            "Tags": "tags",
        }

    def test_kiotviet_is_fully_matched(self) -> None:
        found = match_sample("kiotviet-khach-hang.xlsx")
        guesses = {guess.header: guess for guess in found.columns}
        assert (VOCABULARY.platform_name(found.platform), found.fully_matched) == ("KiotViet", True)
        assert guesses["Mã khách hàng"].reason_code == "values_unique"
        assert guesses["Nhóm khách hàng"].reason_params == {"mark": "|", "count": 3}
        assert guesses["Khu vực giao hàng"].target == "province"
        assert guesses["Khu vực giao hàng"].reason_code == "old_provinces"
        assert guesses["Tổng bán"].reason_code == "recalculated"
        assert guesses["Nợ cần thu hiện tại"].reason_code == "not_used"
        assert guesses["Trạng thái"].target is None

    def test_new_fields_of_a_plain_list(self) -> None:
        found = match_sample("lien-he.txt")
        new = {guess.header: guess.new_field_format for guess in found.columns if guess.state == "new"}
        assert new == {"Tuổi": "number", "Sở thích": "text"}
        assert not found.fully_matched

    @pytest.mark.parametrize("name", ["upgo-mau.xls", "excel-unicode.txt", "cu-tcvn3.csv", "excel-vi.csv"])
    def test_known_headers_need_no_review(self, name: str) -> None:
        assert match_sample(name).fully_matched

    def test_consent_by_another_name(self) -> None:
        assert targets_of("excel-vi.csv")["Nhận tin"] == "accepts_email_marketing"


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "target"),
        [
            ("SĐT (*)", "phone"),
            ("so_dien_thoai", "phone"),
            ("Ngày sinh (dd/mm/yyyy)", "birthday"),
            ("NGÀY   SINH:", "birthday"),
            ("Tổng bán (Không import)", None),
            ("Hàng", None),
            ("Địa chỉ giao hàng của khách", "address"),
            ("Ngày sinh".encode().decode(), "birthday"),
        ],
    )
    def test_are_known_in_many_spellings(self, header: str, target: str | None) -> None:
        assert only(header, "", "").target == target

    def test_own_labels_and_aliases_take_precedence(self) -> None:
        assert only("loại  DA", "Dầu", "Khô").target == "custom:7"
        assert only("Da", "Dầu", "Khô").target == "custom:7"

    def test_a_second_phone_without_a_field_needs_review(self) -> None:
        found = match({"SĐT": ["0901234567"], "Di động": ["0901234568"]})
        assert [guess.target for guess in found.columns] == ["phone", None]
        assert (found.columns[1].reason_code, found.columns[1].state) == ("taken", "review")

    def test_a_second_phone_goes_into_its_own_field(self) -> None:
        found = match_columns(
            ["SĐT", "Di động"],
            [("0901234567", "0901234568")],
            [*TARGETS, FieldTarget("phone2", "Số điện thoại 2", "phone")],
        )
        assert [guess.target for guess in found.columns] == ["phone", "phone2"]

    def test_signature_ignores_spelling_variants(self) -> None:
        assert header_signature(["SĐT (*)", "Họ tên"]) == header_signature(["sđt", "HỌ TÊN"])
        assert header_signature(["SĐT"]) != header_signature(["SĐT", "Họ tên"])

    def test_the_saved_matching_is_used(self) -> None:
        found = match(
            {"Ghi": ["x"], "SĐT": ["0901234567"], "Cũ": ["y"]}, remembered=["custom:7", None, "gone"]
        )
        assert [guess.target for guess in found.columns] == ["custom:7", None, None]
        assert found.columns[0].reason_code == "remembered"


class TestAmbiguousHeaders:
    def test_ten_is_the_full_name_when_alone(self) -> None:
        assert only("Tên", "Nguyễn Văn An").target == "full_name"

    def test_ten_is_the_given_name_next_to_ho(self) -> None:
        found = match({"Họ": ["Nguyễn Văn"], "Tên": ["An"]})
        assert [guess.target for guess in found.columns] == ["last_name", "first_name"]

    def test_swapped_names_need_review(self) -> None:
        found = match({"Họ": ["An", "Bình", "Dung"], "Tên": ["Nguyễn Văn", "Trần Thị", "Phạm Thị"]})
        assert [(guess.target, guess.needs_review) for guess in found.columns] == [
            ("first_name", True),
            ("last_name", True),
        ]

    def test_name_is_the_order_number_in_an_order_export(self) -> None:
        columns = {
            "Name": ["#1001"],
            "Financial Status": ["paid"],
            "Lineitem name": ["Trà"],
            "Billing Name": ["Lê An"],
        }
        found = match(columns)
        assert VOCABULARY.platform_name(found.platform) == "Shopify"
        assert [guess.target for guess in found.columns] == [None, None, None, "full_name"]

    def test_quan_is_the_ward_in_shopee_exports(self) -> None:
        headers = ["Mã Kiện Hàng", "Người Mua", "TP / Quận / Huyện", "Quận"]
        found = match_columns(
            headers, [], [FieldTarget("ward", "Phường/Xã"), FieldTarget("district", "Quận/Huyện")]
        )
        assert [guess.target for guess in found.columns] == [None, None, "district", "ward"]
        assert found.columns[3].reason_params == {"platform": "Shopee"}

    def test_khach_hang_may_be_a_code(self) -> None:
        assert only("Khách hàng", "KH000123", "KH000124").target == "external_id"
        assert only("Khách hàng", "Nguyễn Văn An", "Trần Bình").target == "full_name"

    def test_a_customer_code_wins_over_a_plain_code(self) -> None:
        found = match({"Mã": ["A1", "A2"], "Mã khách hàng": ["KH1", "KH2"]})
        assert [guess.target for guess in found.columns] == [None, "external_id"]

    def test_the_is_a_card_when_it_contains_digits(self) -> None:
        assert only("Thẻ", "100234", "100235").target == "external_id"
        assert only("Thẻ", "vip", "sỉ").target == "tags"

    def test_khu_vuc_may_be_a_sales_region(self) -> None:
        assert only("Khu vực", "Quảng Nam - Hội An", "Đà Nẵng").target == "province"
        assert only("Khu vực", "Miền Đông 1", "Tuyến B").target is None


class TestValues:
    def test_decide_without_headers(self) -> None:
        rows = [("Nguyễn Văn An", "0901234567", "an@vi-du.vn"), ("Trần Bình", "0901234568", "binh@vi-du.vn")]
        found = match_columns(["", "", ""], rows)
        assert [guess.target for guess in found.columns] == ["full_name", "phone", "email"]
        assert not found.fully_matched

    def test_valid_and_invalid_phones_are_counted(self) -> None:
        guess = only("SĐT", "0901234567", "0901234568", "12", "-")
        assert (guess.reason_code, guess.reason_params) == ("values_are_phones", {"good": 2, "bad": 1})

    def test_masked_phones_need_review(self) -> None:
        guess = only("Số điện thoại", "******67", "******68")
        assert (guess.reason_code, guess.needs_review) == ("phones_masked", True)

    def test_phones_under_a_wrong_header_need_review(self) -> None:
        assert only("Email", "0901234567", "0901234568").reason_code == "values_do_not_fit"

    def test_ambiguous_dates_need_review(self) -> None:
        guess = only("Ngày sinh", "05/03/1988", "07/04/1990")
        assert (guess.reason_code, guess.needs_review, guess.date_order) == (
            "date_order_ambiguous",
            True,
            "dmy",
        )
        assert guess.reason_params == {"example": "05/03/1988"}

    def test_one_unambiguous_date_determines_the_order(self) -> None:
        assert only("Ngày sinh", "05/03/1988", "20/10/1991").date_order == "dmy"
        assert only("Ngày sinh", "05/03/1988", "10/20/1991").date_order == "mdy"
        assert only("Ngày sinh", date(1988, 3, 5)).date_order is None

    def test_years_alone_need_review(self) -> None:
        assert only("Năm sinh", "1990", "1988").reason_code == "years_only"

    def test_digits_for_gender_need_review(self) -> None:
        assert only("Giới tính", "1", "0").reason_code == "gender_digits"

    @pytest.mark.parametrize(
        ("header", "values", "format_"),
        [
            ("Nhóm máu", ["A", "B", "A", "B", "O", "O"], "single_choice"),
            ("Món ưa", ["Trà", "Cà phê", "Bánh"], "text"),
            ("Chiều cao", ["170", "165,5", 158], "number"),
            ("Ngày giao hàng đầu tiên", ["17/07/2015", "20/10/2018"], "date"),
            ("Ngày cưới", ["17/07/2015", "20/10/2018"], "special_day"),
            ("Ngày giỗ ông", ["15/08 âm lịch", "30/12 (âm lịch)", "20/10 AL"], "special_day"),
            ("Đã mua sỉ", ["Có", "Không", "Có"], "yes_no"),
            ("Mã nội bộ", ["007", "012"], "text"),
        ],
    )
    def test_suggest_the_format_of_a_new_field(self, header: str, values: list[Any], format_: str) -> None:
        guess = only(header, *values)
        assert (guess.target, guess.new_field_format) == (None, format_)

    def test_an_empty_unknown_column_is_skipped(self) -> None:
        assert only("Linh tinh", "", "-").reason_code == "empty_column"


class TestReasons:
    def test_every_reason_has_a_text(self) -> None:
        for path in SAMPLES.iterdir():
            if path.suffix in {".json", ".md"}:
                continue
            for guess in match_sample(path.name, 20).columns:
                text = reason_text(guess.reason_code, guess.reason_params, VOCABULARY.reasons)
                assert "%(" not in text, guess


class TestOtherKinds:
    def test_columns_without_a_field_are_skipped_when_fields_cannot_be_created(self) -> None:
        found = matching.match_columns(["Tên", "Màu"], [("Sỉ", "đỏ")], TARGETS, VOCABULARY)
        assert [guess.state for guess in found.columns] == ["matched", "skipped"]
