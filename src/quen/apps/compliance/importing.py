"""Columns of imported files about other uses of people's data (R-17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance import services
from quen.apps.compliance.types import DataUse
from quen.apps.contacts import registry as contacts
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.contacts.models import BulkChange


_HEADINGS: Final = {
    DataUse.ADS: (
        "Đồng ý quảng cáo trực tuyến",
        "Đồng ý đối tượng quảng cáo",
        "Custom audience consent",
        "Advertising audience consent",
    ),
    DataUse.POST: (
        "Đồng ý nhận thư quảng cáo",
        "Đồng ý nhận bưu thiếp",
        "Postal marketing consent",
        "Direct mail consent",
    ),
}


def register() -> None:
    """Register a column for each use with the imports of contacts."""
    for use in DataUse:
        contacts.register_import_labels(
            contacts.ImportLabels(
                key=f"use_{use.value}",
                label=format_lazy(_("Consent: {use}"), use=use.label),
                canonical=f"accepts_{use.value}",
                setting="",
                help="",
                names=lambda _query: [],
                clean=lambda name: name,
                ensure=lambda _names, _actor, _now: services.ANSWER_IDS,
                find=_find,
                add=partial(_add, use),
                absent=partial(_absent, use),
                undo=partial(_undo, use),
                answers=True,
                headings=_HEADINGS[use],
            )
        )


def _find(_names: Collection[str]) -> Mapping[str, int]:
    return services.ANSWER_IDS


def _add(
    use: DataUse,
    pairs: Collection[tuple[int, int]],
    change_id: int | None,
    actor: Actor,
    now: datetime,
) -> set[int]:
    return services.import_answers(pairs, use=use, change_id=change_id, actor=actor, now=now)


def _absent(use: DataUse, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    found = services.new_answers(pairs, use=use)
    return {pair for pair in pairs if pair[0] in found}


def _undo(use: DataUse, change: BulkChange, actor: Actor, now: datetime) -> None:
    services.undo_answers(use=use, change_id=change.pk, actor=actor, now=now)
