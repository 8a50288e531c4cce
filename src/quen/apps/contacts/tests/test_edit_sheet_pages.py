"""The pages of workbooks that are edited in a spreadsheet and brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from tests.cast import AN, BINH, CHI

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import services
from quen.apps.contacts.edit_sheets.review import Review
from quen.apps.contacts.models import Contact, EditSheet
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.tests.test_edit_sheets import Grid, cells_of, put, workbook_of
from quen.apps.contacts.types import CellDecision, EditSheetState
from quen.apps.team.models import AuditEntry, Member
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
SHEETS = "/w/tra-sen/contacts/sheets/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(an: Member, client_of: Callable[[str], Any]) -> Any:
    return client_of(AN)


def downloaded(client: Any, **given: Any) -> tuple[EditSheet, Grid]:
    """Download a workbook through the pages; return it with its cells."""
    asked = {"scope": "all", "columns": ["phone", "email", "address_line", "note", "tags"], **given}
    answer = client.post(SHEETS, asked, follow=True)
    assert answer.status_code == 200
    file = client.get(answer.context["file_url"])
    return EditSheet.objects.get(), cells_of(b"".join(file.streaming_content))


def brought_back(client: Any, sheet: EditSheet, grid: Grid) -> Any:
    file = SimpleUploadedFile("khach.xlsx", workbook_of(grid))
    return client.post(f"{SHEETS}{sheet.pk}/", {"file": file}, follow=True)


def edited(client: Any, contact: Contact, **values: str) -> tuple[EditSheet, Review]:
    """Download, edit and bring back; return the workbook and what its page shows."""
    sheet, grid = downloaded(client)
    for key, value in values.items():
        put(grid, {"email": "Email", "note": "Ghi chú", "address_line": "Địa chỉ"}[key], contact, value)
    return sheet, brought_back(client, sheet, grid).context["review"]


class TestRoundTrip:
    def test_from_the_download_to_the_changed_customer_and_back(self, client: Any) -> None:
        lan = make_contact(full_name="Trần Lan", email="lan@khach.vn")
        sheet, review = edited(client, lan, email="lan.tran@khach.vn", note="mới")
        assert (review.total, review.people, review.taken) == (2, 1, 2)
        assert client.post(f"{SHEETS}{sheet.pk}/apply/", follow=True).status_code == 200
        lan.refresh_from_db()
        assert (lan.email, lan.note) == ("lan.tran@khach.vn", "mới")
        page = client.get(f"{SHEETS}{sheet.pk}/undo/")
        assert page.context["preview"].restored == 1
        client.post(f"{SHEETS}{sheet.pk}/undo/", follow=True)
        lan.refresh_from_db()
        assert (lan.email, lan.note) == ("lan@khach.vn", "")
        assert {
            "contacts.edit_sheet_made",
            "contacts.edit_sheet_returned",
            "contacts.bulk_edit_sheet",
        } <= set(AuditEntry.objects.values_list("kind", flat=True))

    def test_the_selected_ones_are_downloaded(self, client: Any) -> None:
        make_contact(full_name="Trần Lan")
        hoa = make_contact(full_name="Lê Hoa")
        _sheet, grid = downloaded(client, scope="selected", ids=[hoa.pk])
        assert [row[1] for row in grid[1:]] == ["Lê Hoa"]

    def test_a_refused_file_says_why_and_another_can_be_chosen(self, client: Any) -> None:
        make_contact(full_name="Trần Lan")
        sheet, grid = downloaded(client)
        page = brought_back(client, sheet, [row[1:] for row in grid])
        assert "Thiếu cột “Mã dòng”" in page.content.decode()
        assert brought_back(client, sheet, grid).context["review"].total == 0


class TestReview:
    def test_only_columns_with_a_change_and_people_with_changes_are_shown(self, client: Any) -> None:
        lan = make_contact(full_name="Trần Lan")
        make_contact(full_name="Lê Hoa")
        _sheet, review = edited(client, lan, note="mới")
        assert [(column.key, column.count) for column in review.columns] == [("note", 1)]
        assert [row.name for row in review.rows] == ["Trần Lan"]

    def test_the_sums_agree(self, client: Any, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", email="cu@khach.vn", note="cũ")
        sheet, grid = downloaded(client)
        for heading, value in (("Email", "moi@khach.vn"), ("Địa chỉ", "12 Lê Lợi"), ("Ghi chú", "(xóa)")):
            put(grid, heading, lan, value)
        services.update_contact(
            workspace=workspace,
            contact=lan,
            values={"email": "khac@khach.vn"},
            actor=SYSTEM,
            now=lan.created_at,
        )
        review = brought_back(client, sheet, grid).context["review"]
        assert review.counts == {"added": 1, "changed": 0, "cleared": 1, "open": 1}
        assert review.total == sum(review.counts.values()) == review.taken + review.kept + review.open

    def test_one_cell_some_cells_and_a_column_are_decided(self, client: Any) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, review = edited(client, lan, note="mới", address_line="12 Lê Lợi")
        cells = f"{SHEETS}{sheet.pk}/cells/"
        client.post(cells, {"cell": review.rows[0].cells[0].toggled})
        assert _decisions(sheet) == {"address_line": CellDecision.KEEP, "note": CellDecision.TAKE}
        client.post(cells, {"column": "note:keep"})
        ids = ",".join(str(pk) for pk in sheet.cells.values_list("pk", flat=True))
        answer = client.post(cells, {"cells": ids, "decision": "take"}, **HTMX)
        assert _decisions(sheet) == {"address_line": CellDecision.TAKE, "note": CellDecision.TAKE}
        assert answer.content.decode().lstrip().startswith('<div id="review"')

    def test_with_an_open_conflict_the_first_one_gets_the_focus(
        self, client: Any, workspace: Workspace
    ) -> None:
        lan = make_contact(full_name="Trần Lan", email="cu@khach.vn")
        sheet, grid = downloaded(client)
        put(grid, "Email", lan, "moi@khach.vn")
        put(grid, "Ghi chú", lan, "mới")
        services.update_contact(
            workspace=workspace,
            contact=lan,
            values={"email": "khac@khach.vn"},
            actor=SYSTEM,
            now=lan.created_at,
        )
        brought_back(client, sheet, grid)
        answer = client.post(f"{SHEETS}{sheet.pk}/apply/", **HTMX)
        assert answer.context["refused"] is True
        assert answer.content.decode().count("autofocus") == 1
        lan.refresh_from_db()
        assert lan.note == ""
        client.post(
            f"{SHEETS}{sheet.pk}/cells/", {"cell": f"{answer.context['review'].conflict.cell.pk}:keep"}
        )
        client.post(f"{SHEETS}{sheet.pk}/apply/")
        lan.refresh_from_db()
        assert (lan.email, lan.note) == ("khac@khach.vn", "mới")

    def test_more_than_five_columns_go_into_a_chooser(self, client: Any) -> None:
        lan = make_contact(full_name="Trần Lan")
        columns = ["email", "address_line", "ward", "district", "company", "note"]
        sheet, grid = downloaded(client, columns=columns)
        for heading, at in ((heading, at) for at, heading in enumerate(grid[0][2:], start=2)):
            put(grid, heading, lan, "lan@khach.vn" if at == 2 else f"mới {at}")
        review = brought_back(client, sheet, grid).context["review"]
        assert review.is_wide
        assert [column.key for column in review.shown_columns] == columns[:5]
        page = client.get(f"{SHEETS}{sheet.pk}/", {"columns": ["note"]})
        assert [column.key for column in page.context["review"].shown_columns] == ["note"]

    @pytest.mark.parametrize(
        ("query", "found"), [("hoa", ["Lê Hoa"]), ("0905 000 001", ["Trần Lan"]), ("x", [])]
    )
    def test_people_are_found_by_name_and_phone(self, client: Any, query: str, found: list[str]) -> None:
        lan = make_contact(full_name="Trần Lan", phone="+84905000001")
        hoa = make_contact(full_name="Lê Hoa", phone="+84905000002")
        sheet, grid = downloaded(client)
        for person in (lan, hoa):
            put(grid, "Ghi chú", person, "mới")
        brought_back(client, sheet, grid)
        page = client.get(f"{SHEETS}{sheet.pk}/", {"q": query})
        assert [row.name for row in page.context["review"].rows] == found

    def test_another_file_replaces_the_first(self, client: Any) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, _review = edited(client, lan, note="mới")
        client.post(f"{SHEETS}{sheet.pk}/again/")
        sheet.refresh_from_db()
        assert sheet.state == EditSheetState.OPEN
        assert not sheet.cells.exists()


def _decisions(sheet: EditSheet) -> dict[str, str]:
    return dict(sheet.cells.values_list("column", "decision"))


class TestRights:
    PAGES = ("", "cells/", "apply/", "again/", "undo/")

    def test_who_may_only_read_downloads_and_brings_back_nothing(
        self, client: Any, binh: Member, client_of: Callable[[str], Any]
    ) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, _review = edited(client, lan, note="mới")
        reader = client_of(BINH)
        assert reader.post(SHEETS, {"scope": "all"}).status_code == 403
        for page in self.PAGES:
            assert reader.post(f"{SHEETS}{sheet.pk}/{page}").status_code == 403, page
        assert sheet.cells.count() == 1

    def test_another_workspace_finds_nothing(self, client: Any, client_of: Callable[[str], Any]) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, _review = edited(client, lan, note="mới")
        stranger = client_of(CHI)
        for page in self.PAGES:
            assert stranger.post(f"{SHEETS}{sheet.pk}/{page}").status_code == 404, page


def test_headings_are_in_the_language_of_the_member(client: Any) -> None:
    make_contact(full_name="Trần Lan")
    with translation.override("vi"):
        _sheet, grid = downloaded(client)
    assert grid[0][:3] == ["Mã dòng", "Họ và tên", "Số điện thoại"]
