"""Walking through the wizard: a sheet, and the steps its forms lead through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.core import clock

HERE = "/w/tra-sen/imports/"
SAMPLES = Path(__file__).parent / "samples"
SHEET = """Tên khách hàng,Điện thoại,Email,Ngày sinh,Loại da
Nguyễn Thị Thảo Vy,0905318274,vy@example.com,05/03/1991,Nhạy cảm
Trần Văn Nam,0914027665,,05/03/1988,Dầu
=Không ai cả,,,07/07/1996,Khô
Lê Hoàng Yến Nhi,0978440913,nhi@example.com,07/04/1996,Dầu
"""
UNSAID = {"status": "3", "existing": "skip", "tags": ""}
HX = {"HX-Request": "true"}
Browse = Callable[[str], Any]


def upload(client: Any, content: bytes | str = SHEET, name: str = "khach.csv", **headers: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"{HERE}files/", {"file": SimpleUploadedFile(name, data)}, **headers)


def made(client: Any, content: bytes | str = SHEET, name: str = "khach.csv") -> Import:
    answer = upload(client, content, name)
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("pk")


def chosen(import_: Import, **changes: str) -> dict[str, str]:
    """The matching as its form sends it."""
    sent = {}
    for index, entry in enumerate(import_.matching):
        sent[f"column_{index}"] = "new" if entry.get("new_field") else entry.get("target") or ""
        if entry.get("date_order"):
            sent[f"order_{index}"] = entry["date_order"]
    return sent | changes


def matched(client: Any, import_: Import) -> Import:
    answer = client.post(f"{HERE}{import_.pk}/columns/", chosen(import_) | {"next": "1"})
    assert answer.status_code == 302, answer.content.decode()
    return queries.get_import(import_.pk)


def tried(client: Any, import_: Import, **settings: Any) -> Import:
    answer = client.post(f"{HERE}{import_.pk}/settings/", UNSAID | settings | {"next": "1"})
    assert answer.status_code == 302, answer.content.decode()
    services.carry_out_trial(import_id=import_.pk, clock=clock.now)
    return queries.get_import(import_.pk)


def imported(client: Any, content: bytes | str = SHEET, **settings: Any) -> Import:
    """A file brought all the way."""
    import_ = tried(client, matched(client, made(client, content)), **settings)
    assert client.post(f"{HERE}{import_.pk}/run/").status_code == 302
    services.carry_out(import_id=import_.pk, clock=clock.now)
    return queries.get_import(import_.pk)
