"""Convert an audience from and to its stored JSON, and change its items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quen.apps.campaigns.types import Audience, AudienceItem, AudienceItemKind, InvalidAudienceItem

_KINDS_WITH_ID = (
    AudienceItemKind.SEGMENT,
    AudienceItemKind.GROUP,
    AudienceItemKind.TAG,
    AudienceItemKind.CONTACT,
)
_MAX_ID = 2**63 - 1
MAX_ITEMS = 200


def parse_audience(raw: Mapping[str, Any] | None) -> Audience:
    """Return the stored audience. Raises InvalidAudienceItem."""
    data = raw or {}
    return Audience(
        include=tuple(parse_item(item) for item in data.get("include", ())),
        exclude=tuple(parse_item(item) for item in data.get("exclude", ())),
        confirmed=data.get("confirmed") is True,
    )


def parse_item(raw: Any) -> AudienceItem:
    """Return one stored item. Raises InvalidAudienceItem."""
    if not isinstance(raw, Mapping):
        raise InvalidAudienceItem()
    if "dispatch" in raw:
        metric = raw.get("metric")
        if not _is_id(raw["dispatch"]) or not isinstance(metric, str):
            raise InvalidAudienceItem()
        return AudienceItem(AudienceItemKind.DISPATCH, (raw["dispatch"], metric))
    for kind in _KINDS_WITH_ID:
        if kind.value in raw:
            if not _is_id(raw[kind.value]):
                raise InvalidAudienceItem()
            return AudienceItem(kind, raw[kind.value])
    if isinstance(raw.get("tree"), Mapping):
        return AudienceItem(AudienceItemKind.TREE, dict(raw["tree"]))
    if raw.get("everyone") is True:
        return AudienceItem(AudienceItemKind.EVERYONE, True)
    raise InvalidAudienceItem()


def with_item(audience: Audience, side: str, item: AudienceItem) -> Audience:
    """Return the audience with an item added to a side and removed from the other.

    Raises InvalidAudienceItem beyond MAX_ITEMS.
    """
    if len(audience.include) + len(audience.exclude) >= MAX_ITEMS:
        raise InvalidAudienceItem()
    other = "exclude" if side == "include" else "include"
    remaining = tuple(each for each in getattr(audience, other) if each != item)
    added = (*(each for each in getattr(audience, side) if each != item), item)
    changed: dict[str, Any] = {side: added, other: remaining}
    return _reset_confirmation(replace(audience, **changed))


def without_item(audience: Audience, side: str, position: int) -> Audience:
    """Return the audience without the item at a position."""
    items = getattr(audience, side)
    remaining = tuple(each for number, each in enumerate(items) if number != position)
    changed: dict[str, Any] = {side: remaining}
    return _reset_confirmation(replace(audience, **changed))


def _reset_confirmation(audience: Audience) -> Audience:
    return audience if audience.is_everyone else replace(audience, confirmed=False)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_ID
