"""Rows below or between the rows of a list that are no data: totals, and who signs the list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from quen.apps.import_export.headers import fold_header

_BEGINNINGS: Final = (
    *("Tổng", "Cộng", "Số dòng", "Số khách", "Số bản", "Lũy kế", "Luỹ kế", "Total", "Grand", "Subtotal"),
    *("Sub total", "Sum", "Người", "Ngày", "Kế toán", "Ký tên", "Ký, ", "(Ký", "Ký và", "Ký duyệt", "Giám"),
    *("Thủ trưởng", "Phó giám", "Chủ ", "Đại diện", "Trưởng", "Xác nhận", "Phê duyệt", "Bằng chữ", "Thủ kho"),
    *("Prepared", "Approved", "Checked", "Signature", "Hà Nội, ", "TP.HCM", "TP. HCM", "TP. Hồ", "Đà Nẵng, "),
)
#: the first four letters of a footer in the first column, so that other rows cost one look-up
FIRST_LETTERS: Final = frozenset(
    spelled[:4]
    for first in _BEGINNINGS
    for written in (first, fold_header(first).capitalize() + " ")
    for spelled in (written, written.lower(), written.upper())
)
_TOTAL: Final = re.compile(
    r"(?:(?:grand |sub ?)?totals?|sum|so dong|so (?:khach hang|ban ghi)"
    r"|(?:tong|cong|luy ke)(?: (?:cong|so|tien|luy ke|phat sinh))?"
    r"(?: (?:khach hang|khach|dong|kh|ban ghi|trang|trang nay|mang sang|chuyen trang|cuoi ky|nhom(?: .{1,40})?))?)"
    r"(?: ?=? ?[\d.,]+(?: (?:khach hang|khach|dong|kh|ban ghi|nguoi))?)?"
)
_AMOUNT: Final = re.compile(
    r"[-+\d.,\s₫%()]*(?:đ|đồng|vnd|vnđ|usd|khách(?: hàng)?|kh|người|dòng|đơn(?: hàng)?|điểm)?\s*",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"\s*(?:0|\+?84)\d{8,10}\s*")
#: "Tống" and "Công" are names of people
_NAMES: Final = re.compile(r"\s*(?:tống|công|cống|còng)\b", re.IGNORECASE)
_SIGNATURE: Final = re.compile(
    r"\(?(?:nguoi (?:lap|ky|duyet|kiem|phu trach|in|thuc hien|de nghi)\b.*"
    r"|ke toan(?: (?:truong|vien|tong hop|ban hang))?|(?:tong |pho )?giam doc(?: dieu hanh)?|thu truong(?: don vi)?"
    r"|thu (?:quy|kho)|chu (?:cua hang|ho kinh doanh|shop|doanh nghiep|ho)"
    r"|dai dien (?:cua hang|cong ty|don vi|theo phap luat|hop phap|ben .*)"
    r"|truong (?:phong|bo phan|don vi|ban|nhom)\b.*|ky(?: va)?,? (?:ghi )?(?:ro )?ho(?: va)? ten\b.*|ky ten\b.*"
    r"|ky(?:,| va) dong dau|ky duyet|xac nhan(?: cua .*)?|phe duyet"
    r"|(?:.{2,30},? )?ngay [\d. ]{0,10} ?thang [\d. ]{0,10} ?nam ?[\d. ]{0,10}"
    r"|bang chu\b.*|prepared by\b.*|approved by\b.*|checked by\b.*|signatures?\b.*)\)?"
)
#: offices that may be what a customer is, so that they end a list only beside another signature
_WEAK: Final = re.compile(
    r"\(?(?:ke toan.*|(?:tong |pho )?giam doc.*|thu kho|thu quy|chu .*|truong .*|dai dien .*)\)?"
)
_MOST_SIGNERS: Final = 6


def is_footer(cells: Sequence[object]) -> bool:
    """Return whether a row is a total, or part of a signature."""
    return is_total(cells) or is_signature(cells)


def is_total(cells: Sequence[object]) -> bool:
    """Return whether a row is a total of the rows above: "Tổng cộng", "Số dòng = 120", and otherwise only amounts."""
    filled = [cell for cell in cells if cell is not None and cell != ""]
    first = filled[0] if filled else None
    if not isinstance(first, str) or _NAMES.match(first) or not _TOTAL.fullmatch(fold_header(first)):
        return False
    return all(
        not isinstance(cell, str) or (_AMOUNT.fullmatch(cell) and not _PHONE.fullmatch(cell))
        for cell in filled[1:]
    )


def is_signature(cells: Sequence[object]) -> bool:
    """Return whether a row says who signs a list, and where and when: "Người lập biểu", "Giám đốc", "(Ký, họ tên)"."""
    filled = [cell for cell in cells if cell is not None and cell != "" and not str(cell).isspace()]
    if not 0 < len(filled) < _MOST_SIGNERS or not all(isinstance(cell, str) for cell in filled):
        return False
    texts = [fold_header(str(cell)) for cell in filled]
    if not all(map(_SIGNATURE.fullmatch, texts)):
        return False
    return len(texts) > 1 or not _WEAK.fullmatch(texts[0])


def identifies(cells: Sequence[object]) -> bool:
    """Return whether a row has a cell that could be a phone number or an email."""
    return any(_could_identify(cell) for cell in cells)


def _could_identify(cell: object) -> bool:
    if isinstance(cell, str):
        return "@" in cell or sum(map(str.isdigit, cell)) > 8
    return isinstance(cell, int | float) and not isinstance(cell, bool | date | datetime) and cell >= 10**7
