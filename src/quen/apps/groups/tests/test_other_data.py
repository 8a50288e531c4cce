"""Groups elsewhere: the command palette, the copy of a workspace, a person's copy of their data, the export."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from tests.cast import AN, GOM_VIET, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.groups import queries, services, workspace_copy
from quen.apps.groups.tests.factories import make_group
from quen.apps.import_export import services as import_export
from quen.apps.import_export.registry import export_kind
from quen.apps.import_export.tests.import_helpers import import_rows
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.team.queries import file_chunks
from quen.core import schemas, sql
from quen.core.actors import SYSTEM
from quen.core.table_files import TableFormat

pytestmark = pytest.mark.django_db


class TestCommandPalette:
    def test_finds_a_group_by_the_beginning_of_a_word_without_accents(
        self, workspace: Any, client_of: Any
    ) -> None:
        group = make_group("Khách sỉ")
        found = client_of(AN).get("/w/tra-sen/command-palette/?q=si").json()
        assert ("Khách sỉ", f"/w/tra-sen/groups/{group.pk}/") in [
            (each["title"], each["href"]) for each in found
        ]


class TestCopyOfAWorkspace:
    def test_takes_the_groups_without_the_people(self, workspace: Any, an: Any) -> None:
        make_group("Khách sỉ", make_contact(), description="Mua từ 5 kg")
        make_group("Hội chợ", active=False)
        target = accounts.get_workspace(GOM_VIET)
        with schemas.use(target.schema_name):
            workspace_copy.copy_groups(source=workspace, target=target, now=NOW)
            copied = {group.name: (group.description, group.active) for group in queries.groups()}
            assert copied == {"Khách sỉ": ("Mua từ 5 kg", True), "Hội chợ": ("", False)}
            assert queries.sizes() == {}


class TestCopyOfAPersonsData:
    def test_lists_the_groups_with_the_day_of_joining(self, workspace: Any) -> None:
        lan = make_contact()
        make_group("Khách sỉ", lan)
        part = next(part for part in contacts.personal_data_parts() if part.key == "groups")
        assert part.read(lan.pk) == [{"Nhóm": "Khách sỉ", "Vào nhóm": f"{NOW:%d/%m/%Y}"}]
        assert part.read(make_contact().pk) == []


class TestExport:
    def test_the_column_names_the_groups_and_comes_back_by_an_import(self, workspace: Any) -> None:
        lan, mai = make_contact(), make_contact()
        make_group("Khách sỉ", lan)
        services.delete_group(group=make_group("Đã bỏ", lan), actor=SYSTEM, now=NOW)
        fair = make_group("Hội chợ", lan)
        rows = sql.compose(
            "SELECT contact_id AS row_id FROM {chosen} p",
            chosen=contact_queries.relation_of_ids([lan.pk, mai.pk]),
        )
        export = import_export.create_export(
            kind=export_kind("contacts"),
            rows=rows,
            name="khach",
            format=TableFormat.CSV,
            columns=["phone", "groups"],
            actor=SYSTEM,
            now=NOW,
        )
        import_export.run_export(export_id=export.pk, clock=lambda: NOW)
        export.refresh_from_db()
        assert export.file is not None
        text = b"".join(file_chunks(export.file)).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        assert [row[1] for row in lines] == ["Nhóm khách hàng", "Hội chợ, Khách sỉ", ""]
        contacts = contact_queries.relation_of_ids([lan.pk])
        services.remove_members(groups=[fair], contacts=contacts, actor=SYSTEM, now=NOW)
        pasted = "\n".join(" | ".join(row) for row in lines)
        import_rows(pasted, conflict_policy=ConflictPolicy.OVERWRITE)
        assert [joined.group.name for joined in queries.groups_of(lan.pk)] == ["Hội chợ", "Khách sỉ"]
