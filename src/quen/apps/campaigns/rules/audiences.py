"""An audience between its JSON and its pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quen.apps.campaigns.types import Audience, NoSuchPick, Pick, PickKind

_NUMBERED = (PickKind.SEGMENT, PickKind.TAG, PickKind.CONTACT)
_LARGEST_ID = 2**63 - 1
MOST_PICKS = 200


def read(raw: Mapping[str, Any] | None) -> Audience:
    """Read what is stored. Raises NoSuchPick for what is no audience."""
    given = raw or {}
    return Audience(
        include=tuple(pick_of(each) for each in given.get("include", ())),
        exclude=tuple(pick_of(each) for each in given.get("exclude", ())),
        confirmed=given.get("confirmed") is True,
    )


def pick_of(raw: Any) -> Pick:
    """Read one piece. Raises NoSuchPick."""
    if not isinstance(raw, Mapping):
        raise NoSuchPick()
    if "launch" in raw:
        figure = raw.get("figure")
        if not _is_id(raw["launch"]) or not isinstance(figure, str):
            raise NoSuchPick()
        return Pick(PickKind.LAUNCH, (raw["launch"], figure))
    for kind in _NUMBERED:
        if kind.value in raw:
            if not _is_id(raw[kind.value]):
                raise NoSuchPick()
            return Pick(kind, raw[kind.value])
    if isinstance(raw.get("tree"), Mapping):
        return Pick(PickKind.TREE, dict(raw["tree"]))
    if raw.get("everyone") is True:
        return Pick(PickKind.EVERYONE, True)
    raise NoSuchPick()


def with_pick(audience: Audience, side: str, pick: Pick) -> Audience:
    """Add a piece once; the same one on the other side gives way. Raises NoSuchPick when there are too many."""
    if len(audience.include) + len(audience.exclude) >= MOST_PICKS:
        raise NoSuchPick()
    other = "exclude" if side == "include" else "include"
    kept = tuple(each for each in getattr(audience, other) if each != pick)
    grown = (*(each for each in getattr(audience, side) if each != pick), pick)
    changed: dict[str, Any] = {side: grown, other: kept}
    return _unconfirmed(replace(audience, **changed))


def without_pick(audience: Audience, side: str, place: int) -> Audience:
    """Take the piece at a place away."""
    picks = getattr(audience, side)
    left = tuple(each for number, each in enumerate(picks) if number != place)
    changed: dict[str, Any] = {side: left}
    return _unconfirmed(replace(audience, **changed))


def _unconfirmed(audience: Audience) -> Audience:
    return audience if audience.is_everyone else replace(audience, confirmed=False)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_ID
