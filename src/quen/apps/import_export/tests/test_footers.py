"""Totals and signatures of a list are no customers, and no customer is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from quen.apps.import_export import footers
from quen.apps.import_export.tests.files import cells_of, table_of, xlsx_rows

HEAD = ["Mã khách hàng", "Tên khách hàng", "Điện thoại"]
LAN = ["KH1", "Lan", "0905000001"]


class TestTotals:
    @pytest.mark.parametrize(
        "row",
        [
            ["Tổng cộng", "", 5],
            ["Tổng", "1.200.000 đ"],
            ["Cộng", 3],
            ["CỘNG", "", "12"],
            ["Tổng cộng: 120 khách hàng"],
            ["Số dòng = 2"],
            ["Tổng số khách hàng: 5"],
            ["Cộng trang", "5"],
            ["Cộng nhóm Sỉ", "5"],
            ["Lũy kế", "12"],
            ["Tổng số", "3 khách"],
            ["TOTAL", "5"],
            ["Grand total", "5"],
            ["tong cong", "5.000"],
            ["", "Tổng cộng", "5.000.000 VNĐ"],
        ],
    )
    def test_are_recognised(self, row: list[Any]) -> None:
        assert footers.is_total(row)

    @pytest.mark.parametrize(
        "row",
        [
            ["Tống", "0901234567"],
            ["Công", "0901234567"],
            ["Công", 5],
            ["Tổng", "0901234567"],
            ["Tổng kho Miền Bắc", "0901"],
            ["Tống Văn A", "5"],
            ["Công ty A", "5"],
            ["Tổng công ty X"],
            ["Cong", "0905000001"],
            ["Sum", "Lan"],
        ],
    )
    def test_customers_are_none(self, row: list[Any]) -> None:
        assert not footers.is_footer(row)


class TestSignatures:
    @pytest.mark.parametrize(
        "row",
        [
            ["Người lập biểu", "", "Giám đốc"],
            ["NGƯỜI LẬP BIỂU", "GIÁM ĐỐC"],
            ["(Ký, họ tên)", "(Ký, họ tên, đóng dấu)"],
            ["", "Ngày 28 tháng 11 năm 2026"],
            ["Ngày ..... tháng ..... năm ......"],
            ["Hà Nội, ngày 1 tháng 2 năm 2026"],
            ["Kế toán trưởng", "Thủ trưởng đơn vị"],
            ["Người lập phiếu"],
            ["Ký tên"],
            ["Thủ quỹ", "Kế toán"],
            ["Xác nhận của cửa hàng"],
            ["Prepared by:", "Approved by:"],
            ["Bằng chữ: Năm triệu đồng"],
        ],
    )
    def test_are_recognised(self, row: list[Any]) -> None:
        assert footers.is_signature(row)

    @pytest.mark.parametrize(
        "row",
        [
            ["Giám đốc"],
            ["Giám đốc", "0901234567"],
            ["Trưởng Văn A", "0901234567"],
            ["Ngày Mai"],
            ["Kế toán Lan", "0901"],
            ["Ký Thị Lan"],
            ["Nguyễn Văn A"],
            ["Người Việt", 5],
        ],
    )
    def test_customers_are_none(self, row: list[Any]) -> None:
        assert not footers.is_signature(row)


class TestTheEndOfAList:
    def test_a_signature_ends_it(self) -> None:
        rows: list[list[Any]] = [
            HEAD,
            LAN,
            ["Tổng cộng", "", 1],
            ["", "", "Ngày 28 tháng 11 năm 2026"],
            ["Người lập biểu", "", "Giám đốc"],
            ["(Ký, họ tên)", "", "(Ký, họ tên)"],
            ["Trần Thị Kế", "", "Lê Văn Đốc"],
        ]
        table = table_of(xlsx_rows(rows), "khach.xlsx")
        stream = table.rows()
        assert [cells for _number, cells in stream] == [tuple(LAN)]
        assert stream.total_rows == 5

    def test_the_next_page_goes_on_with_a_customer(self) -> None:
        text = "\n".join(
            ",".join(row)
            for row in (
                HEAD,
                LAN,
                ["Người lập biểu", "", "Giám đốc"],
                ["Trần Thị Kế", "", "Lê Văn Đốc"],
                ["KH2", "Mai", "0905000002"],
                ["KH3", "Hoa", ""],
            )
        )
        assert cells_of(table_of(text.encode())) == [LAN, ["KH2", "Mai", "0905000002"], ["KH3", "Hoa", ""]]

    def test_a_subtotal_ends_nothing(self) -> None:
        text = "\n".join(
            ",".join(row)
            for row in (HEAD, LAN, ["Cộng nhóm A", "", "1"], ["KH2", "Mai", ""], ["Tổng cộng", "", "2"])
        )
        assert cells_of(table_of(text.encode())) == [LAN, ["KH2", "Mai", ""]]
