"""Helpers to go through the wizard: a sample file and the steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.core import clock

IMPORTS_URL = "/w/tra-sen/imports/"
SAMPLES = Path(__file__).parent / "samples"
SHEET = """Tên khách hàng,Điện thoại,Email,Ngày sinh,Loại da
Nguyễn Thị Thảo Vy,0905318274,vy@example.com,05/03/1991,Nhạy cảm
Trần Văn Nam,0914027665,,05/03/1988,Dầu
=Không ai cả,,,07/07/1996,Khô
Lê Hoàng Yến Nhi,0978440913,nhi@example.com,07/04/1996,Dầu
"""
DEFAULT_SETTINGS = {"status": "3", "conflict_policy": "skip", "tags": ""}
HX = {"HX-Request": "true"}
ClientFactory = Callable[[str], Any]


def upload(client: Any, content: bytes | str = SHEET, name: str = "khach.csv", **headers: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"{IMPORTS_URL}files/", {"file": SimpleUploadedFile(name, data)}, **headers)


def create_import(client: Any, content: bytes | str = SHEET, name: str = "khach.csv") -> Import:
    answer = upload(client, content, name)
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("pk")


def matching_data(import_: Import, **changes: str) -> dict[str, str]:
    """Return the matching as its form sends it."""
    sent = {}
    for index, entry in enumerate(import_.matching):
        sent[f"column_{index}"] = "new" if entry.get("new_field") else entry.get("target") or ""
        if entry.get("date_order"):
            sent[f"order_{index}"] = entry["date_order"]
    return sent | changes


def submit_matching(client: Any, import_: Import) -> Import:
    answer = client.post(f"{IMPORTS_URL}{import_.pk}/columns/", matching_data(import_) | {"next": "1"})
    assert answer.status_code == 302, answer.content.decode()
    return queries.get_import(import_.pk)


def run_dry_run(client: Any, import_: Import, **settings: Any) -> Import:
    answer = client.post(f"{IMPORTS_URL}{import_.pk}/settings/", DEFAULT_SETTINGS | settings | {"next": "1"})
    assert answer.status_code == 302, answer.content.decode()
    services.run_dry_run(import_id=import_.pk, clock=clock.now)
    return queries.get_import(import_.pk)


def import_file(client: Any, content: bytes | str = SHEET, **settings: Any) -> Import:
    """Import a file through all steps and return the import."""
    import_ = run_dry_run(client, submit_matching(client, create_import(client, content)), **settings)
    assert client.post(f"{IMPORTS_URL}{import_.pk}/run/").status_code == 302
    services.run_import(import_id=import_.pk, clock=clock.now)
    return queries.get_import(import_.pk)
