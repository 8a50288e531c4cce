"""Customers of the demo shop who are there twice, and a family that shares a number."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import FieldFormat
from quen.apps.duplicates import services as duplicates
from quen.core import schemas
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: each pair as two cashiers typed it; the second has the number under "Số nhận hàng" where it says so
_PAIRS: Final[tuple[tuple[dict[str, Any], dict[str, Any]], ...]] = (
    (
        {
            "full_name": "Võ Thị Mỹ Duyên",
            "phone": "0966152348",
            "email": "duyen.vo@example.com",
            "birth_on": "02/05/1988",
            "address_line": "24 Trần Phú",
            "province": "48",
        },
        {
            "full_name": "Duyên Võ",
            "phone": "0901552348",
            "email": "my.duyen88@example.com",
            "birth_on": "02/05/1988",
            "address_line": "102 Điện Biên Phủ",
            "province": "48",
            "delivery": "0966152348",
        },
    ),
    (
        {"full_name": "Nguyễn Hoàng Phúc", "phone": "0935441207", "birth_on": "17/11/1992", "province": "48"},
        {"full_name": "Nguyen Hoang Phuc", "phone": "0776441207", "birth_on": "17/11/1992"},
    ),
    (
        {"full_name": "Đinh Thị Thu Hương", "phone": "0911730285", "email": "thuhuong.dinh@gmail.com"},
        {"full_name": "Thu Hương Đinh", "phone": "0349730285", "email": "thu.huongdinh@gmial.com"},
    ),
    (
        {
            "full_name": "Lâm Gia Bảo",
            "phone": "0982604419",
            "address_line": "7 Lý Thường Kiệt",
            "province": "48",
        },
        {
            "full_name": "Lâm Gia Bảo",
            "phone": "0857604410",
            "address_line": "7 Lý Thường Kiệt",
            "province": "48",
        },
    ),
    (
        {"full_name": "Phan Văn Toàn", "phone": "0903118642", "email": "toan.phan@example.com"},
        {"full_name": "phan van toan", "phone": "0903118462", "company": "Nhà hàng Bến Ngự"},
    ),
    (
        {"full_name": "Trần Văn Hòa", "phone": "0905771204", "gender": "male", "birth_on": "04/03/1961"},
        {
            "full_name": "Trần Thị Lan",
            "phone": "0905771335",
            "gender": "female",
            "birth_on": "20/08/1990",
            "delivery": "0905771204",
        },
    ),
)


def add_duplicates(workspace: Workspace, *, actor: Actor, now: datetime) -> int:
    """Write the pairs, compare all contacts, and return how many were written."""
    with schemas.use(workspace.schema_name):
        delivery = contacts.create_field(
            name="Số nhận hàng", format=FieldFormat.PHONE, actor=actor, now=now
        ).pk
        earlier = now - timedelta(days=380)
        for first, second in _PAIRS:
            for values, at in ((first, earlier), (second, now - timedelta(days=40))):
                given = {key: value for key, value in values.items() if key != "delivery"}
                if "delivery" in values:
                    given[f"field_{delivery}"] = values["delivery"]
                contacts.create_contact_from_source(workspace=workspace, values=given, actor=actor, now=at)
        # Contacts loaded in bulk announce no changes.
        duplicates.note_changed(contact_queries.all_contact_ids(), now=now)
        duplicates.scan(clock=lambda: now)
    return 2 * len(_PAIRS)
