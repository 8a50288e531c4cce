"""What the records of a workbook's people say now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from quen.apps.accounts import queries as accounts
from quen.apps.contacts.edit_sheets.columns import SheetColumn, key_column, words_of
from quen.apps.contacts.models import Contact, ContactTag
from quen.apps.import_export.services import ExportTable

_RECORD: Final = (
    "full_name",
    "family_name",
    "middle_name",
    "given_name",
    "call_name",
    "salutation",
    "country",
    "province",
    "city",
)


@dataclass(frozen=True, slots=True)
class CurrentContact:
    """A contact now: the texts of its cells by column, the columns that others are made of, its tags."""

    words: Mapping[str, str]
    record: Mapping[str, Any]
    tags: Sequence[str]


def current_contacts(contact_ids: Sequence[int], columns: Sequence[SheetColumn]) -> dict[int, CurrentContact]:
    """Return those of the contacts that are not deleted, read with three statements."""
    records = {each["pk"]: each for each in Contact.objects.filter(pk__in=contact_ids).values("pk", *_RECORD)}
    tags: dict[int, list[str]] = {}
    found = ContactTag.objects.filter(contact_id__in=contact_ids).order_by("tag__name")
    for contact_id, name in found.values_list("contact_id", "tag__name"):
        tags.setdefault(contact_id, []).append(name)
    exports = [key_column(), *(column.export for column in columns)]
    table = ExportTable("contacts_contact", exports, accounts.current_workspace().zone)
    return {
        int(row[0]): CurrentContact(
            {column.key: words_of(cell) for column, cell in zip(columns, row[1:], strict=True)},
            records[int(row[0])],
            tags.get(int(row[0]), []),
        )
        for row in table.rows(list(records))
    }
