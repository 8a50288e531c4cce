"""Workbooks of contacts that are edited in a spreadsheet and brought back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.utils import translation
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries, services
from quen.apps.contacts.edit_sheets import steps
from quen.apps.contacts.edit_sheets.download import create_sheet
from quen.apps.contacts.models import (
    Contact,
    ContactIdentity,
    ContactTag,
    EditSheet,
    EditSheetCell,
    EditSheetRow,
)
from quen.apps.contacts.services.bulk_undo import undo_change
from quen.apps.contacts.services.edit_sheets import expire_edit_sheets
from quen.apps.contacts.tests.factories import (
    contacts_relation,
    kinds_on_timeline,
    make_contact,
    make_field,
)
from quen.apps.contacts.types import (
    CellChange,
    CellDecision,
    EditSheetState,
    FieldFormat,
    Gender,
    SheetStateChanged,
    Status,
    TooManyForSheet,
)
from quen.apps.import_export import queries as exports
from quen.apps.import_export import services as import_export
from quen.apps.import_export.types import ExportNotFound
from quen.apps.team import queries as team
from quen.core import sql
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
Grid = list[list[Any]]

COLUMNS = (
    "phone",
    "email",
    "birth",
    "gender",
    "address_line",
    "province",
    "status",
    "tags",
    "note",
    "member_since",
)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Headings and words of cells are in the language of the member."""
    with translation.override("en"):
        yield


def downloaded(*contacts: Contact, columns: Sequence[str] = COLUMNS) -> tuple[EditSheet, Grid]:
    """Return a workbook of these contacts, in the order of their ids, and its cells."""
    chosen = contacts_relation(*contacts)
    sheet, export = create_sheet(
        rows=sql.compose("SELECT contact_id AS row_id FROM {chosen} p", chosen=chosen),
        order="c.id",
        name="khach",
        columns=columns,
        scope="selected",
        actor=SYSTEM,
        now=NOW,
    )
    import_export.run_export(export_id=export.pk, clock=lambda: NOW)
    export.refresh_from_db()
    assert export.file is not None
    return sheet, cells_of(b"".join(team.file_chunks(export.file)))


