"""Reads of the files of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from quen.apps.contacts.models import ContactFile
from quen.apps.contacts.types import FileKind
from quen.core.errors import NotFound


def files_of(contact_id: int) -> QuerySet[ContactFile]:
    """Return the files of a contact, newest first."""
    return ContactFile.objects.filter(contact_id=contact_id).select_related("file")


def get_file(*, contact_id: int, file_id: int) -> ContactFile:
    """Return a file of a contact. Raises NotFound."""
    found = files_of(contact_id).filter(pk=file_id).select_related("file", "contact").first()
    if found is None:
        raise NotFound()
    return found


def count_files(contact_ids: Sequence[int]) -> dict[int, int]:
    """Return how many files contacts have, by contact; none without any."""
    counted = ContactFile.objects.filter(contact_id__in=contact_ids).values_list("contact_id")
    return dict(counted.order_by().annotate(files=Count("pk")))


def files_copy(contact_id: int) -> list[dict[str, Any]]:
    """Return what files are kept about a person, for the copy of their data; the files themselves are handed out."""
    return [
        {
            _("File"): each.file.name,
            _("Kind"): str(FileKind(each.kind).label),
            _("Size in bytes"): each.file.size,
            _("When"): each.at.isoformat(),
        }
        for each in files_of(contact_id)
    ]
