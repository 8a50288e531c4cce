"""Groups in imports of contacts: a column of a file, and everyone in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry as contacts
from quen.apps.groups import queries, services
from quen.core import text
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.contacts.models import BulkChange


def _find(names: Collection[str]) -> dict[str, int]:
    keys = {name: text.clean(name).upper() for name in names}
    found = queries.find_groups(list(keys.values()))
    return {name: found[key].pk for name, key in keys.items() if key in found}


def _ensure(names: Collection[str], actor: Actor, now: datetime) -> dict[str, int]:
    services.ensure_groups(names, actor=actor, now=now)
    return _find(names)


def _add(pairs: Collection[tuple[int, int]], change_id: int | None, actor: Actor, now: datetime) -> set[int]:
    return services.import_members(pairs, change_id=change_id, actor=actor, now=now)


def _undo(change: BulkChange, actor: Actor, now: datetime) -> None:
    services.undo_import(change_id=change.pk, since=change.at, actor=actor, now=now)


def register() -> None:
    """Register groups with the imports of contacts."""
    contacts.register_import_labels(
        contacts.ImportLabels(
            key="groups",
            label=_("Customer groups"),
            canonical="group",
            setting=_("Add everyone to groups"),
            help=_("Type to search, press Enter to add. Groups in the file are added too."),
            names=queries.group_names,
            clean=services.clean_group_name,
            ensure=_ensure,
            find=_find,
            add=_add,
            absent=queries.absent_members,
            undo=_undo,
        )
    )