def cells_of(content: bytes) -> Grid:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def workbook_of(grid: Grid) -> bytes:
    """Return a workbook with these cells."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet("Data")
        for at, row in enumerate(grid):
            for column, cell in enumerate(row):
                if cell != "":
                    write = page.write_datetime if isinstance(cell, date) else page.write
                    write(at, column, cell)
    return file.getvalue()


def brought_back(sheet: EditSheet, grid: Grid, now: datetime = LATER) -> EditSheet:
    """Bring back a file with these cells and compare it."""
    content = [workbook_of(grid)]
    steps.receive(sheet=sheet, content=content, filename="khach.xlsx", actor=SYSTEM, now=now)
    steps.run_comparing(sheet_id=sheet.pk, clock=lambda: now)
    sheet.refresh_from_db()
    return sheet


def applied(sheet: EditSheet, now: datetime = LATER) -> Any:
    outcome = steps.apply(sheet=sheet, actor=SYSTEM, now=now)
    sheet.refresh_from_db()
    return outcome


def put(grid: Grid, heading: str, contact: Contact, value: Any) -> None:
    """Write a cell into the row of a contact."""
    row = next(row for row in grid[1:] if str(row[0]).startswith(f"{contact.pk}-"))
    row[grid[0].index(heading)] = value


def changes(sheet: EditSheet) -> list[tuple[int, str, str, str]]:
    """Return contact, column, kind and reason of each cell."""
    return list(sheet.cells.values_list("contact_id", "column", "kind", "refusal"))


class TestDownload:
    def test_keys_stand_in_a_narrow_first_column_within_the_filter(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", gender=Gender.FEMALE)
        sheet, grid = downloaded(lan)
        assert grid[0][:3] == ["Row key", "Full name", "Phone"]
        assert grid[1][0].startswith(f"{lan.pk}-")
        assert grid[1][1] == "Trần Lan"
        assert EditSheetRow.objects.get(sheet=sheet).held[0] == "Trần Lan"

    def test_a_sheet_is_not_protected_and_has_a_filter_and_drop_downs(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        make_field(name="Loại da", format=FieldFormat.SINGLE, choices=["Khô", "Dầu"])
        sheet, _grid = downloaded(lan, columns=[*COLUMNS, *_field_keys()])
        page = _sheet_xml(sheet)
        assert "sheetProtection" not in page
        assert '<autoFilter ref="A1:' in page
        assert page.count('type="list"') == 3  # gender, province, the field
        assert '<col min="1" max="1" width="3' in page

    def test_refuses_more_people_than_a_workbook_holds(self, workspace: Workspace) -> None:
        with pytest.raises(TooManyForSheet):
            create_sheet(
                rows=sql.compose(
                    "SELECT contact_id AS row_id FROM {p} p", p=contacts_relation(make_contact())
                ),
                order="c.id",
                name="khach",
                columns=COLUMNS,
                scope="selected",
                actor=SYSTEM,
                now=NOW,
                limit=0,
            )
        assert not EditSheet.objects.exists()

    def test_a_file_made_once_more_is_the_one_that_comes_back(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", note="cũ")
        sheet, _grid = downloaded(lan)
        assert list(sheet.rows.values_list("contact_id", flat=True)) == [lan.pk]


def _field_keys() -> list[str]:
    return [f"field_{field.pk}" for field in queries.active_fields()]


def _sheet_xml(sheet: EditSheet) -> str:
    file = exports.get_export(sheet.export_id or 0).file
    assert file is not None
    with zipfile.ZipFile(io.BytesIO(b"".join(team.file_chunks(file)))) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


class TestComparison:
    def test_a_file_that_comes_back_as_it_was_changes_nothing(self, workspace: Workspace) -> None:
        lan = make_contact(
            full_name="Trần Lan",
            email="lan@khach.vn",
            birth_on=date(1990, 3, 1),
            birth_day=301,
            gender=Gender.FEMALE,
            address_line="9",
            province="48",
            city="Đà Nẵng",
            note="dòng 1\ndòng 2",
            tags=["VIP", "sỉ"],
        )
        make_contact(full_name="Lê Hoa", birth_day=717)
        sheet, grid = downloaded(*Contact.objects.all())
        assert brought_back(sheet, grid).state == EditSheetState.REVIEW
        assert changes(sheet) == []
        assert sheet.found["people"] == 2
        assert lan.pk

    def test_added_changed_and_cleared_cells_are_told_apart(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", email="lan@khach.vn", note="cũ")
        sheet, grid = downloaded(lan)
        put(grid, "Email", lan, "lan.tran@khach.vn")
        put(grid, "Address", lan, "12 Lê Lợi")
        put(grid, "Note", lan, "(xoá)")
        put(grid, "Full name", lan, "")
        brought_back(sheet, grid)
        assert changes(sheet) == [
            (lan.pk, "email", CellChange.CHANGED, ""),
            (lan.pk, "address_line", CellChange.ADDED, ""),
            (lan.pk, "note", CellChange.CLEARED, ""),
        ]

    def test_a_date_stays_its_day_in_any_zone_and_a_house_number_a_number(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", birth_on=date(1990, 3, 1), birth_day=301, address_line="9")
        sheet, grid = downloaded(lan)
        assert grid[1][grid[0].index("Date of birth")] == date(1990, 3, 1)
        put(grid, "Date of birth", lan, "01/03/1990")
        brought_back(sheet, grid)
        assert changes(sheet) == []

    def test_a_value_written_in_another_way_is_no_change(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", phone="+84905318274", gender=Gender.FEMALE)
        sheet, grid = downloaded(lan)
        put(grid, "Phone", lan, "+84 905.318.274")
        put(grid, "Gender", lan, "nữ")
        brought_back(sheet, grid)
        assert changes(sheet) == []

    def test_what_cannot_be_read_is_said_and_not_applied(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, grid = downloaded(lan)
        put(grid, "Phone", lan, "0905 774 21")
        put(grid, "Date of birth", lan, "31/02/1990")
        brought_back(sheet, grid)
        assert changes(sheet) == [
            (lan.pk, "phone", CellChange.CHANGED, "not_a_number"),
            (lan.pk, "birth", CellChange.ADDED, "impossible"),
        ]
        applied(sheet)
        lan.refresh_from_db()
        assert lan.birth_on is None

    def test_consent_is_never_raised_by_a_file(self, workspace: Workspace) -> None:
        lan = make_contact(
            full_name="Trần Lan", email="lan@khach.vn", status=Status.UNSUBSCRIBED, consent_email=2
        )
        sheet, grid = downloaded(lan)
        put(grid, "Status (only to read)", lan, "Subscribed")
        brought_back(sheet, grid)
        assert changes(sheet) == [(lan.pk, "status", CellChange.CHANGED, "only_to_read")]
        applied(sheet)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, 2)

    def test_an_altered_key_is_not_recognised_and_creates_nobody(self, workspace: Workspace) -> None:
        lan, hoa = make_contact(full_name="Trần Lan"), make_contact(full_name="Lê Hoa")
        sheet, grid = downloaded(lan, hoa)
        grid[1][0] = f"{hoa.pk}-" + grid[1][0].partition("-")[2]
        grid[1][1] = "Ai Đó"
        grid.append(["", "Người Mới", "0905 111 222"])
        grid.append([*grid[2][:1], "Bản sao"])
        brought_back(sheet, grid)
        assert changes(sheet) == []
        assert (sheet.found["unknown"], sheet.found["added"], sheet.found["repeated"]) == (1, 1, 1)
        assert Contact.objects.count() == 2

    def test_keys_of_another_download_are_refused(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        first, _grid = downloaded(lan)
        _second, grid = downloaded(lan)
        brought_back(first, grid)
        assert first.state == EditSheetState.OPEN
        assert "belongs to this workbook" in first.failure

    def test_a_file_without_keys_is_refused(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, grid = downloaded(lan)
        brought_back(sheet, [row[1:] for row in grid])
        assert sheet.state == EditSheetState.OPEN
        assert "Row key" in sheet.failure

    def test_a_number_of_somebody_else_is_refused_with_the_name(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", phone="+84905000001")
        make_contact(full_name="Lê Hoa", phone="+84905000002")
        sheet, grid = downloaded(lan)
        put(grid, "Phone", lan, "0905000002")
        brought_back(sheet, grid)
        cell = sheet.cells.get()
        assert (cell.refusal, cell.params) == ("in_use", {"existing": "Lê Hoa"})

    def test_the_same_number_twice_in_the_file_goes_to_the_first(self, workspace: Workspace) -> None:
        lan, hoa = make_contact(full_name="Trần Lan"), make_contact(full_name="Lê Hoa")
        sheet, grid = downloaded(lan, hoa)
        put(grid, "Phone", lan, "0905 123 456")
        put(grid, "Phone", hoa, "0905 123 456")
        brought_back(sheet, grid)
        assert [refusal for *_rest, refusal in changes(sheet)] == ["", "twice_in_file"]

    def test_the_last_identifier_and_required_fields_are_not_cleared(self, workspace: Workspace) -> None:
        workspace.required_fields = ["full_name"]
        workspace.save()
        lan = make_contact(full_name="Trần Lan", email="lan@khach.vn")
        sheet, grid = downloaded(lan)
        for heading in ("Full name", "Phone", "Email", "Member since (Asia/Ho_Chi_Minh)"):
            put(grid, heading, lan, "(xóa)")
        brought_back(sheet, grid)
        assert {(column, refusal) for _pk, column, _kind, refusal in changes(sheet)} == {
            ("full_name", "required"),
            ("phone", ""),
            ("email", "last_identifier"),
            ("member_since", "required"),
        }


class TestLists:
    def test_a_file_takes_away_no_tag_and_no_number_and_never_moves_the_default(
        self, workspace: Workspace
    ) -> None:
        lan = make_contact(full_name="Trần Lan", phone="+84901000001", tags=["VIP"])
        ContactIdentity.objects.create(
            contact=lan, system="phone", external_id="+84902000002", created_at=NOW
        )
        sheet, grid = downloaded(lan)
        put(grid, "Phone", lan, "0902000002")
        put(grid, "Tags", lan, "mới")
        brought_back(sheet, grid)
        assert {(column, refusal) for _pk, column, _kind, refusal in changes(sheet)} == {
            ("phone", "own_further"),
            ("tags", ""),
        }
        applied(sheet)
        lan.refresh_from_db()
        assert lan.phone == "+84901000001"
        assert list(lan.identities.values_list("external_id", flat=True)) == ["+84902000002"]
        assert _tags(lan) == ["VIP", "mới"]

    def test_the_mark_clears_all_tags_and_undo_gives_them_back(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", tags=["VIP", "sỉ"])
        sheet, grid = downloaded(lan)
        put(grid, "Tags", lan, "(xóa)")
        brought_back(sheet, grid)
        applied(sheet)
        assert _tags(lan) == []
        assert sheet.change_id is not None
        undo_change(change=queries.get_change(sheet.change_id), actor=SYSTEM, now=LATER)
        assert _tags(lan) == ["VIP", "sỉ"]


def _tags(contact: Contact) -> list[str]:
    return sorted(ContactTag.objects.filter(contact=contact).values_list("tag__name", flat=True))


class TestSorting:
    def people(self) -> list[Contact]:
        return [
            make_contact(full_name=f"Khách {number:02}", note=f"ghi chú {number}", gender=Gender.FEMALE)
            for number in range(20)
        ]

    def test_sorted_with_the_keys_one_change_is_one_change(self, workspace: Workspace) -> None:
        people = self.people()
        sheet, grid = downloaded(*people)
        put(grid, "Phone", people[3], "0987 654 321")
        grid[1:] = sorted(grid[1:], key=lambda row: row[1], reverse=True)
        brought_back(sheet, grid)
        assert changes(sheet) == [(people[3].pk, "phone", CellChange.CHANGED, "")]

    @pytest.mark.parametrize("moved", [slice(1, None), slice(2, 3)], ids=["all others", "one column"])
    def test_sorted_without_the_keys_it_is_refused_as_a_whole(
        self, workspace: Workspace, moved: slice
    ) -> None:
        people = self.people()
        sheet, grid = downloaded(*people)
        others = sorted((row[moved] for row in grid[1:]), key=lambda row: str(row[0]), reverse=True)
        for row, cells in zip(grid[1:], others, strict=True):
            row[moved] = cells
        put(grid, "Note", people[3], "đã sửa")
        brought_back(sheet, grid)
        assert sheet.state == EditSheetState.OPEN
        assert "sorted without the first column" in sheet.failure
        assert not sheet.cells.exists()

    def test_the_same_new_value_for_many_is_no_sorting(self, workspace: Workspace) -> None:
        people = self.people()
        people[0].gender = Gender.MALE
        people[0].save()
        sheet, grid = downloaded(*people)
        for person in people[1:]:
            put(grid, "Gender", person, "Male")
        brought_back(sheet, grid)
        assert len(changes(sheet)) == 19


class TestConflicts:
    def conflicting(self, workspace: Workspace) -> tuple[EditSheet, Contact]:
        lan = make_contact(full_name="Trần Lan", email="bao.tran@khach.vn", note="cũ")
        sheet, grid = downloaded(lan)
        put(grid, "Email", lan, "quocbao@khach.vn")
        put(grid, "Address", lan, "12 Lê Lợi")
        services.update_contact(
            workspace=workspace, contact=lan, values={"email": "bao.quoc@khach.vn"}, actor=SYSTEM, now=NOW
        )
        return brought_back(sheet, grid), lan

    def test_three_values_are_compared_and_nothing_is_preset(self, workspace: Workspace) -> None:
        sheet, _lan = self.conflicting(workspace)
        cell = sheet.cells.get(column="email")
        assert (cell.held, cell.given, cell.current) == (
            "bao.tran@khach.vn",
            "quocbao@khach.vn",
            "bao.quoc@khach.vn",
        )
        assert (cell.conflict, cell.decision) == (True, CellDecision.OPEN)

    def test_nothing_is_applied_while_one_is_open(self, workspace: Workspace) -> None:
        sheet, lan = self.conflicting(workspace)
        assert applied(sheet) is None
        assert sheet.state == EditSheetState.REVIEW
        lan.refresh_from_db()
        assert lan.address_line == ""

    @pytest.mark.parametrize(
        ("decision", "email"),
        [(CellDecision.TAKE, "quocbao@khach.vn"), (CellDecision.KEEP, "bao.quoc@khach.vn")],
    )
    def test_the_choice_is_applied(self, workspace: Workspace, decision: CellDecision, email: str) -> None:
        sheet, lan = self.conflicting(workspace)
        steps.decide(sheet=sheet, decision=decision, cell_ids=[sheet.cells.get(column="email").pk])
        assert applied(sheet).changed == 1
        lan.refresh_from_db()
        assert (lan.email, lan.address_line) == (email, "12 Lê Lợi")

    def test_the_same_change_on_both_sides_is_none(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", email="cu@khach.vn")
        sheet, grid = downloaded(lan)
        put(grid, "Email", lan, "moi@khach.vn")
        services.update_contact(
            workspace=workspace, contact=lan, values={"email": "moi@khach.vn"}, actor=SYSTEM, now=NOW
        )
        brought_back(sheet, grid)
        assert changes(sheet) == []
        assert sheet.found["alike"] == 1

    def test_what_changes_after_the_comparison_is_asked_about(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan", email="cu@khach.vn")
        sheet, grid = downloaded(lan)
        put(grid, "Email", lan, "moi@khach.vn")
        brought_back(sheet, grid)
        services.update_contact(
            workspace=workspace, contact=lan, values={"email": "khac@khach.vn"}, actor=SYSTEM, now=LATER
        )
        assert applied(sheet) is None
        assert sheet.cells.get().current == "khac@khach.vn"


class TestApply:
    def test_every_kind_of_column_is_written_and_undone(self, workspace: Workspace) -> None:
        fields = {
            "Số thú": (FieldFormat.NUMBER, 3, 3),
            "Ngày cưới": (FieldFormat.DATE, date(2020, 5, 1), "2020-05-01"),
            "Đã mua": (FieldFormat.YES_NO, "Yes", True),
            "Web": (FieldFormat.LINK, "khach.vn/a", "https://khach.vn/a"),
        }
        keys = {name: make_field(name=name, format=format_).pk for name, (format_, *_rest) in fields.items()}
        lan = make_contact(full_name="Trần Lan", note="cũ", call_name="Lan")
        before = _stored(lan)
        sheet, grid = downloaded(lan, columns=[*COLUMNS, *_field_keys(), "ward", "company", "language"])
        for heading, value in {
            "Full name": "Trần Thị Lan Anh",
            "Phone": "0978440913",
            "Email": "LAN@khach.vn",
            "Date of birth": date(1990, 3, 1),
            "Gender": "Female",
            "Address": "12 Lê Lợi",
            "Province/city": "Đà Nẵng",
            "Note": "(xóa)",
            "Ward/commune": "Hải Châu",
            "Company": "Mộc Sen",
            "Preferred language": "en",
            "Member since (Asia/Ho_Chi_Minh)": datetime(2020, 1, 2, 3, 4, 5),  # noqa: DTZ001  # a cell has no zone
            **{name: value for name, (_format, value, _stored_value) in fields.items()},
        }.items():
            put(grid, heading, lan, value)
        brought_back(sheet, grid)
        assert [refusal for *_rest, refusal in changes(sheet) if refusal] == []
        assert applied(sheet).changed == 1
        lan.refresh_from_db()
        assert (lan.full_name, lan.family_name, lan.given_name) == ("Trần Thị Lan Anh", "Trần", "Anh")
        assert (lan.phone, lan.email, lan.gender) == ("+84978440913", "lan@khach.vn", Gender.FEMALE)
        assert (lan.birth_on, lan.birth_day, lan.note) == (date(1990, 3, 1), 301, "")
        assert (lan.city, lan.province, lan.country) == ("Đà Nẵng", "48", "VN")
        assert (lan.ward, lan.company, lan.language) == ("Hải Châu", "Mộc Sen", "en")
        assert lan.member_since == datetime(2020, 1, 1, 20, 4, 5, tzinfo=UTC)
        assert lan.attrs == {str(keys[name]): stored for name, (_f, _v, stored) in fields.items()}
        assert kinds_on_timeline(lan)[0] == "contact_changed"
        assert sheet.change_id is not None
        undo_change(change=queries.get_change(sheet.change_id), actor=SYSTEM, now=LATER + timedelta(days=1))
        lan.refresh_from_db()
        assert _stored(lan) == before

    def test_kept_cells_stay_and_a_column_is_kept_at_once(self, workspace: Workspace) -> None:
        lan, hoa = make_contact(full_name="Trần Lan"), make_contact(full_name="Lê Hoa")
        sheet, grid = downloaded(lan, hoa)
        for person in (lan, hoa):
            put(grid, "Address", person, "12 Lê Lợi")
            put(grid, "Note", person, "mới")
        brought_back(sheet, grid)
        assert steps.decide(sheet=sheet, decision=CellDecision.KEEP, column="note") == 2
        steps.decide(
            sheet=sheet,
            decision=CellDecision.KEEP,
            cell_ids=[sheet.cells.filter(column="address_line")[0].pk],
        )
        assert applied(sheet).changed == 1
        assert list(Contact.objects.order_by("pk").values_list("address_line", "note")) == [
            ("", ""),
            ("12 Lê Lợi", ""),
        ]

    def test_a_workbook_is_applied_once(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, grid = downloaded(lan)
        put(grid, "Note", lan, "mới")
        brought_back(sheet, grid)
        applied(sheet)
        with pytest.raises(SheetStateChanged):
            steps.apply(sheet=sheet, actor=SYSTEM, now=LATER)

    def test_many_people_are_changed_by_a_job(self, workspace: Workspace, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 2, 2
        people = [make_contact(full_name=f"Khách {number}") for number in range(5)]
        sheet, grid = downloaded(*people)
        for number, person in enumerate(people):
            put(grid, "Note", person, f"mới {number}")
        brought_back(sheet, grid)
        progress = applied(sheet)
        assert sheet.change_id is not None
        services.run_bulk_job(change_id=sheet.change_id, progress_id=progress.pk, clock=lambda: LATER)
        assert [person.note for person in Contact.objects.order_by("pk")] == [f"mới {n}" for n in range(5)]
        assert queries.get_change(sheet.change_id).count == 5


def _stored(contact: Contact) -> dict[str, Any]:
    contact.refresh_from_db()
    return {
        each.attname: getattr(contact, each.attname)
        for each in Contact._meta.concrete_fields
        if each.attname not in {"updated_at", "latest_source_id"}
    }


class TestEnd:
    def test_after_thirty_days_nothing_of_it_is_left(self, workspace: Workspace) -> None:
        lan = make_contact(full_name="Trần Lan")
        sheet, grid = downloaded(lan)
        put(grid, "Note", lan, "mới")
        brought_back(sheet, grid)
        assert expire_edit_sheets(now=NOW + timedelta(days=31)) == 1
        assert not EditSheetCell.objects.exists()
        assert not EditSheetRow.objects.exists()

    def test_an_erased_person_is_in_no_workbook(self, workspace: Workspace) -> None:
        lan, hoa = make_contact(full_name="Trần Lan"), make_contact(full_name="Lê Hoa")
        sheet, grid = downloaded(lan, hoa)
        put(grid, "Note", lan, "mới")
        brought_back(sheet, grid)
        services.erase_contact(contact=lan, reason="deleted", actor=SYSTEM, now=LATER)
        assert list(sheet.rows.values_list("contact_id", flat=True)) == [hoa.pk]
        assert not sheet.cells.exists()
        with pytest.raises(ExportNotFound):
            exports.get_export(sheet.export_id or 0)
