"""Notes and files of customers of the demo shop."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.core import schemas
from quen.core.table_files import TableFormat, table_chunks

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

_NOTES: Final = (
    "Dặn không gói giấy bóng, ưu tiên hộp giấy kraft. Giao giờ hành chính.",
    "Hay mua biếu mẹ ở Huế, cuối tháng gọi hỏi có gửi thêm trà sen không.",
    "Uống cà phê bị mất ngủ, giới thiệu trà hoa cúc và trà gừng.",
    "Chỉ nghe máy sau 17 giờ. Nhắn Zalo trước khi gọi.",
    "Đặt 40 hộp quà Tết cho công ty, xin báo giá theo số lượng trước 15/12.",
)
_DELIVERY: Final = (
    "Giao cổng sau, đường Lê Hồng Phong.\nBảo vệ nhận giúp từ 7 giờ 30 đến 21 giờ.\nKhông giao trưa.\n"
)
_GIFTS: Final = (
    ("Sản phẩm", "Số lượng", "Đơn giá"),
    ("Hộp trà sen An Yên", 40, 385_000),
    ("Thiệp Tết in tên", 40, 12_000),
)


def add_notes(workspace: Workspace, *, member: Member, now: datetime) -> None:
    """Write notes and keep files with the customers who were active last."""
    actor = member.actor
    with schemas.use(workspace.schema_name):
        people = list(contact_queries.contacts().order_by("-last_activity_at", "-id")[: len(_NOTES)])
        for hours, (contact, body) in enumerate(zip(people, _NOTES, strict=False), start=1):
            contacts.add_note(contact=contact, body=body, actor=actor, now=now - timedelta(hours=hours))
        files = (
            ("Chỉ dẫn giao hàng.txt", _DELIVERY.encode()),
            ("Báo giá quà Tết.xlsx", b"".join(table_chunks(_GIFTS, TableFormat.XLSX))),
        )
        for contact in (*people[:1], *people[-1:]):
            for name, content in files:
                contacts.add_file(
                    contact=contact,
                    name=name,
                    content=io.BytesIO(content),
                    size=len(content),
                    actor=actor,
                    now=now - timedelta(minutes=40),
                )
