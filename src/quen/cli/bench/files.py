"""A merchant's file of any size, identical for the same seed."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from pathlib import Path

from quen.cli.demo import contacts
from quen.core import phones

_HEADERS = ("Mã khách hàng", "Họ và tên", "Điện thoại", "Email", "Ngày sinh", "Giới tính", "Địa chỉ", "Quận/Huyện",
            "Tỉnh/Thành phố", "Nhãn", "Nhận email quảng cáo")  # fmt: skip
_AT = {name: position for position, name in enumerate(contacts.COLUMNS)}


def write_csv(path: Path, rows: int, *, seed: int = 7) -> None:
    """Write ``rows`` contacts with the headings of a Vietnamese shop's export, a few percent of them untidy."""
    rng = random.Random(seed)
    drawn = contacts.draw_contacts(
        rows, seed=seed, now=datetime(2026, 10, 14, tzinfo=UTC), sources=[1], fields={"skin": 1, "family": 2}
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADERS)
        for number, row in enumerate(drawn):
            phone = row[_AT["phone"]]
            written = phones.display(phone) if phone else ""
            if rng.random() < 0.03:
                written = written.replace(" ", "").lstrip("0")
            born = row[_AT["birth_on"]]
            gender = {"male": "Nam", "female": "Nữ"}.get(row[_AT["gender"]], "")
            email = row[_AT["email"]] or ""
            writer.writerow(
                (
                    f"KH{number:07d}", row[_AT["full_name"]], written, email if rng.random() > 0.01 else f"{email},x",
                    f"{born:%d/%m/%Y}" if born else "", gender, row[_AT["address_line"]], row[_AT["district"]],
                    row[_AT["city"]], rng.choice(("", "", "VIP", "sỉ, quà tặng", "livestream")),
                    "Có" if row[_AT["consent_email"]] == 1 else "Không",
                )
            )  # fmt: skip
