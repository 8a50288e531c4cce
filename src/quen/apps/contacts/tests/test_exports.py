"""Exports of contacts: which ones, with which columns, the file and its link (IMX-32…40, R-24, R-25)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.cast import AN, BINH, CHI, NOW
from tests.registries import Registrations

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries, registry
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import exported, make_contact, make_contacts
from quen.apps.contacts.types import Status
from quen.apps.import_export import services
from quen.apps.import_export.models import Export, ExportPart, ExportPreset
from quen.apps.import_export.registry import ExportColumn, export_kind
from quen.apps.import_export.types import ExportCell, ExportState
from quen.apps.team.models import AuditEntry, File, Member, Notification
from quen.apps.team.queries import file_chunks
from quen.apps.team.types import Role
from quen.core import sql
from quen.core.actors import SYSTEM
from quen.core.table_files import TableFormat

pytestmark = pytest.mark.django_db
LIST = "/w/tra-sen/contacts/"
EXPORTS = "/w/tra-sen/imports/exports/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(an: Member, client_of: Callable[[str], Any]) -> Any:
    return client_of(AN)


def asked(client: Any, **given: Any) -> list[list[str]]:
    """Return the rows of the CSV file that the browser gets, the heading first."""
    answer = client.post(f"{LIST}exports/", {"scope": "filtered", "format": "csv", **given}, follow=True)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def content_of(export: Export) -> str:
    export.refresh_from_db()
    assert export.file is not None
    return b"".join(file_chunks(export.file)).decode("utf-8-sig")


def created(*, order: str = "c.id", **given: Any) -> Export:
    rows = sql.compose(
        "SELECT contact_id AS row_id FROM {all} p", all=queries.relation_of(queries.contacts())
    )
    chosen: dict[str, Any] = {"name": "khach", "format": TableFormat.CSV, "actor": SYSTEM, "now": NOW} | given
    return services.create_export(kind=export_kind("contacts"), rows=rows, order=order, **chosen)


def made(export: Export) -> Export:
    services.run_export(export_id=export.pk, clock=lambda: NOW)
    export.refresh_from_db()
    return export


class TestScopes:
    def test_each_gives_whom_it_names(self, client: Any) -> None:
        vy = make_contact(full_name="Trần Vy", spent=1)
        make_contact(full_name="Lê Vân", spent=2)
        make_contact(full_name="Bùi Lưu", status=Status.SAVED, spent=3)
        sent = {
            scope: [row[0] for row in asked(client, scope=scope, **given)[1:]]
            for scope, given in {
                "selected": {"ids": str(vy.pk)},
                "filtered": {"q": "vy"},
                "page": {"size": "25", "sort": "-spent"},
                "all": {"sort": "-spent"},
            }.items()
        }
        assert sent == {
            "selected": ["Trần Vy"],
            "filtered": ["Trần Vy"],
            "page": ["Lê Vân", "Trần Vy"],
            "all": ["Bùi Lưu", "Lê Vân", "Trần Vy"],
        }

    def test_nobody_is_said(self, client: Any) -> None:
        answer = client.post(f"{LIST}exports/", {"scope": "filtered", "q": "không ai"})
        assert answer.status_code == 422
        assert "Không có gì để xuất" in answer.content.decode()
        assert not Export.objects.exists()

    def test_a_broken_filter_exports_nobody(self, client: Any) -> None:
        make_contacts(2)
        assert client.post(f"{LIST}exports/", {"scope": "filtered", "rules": "{x"}).status_code == 302
        assert not Export.objects.exists()


class TestColumns:
    def test_formulas_stay_text(self, client: Any) -> None:
        make_contact(full_name='=HYPERLINK("x")', company="+1-2", note="'@sum", phone="+84905318274")
        [values] = exported()
        assert values["Họ và tên"] == '\'=HYPERLINK("x")'
        assert values["Công ty"] == "'+1-2"
        assert values["Ghi chú"] == "''@sum"
        assert values["Số điện thoại"] == "0905 318 274"

    def test_has_the_columns_that_apps_register(
        self, workspace: Workspace, registrations: Registrations
    ) -> None:
        make_contact()
        registrations(registry)
        registry.register_export_column(
            ExportColumn(key="points", label="Điểm", value="12.125", kind=ExportCell.NUMBER)
        )
        # Three digits after the point could be read as thousands.
        assert exported()[0]["Điểm"] == "12.1250"

    def test_can_be_chosen_ordered_and_saved(self, client: Any) -> None:
        make_contact(full_name="Trần Vy", email="vy@khach.vn")
        given = {
            "layout": "custom",
            "order": ["email", "full_name", "phone"],
            "columns": ["full_name", "email"],
            "preset_name": "Gửi thư",
        }
        assert asked(client, **given) == [["Email", "Họ và tên"], ["vy@khach.vn", "Trần Vy"]]
        preset = ExportPreset.objects.get()
        assert (preset.name, preset.columns) == ("Gửi thư", ["email", "full_name"])
        assert "Gửi thư" in client.get(f"{LIST}exports/").content.decode()
        again = asked(client, layout=f"preset:{preset.pk}")
        assert again[0] == ["Email", "Họ và tên"]
        twice = client.post(f"{LIST}exports/", {"scope": "filtered", **given, "preset_name": "GỬI THƯ"})
        assert twice.status_code == 422
        assert "Chọn tên khác" in twice.content.decode()
        client.post(f"{LIST}exports/", {"remove": preset.pk}, **HTMX)
        assert not ExportPreset.objects.exists()

    def test_move_up_and_down_and_keep_what_is_ticked(self, client: Any) -> None:
        given = {"layout": "custom", "order": ["email", "phone"], "columns": ["phone"], "move": "up:phone"}
        shown = client.post(f"{LIST}exports/", given, **HTMX).content.decode()
        assert shown.index('value="phone"') < shown.index('value="email"')
        assert 'value="custom" checked' in " ".join(shown.split())
        assert not Export.objects.exists()

    def test_without_a_column_asks_for_one(self, client: Any) -> None:
        make_contact()
        answer = client.post(f"{LIST}exports/", {"layout": "custom", "order": ["email"]})
        assert answer.status_code == 422
        assert "Chọn ít nhất một cột" in answer.content.decode()

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            (
                "sapo",
                {
                    "First Name(Tên)": "Vy",
                    "Last Name(Họ)": "Nguyễn Thị Thảo",
                    "Phone(Điện thoại)": "0905318274",
                    "Total Spent": "165000.0000",
                    "Accepts Marketing": "No",
                    "Tags": "VIP, sỉ",
                },
            ),
            (
                "kiotviet",
                {"Tên khách hàng": "Nguyễn Thị Thảo Vy", "Tổng bán": "165000", "Loại khách": "Cá nhân"},
            ),
            ("upgo", {"Tên khách hàng": "Nguyễn Thị Thảo Vy", "Số điện thoại": "0905318274"}),
            ("tanigo", {"Họ": "Nguyễn Thị Thảo", "Tên": "Vy"}),
        ],
    )
    def test_speak_the_words_of_another_program(
        self, client: Any, template: str, expected: dict[str, str]
    ) -> None:
        make_contact(
            full_name="Nguyễn Thị Thảo Vy",
            family_name="Nguyễn",
            middle_name="Thị Thảo",
            given_name="Vy",
            phone="+84905318274",
            spent=165000,
            tags=["VIP", "sỉ"],
        )
        heading, row = asked(client, layout=f"template:{template}")
        values = dict(zip(heading, row, strict=True))
        assert {name: values[name] for name in expected} == expected


class TestFile:
    def test_a_short_list_is_sent_at_once_and_noted(self, client: Any, an: Member) -> None:
        make_contacts(2)
        assert len(asked(client)) == 3
        export = Export.objects.get()
        assert (export.state, export.total, export.written) == (ExportState.DONE, 2, 2)
        noted = {"contacts": 2, "scope": "filtered", "format": "csv"}
        assert AuditEntry.objects.get(kind="contacts.exported").data == noted
        assert AuditEntry.objects.get(kind="import_export.export_downloaded").actor_id == an.pk
        assert Notification.objects.get().kind == "import_export.export_done"

    def test_a_long_list_is_made_by_a_job_and_mailed(self, client: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        make_contacts(3)
        answer = client.post(f"{LIST}exports/", {"scope": "filtered", "format": "csv"})
        export = Export.objects.get()
        assert answer["Location"] == f"{EXPORTS}{export.pk}/"
        page = client.get(answer["Location"]).content.decode()
        assert "Bạn có thể rời trang này" in page
        made(export)
        assert content_of(export).count("\n") == 4
        page = client.get(answer["Location"]).content.decode()
        assert "Tệp có 3 dòng" in page
        assert client.get(answer["Location"], **HTMX)["HX-Redirect"] == answer["Location"]

    def test_a_workbook_keeps_text_numbers_and_days(self, client: Any) -> None:
        make_contact(full_name="=HYPERLINK(1)", phone="+84905318274", spent=500, orders_count=2)
        answer = client.post(f"{LIST}exports/", {"scope": "filtered", "format": "xlsx"}, follow=True)
        assert ".xlsx" in answer["Content-Disposition"]
        content = io.BytesIO(b"".join(answer.streaming_content))
        heading, row = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
        named = dict(zip(heading, row, strict=True))
        assert (named["Họ và tên"], named["Số điện thoại"]) == ("=HYPERLINK(1)", "0905 318 274")
        assert (named["Tổng chi tiêu"], named["Tổng số đơn"]) == (500, 2)
        assert str(named["Tham gia từ (Asia/Ho_Chi_Minh)"]) == "2026-10-14 09:00:00"

    def test_who_is_in_it_is_fixed_when_it_is_asked_for(self, workspace: Workspace) -> None:
        first, second = make_contacts(2)
        export = created(order="c.last_activity_at DESC")
        third = make_contact()
        Contact.objects.filter(pk=first.pk).update(last_activity_at=NOW + timedelta(days=1))
        Contact.objects.filter(pk=second.pk).update(deleted_at=NOW)
        content = content_of(made(export))
        assert first.full_name in content
        assert second.full_name in content
        assert third.full_name not in content

    def test_people_erased_meanwhile_are_said(self, client: Any) -> None:
        _first, second = make_contacts(2)
        export = created()
        Contact.all_objects.filter(pk=second.pk).delete()
        made(export)
        assert (export.total, export.written) == (2, 1)
        assert "đã bị xóa vĩnh viễn" in client.get(f"{EXPORTS}{export.pk}/").content.decode()

    def test_of_people_erased_afterwards_no_file_is_left(self, workspace: Workspace) -> None:
        first, second = make_contacts(2)
        made(created())
        other = made(
            services.create_export(
                kind=export_kind("contacts"),
                rows=sql.compose(
                    "SELECT contact_id AS row_id FROM {p} p", p=queries.relation_of_ids([first.pk])
                ),
                name="khac",
                format=TableFormat.CSV,
                actor=SYSTEM,
                now=NOW,
            )
        )
        contacts_services.erase_contact(contact=second, reason="request", actor=SYSTEM, now=NOW)
        assert Export.objects.get() == other
        assert [file.name for file in File.objects.all()] == [other.filename]

    def test_of_people_erased_while_it_is_made_it_is_made_again(self, workspace: Workspace) -> None:
        first, second = make_contacts(2)
        export, erased = created(), False

        def clock() -> datetime:
            nonlocal erased
            if not erased:  # asked for once the rows are read
                erased = True
                contacts_services.erase_contact(contact=second, reason="request", actor=SYSTEM, now=NOW)
            return NOW

        services.run_export(export_id=export.pk, clock=clock)
        content = content_of(export)
        assert first.full_name in content
        assert second.full_name not in content
        assert (export.state, export.written) == (ExportState.DONE, 1)

    def test_deleted_while_it_is_made_it_leaves_no_file(self, workspace: Workspace) -> None:
        make_contacts(2)
        export = created()

        def clock() -> datetime:
            if Export.objects.exists():
                services.delete_export(export=Export.objects.get(), actor=SYSTEM, now=NOW)
            return NOW

        services.run_export(export_id=export.pk, clock=clock)
        assert not File.objects.exists()

    def test_stopped_it_leaves_no_file(self, client: Any) -> None:
        make_contacts(2)
        export = created()
        client.post(f"{EXPORTS}{export.pk}/stop/")
        made(export)
        assert (export.state, export.file) == (ExportState.STOPPED, None)
        assert not ExportPart.objects.exists()

    def test_is_deleted_after_a_week(self, workspace: Workspace) -> None:
        make_contact()
        export = made(created())
        assert services.expire_exports(now=NOW + timedelta(days=6)) == 0
        services.expire_exports(now=NOW + timedelta(days=7, minutes=1))
        assert not Export.objects.filter(pk=export.pk).exists()
        assert not File.objects.exists()

    def test_a_lost_job_is_queued_again(self, workspace: Workspace) -> None:
        make_contact()
        created()
        assert services.resume_orphaned_exports(now=NOW + timedelta(minutes=1)) == 0
        assert services.resume_orphaned_exports(now=NOW + timedelta(minutes=3)) == 1


class TestLink:
    def link(self) -> str:
        make_contact()
        return f"{EXPORTS}files/{services.link_token(made(created()))}/"

    def test_asks_a_stranger_to_sign_in(self, workspace: Workspace) -> None:
        answer = Client().get(self.link())
        assert answer.status_code == 302
        assert "next=" in answer["Location"]

    def test_is_refused_without_the_right(self, binh: Member, client_of: Any) -> None:
        assert client_of(BINH).get(self.link()).status_code == 403
        assert not AuditEntry.objects.filter(kind="import_export.export_downloaded").exists()

    def test_finds_nothing_for_members_of_another_workspace(self, client: Any, client_of: Any) -> None:
        assert client_of(CHI).get(self.link()).status_code == 404

    def test_a_forged_one_finds_nothing(self, client: Any) -> None:
        assert client.get(f"{self.link()[:-2]}x/").status_code == 404

    def test_of_a_deleted_export_finds_nothing(self, client: Any) -> None:
        link = self.link()
        client.post(f"{EXPORTS}{Export.objects.get().pk}/delete/")
        assert client.get(link).status_code == 404
        assert not File.objects.exists()


class TestNews:
    def test_who_wants_to_hear_of_all_does(self, client: Any, an: Member, binh: Member) -> None:
        binh.role = Role.SALES
        binh.save()
        make_contact()
        made(created(actor=binh.actor))
        assert [each.member_id for each in Notification.objects.all()] == [binh.pk]
        client.post("/w/tra-sen/imports/news/", {"on": "1"})
        made(created(actor=binh.actor))
        assert Notification.objects.filter(member=an).count() == 1

    def test_only_who_runs_the_workspace_may_ask_for_it(self, binh: Member, client_of: Any) -> None:
        assert client_of(BINH).post("/w/tra-sen/imports/news/", {"on": "1"}).status_code == 403
