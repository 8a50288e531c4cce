"""Groups elsewhere: the command palette, the copy of a workspace, a person's copy of their data, the export."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN, GOM_VIET, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.groups import queries, workspace_copy
from quen.apps.groups.tests.factories import make_group
from quen.core import schemas

pytestmark = pytest.mark.django_db


class TestCommandPalette:
    def test_finds_a_group_by_the_beginning_of_a_word_without_accents(
        self, workspace: Any, client_of: Any
    ) -> None:
        group = make_group("Khách sỉ")
        found = client_of(AN).get("/w/tra-sen/command-palette/?q=si").content.decode()
        assert "Khách sỉ" in found
        assert f"/groups/{group.pk}/" in found


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
    def test_the_column_names_the_groups_as_an_import_reads_them(self, workspace: Any) -> None:
        column = next(column for column in contacts.export_columns() if column.key == "groups")
        assert str(column.label) == "Nhóm khách hàng"
