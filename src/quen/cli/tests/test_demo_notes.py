"""Customers of the demo shop have notes and files."""

from __future__ import annotations

from typing import Any

from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.models import ContactFile
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contacts
from quen.apps.contacts.types import FileKind
from quen.cli.demo.notes import add_notes


def test_those_active_last_have_notes_and_files(workspace: Workspace, an: Any) -> None:
    people = make_contacts(6)
    add_notes(workspace, member=an, now=NOW)
    assert ["note_added" in kinds_on_timeline(each) for each in people] == [False, *[True] * 5]
    kinds = set(ContactFile.objects.values_list("kind", flat=True))
    assert kinds == {FileKind.TEXT, FileKind.EXCEL}
