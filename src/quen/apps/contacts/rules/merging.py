"""What becomes of the values of two contacts when they are merged into one (R-09)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from quen.apps.contacts.types import Channel, Consent, MergeSide, Status
from quen.core.text import fold

#: values that are chosen together, by the key of the choice
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "full_name": ("full_name", "family_name", "middle_name", "given_name", "sort_key"),
    "call_name": ("call_name",),
    "salutation": ("salutation",),
    "gender": ("gender",),
    "birth_on": ("birth_on", "birth_day", "birth_is_lunar"),
    "company": ("company",),
    "language": ("language",),
    "address": (
        "country",
        "province",
        "province_before",
        "city",
        "district",
        "ward",
        "address_line",
    ),
    "note": ("note",),
}
#: both contacts' values stay unless one is left out: the other phone and email become further ones
SHARED: Final = ("phone", "email", "tags")
CONSENTS: Final = tuple(f"consent_{channel.value}" for channel in Channel)
STATUS: Final = ("status", "status_before_saved")
_EARLIEST: Final = ("member_since", "created_at")
#: undo never ends a restriction, as it never ends a refusal
_RESTRICTED: Final = "restricted_at"
_LATEST: Final = ("last_activity_at",)
_SUMS: Final = ("opening_spent", "opening_orders", "opening_points")
#: columns that have no value of their own
_MADE: Final = ("incomplete", "updated_at", "deleted_at", "search", "id")
_SOURCES: Final = ("first_source_id", "latest_source_id")

#: columns that undo restores together; consent, status and totals have rules of their own
UNDO_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    **GROUPS,
    "phone": ("phone",),
    "email": ("email",),
    **{column: (column,) for column in (*_EARLIEST, *_LATEST, *_SUMS, *_SOURCES)},
}
#: what may be done with a contact, from nothing to everything; a merge and its undo never go up
_CONSENT_RANK: Final = {Consent.BLOCKED: 0, Consent.WITHDRAWN: 1, Consent.NEVER_ASKED: 2, Consent.GRANTED: 3}
_STATUS_RANK: Final = {
    Status.SAVED: 0,
    Status.UNSUBSCRIBED: 1,
    Status.NON_SUBSCRIBED: 2,
    Status.SUBSCRIBED: 3,
}
REFUSALS: Final = frozenset({Consent.WITHDRAWN, Consent.BLOCKED})


def handled_columns(totals: Mapping[str, str]) -> set[str]:
    """Return the columns of contacts that a merge decides about; totals: registered ones."""
    grouped = {column for columns in GROUPS.values() for column in columns}
    others = {
        *CONSENTS,
        *STATUS,
        *_EARLIEST,
        _RESTRICTED,
        *_LATEST,
        *_SUMS,
        *_MADE,
        *_SOURCES,
        "attrs",
        "phone",
        "email",
    }
    return grouped | others | set(totals)


def columns_of(contact: Any) -> dict[str, Any]:
    """Return the values of a contact by column."""
    return {each.attname: getattr(contact, each.attname) for each in contact._meta.concrete_fields}


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as JSON values; equal values have equal ones."""
    return {column: _as_json(value) for column, value in values.items()}


def json_columns(contact: Any) -> dict[str, Any]:
    """Return the values of a contact by column, as JSON values."""
    return as_json(columns_of(contact))


def changed_attrs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the keys of the custom values that a merge changed."""
    mine, other = before.get("attrs", {}), after.get("attrs", {})
    return sorted(key for key in {*mine, *other} if mine.get(key) != other.get(key))


def is_filled(values: Mapping[str, Any], group: str) -> bool:
    """Return whether a contact says anything in a group of columns."""
    told = [column for column in GROUPS[group] if column not in ("sort_key", "country", "birth_is_lunar")]
    return any(values[column] not in (None, "") for column in told or GROUPS[group])


def agree(kept: Mapping[str, Any], merged: Mapping[str, Any], group: str) -> bool:
    """Return whether two contacts say the same in a group of columns."""
    return all(kept[column] == merged[column] for column in GROUPS[group] if column != "sort_key")


def preset(kept: Mapping[str, Any], merged: Mapping[str, Any], group: str) -> MergeSide:
    """Return whose value is proposed: the only one, the fuller name or birthday, else the newer contact's."""
    if not is_filled(merged, group):
        return MergeSide.KEPT
    if not is_filled(kept, group):
        return MergeSide.MERGED
    if group == "full_name":
        mine, other = _fullness(kept["full_name"]), _fullness(merged["full_name"])
        return MergeSide.MERGED if other > mine else MergeSide.KEPT
    if group in ("call_name", "salutation"):
        return preset(kept, merged, "full_name")
    if group == "birth_on" and (kept["birth_on"] is None) != (merged["birth_on"] is None):
        return MergeSide.KEPT if kept["birth_on"] is not None else MergeSide.MERGED
    return MergeSide.MERGED if merged["updated_at"] > kept["updated_at"] else MergeSide.KEPT


def preset_of_value(kept: Mapping[str, Any], merged: Mapping[str, Any], key: str) -> MergeSide:
    """Return whose custom value is proposed: the only one, else the newer contact's."""
    if key not in merged["attrs"]:
        return MergeSide.KEPT
    if key not in kept["attrs"]:
        return MergeSide.MERGED
    return MergeSide.MERGED if merged["updated_at"] > kept["updated_at"] else MergeSide.KEPT


def merged_columns(
    kept: Mapping[str, Any],
    merged: Mapping[str, Any],
    choices: Mapping[str, str],
    *,
    totals: Mapping[str, str],
) -> dict[str, Any]:
    """Return the columns of the kept contact after a merge.

    choices: a MergeSide by group, or by "field_<id>"; what is not chosen is preset. For phone, email and tags
    MergeSide.BOTH, or the side that stays alone. totals: how each registered total is folded.
    """
    after: dict[str, Any] = {}
    for group, columns in GROUPS.items():
        side = choices.get(group) or preset(kept, merged, group)
        if group == "note" and group not in choices:
            after["note"] = _both_notes(kept["note"], merged["note"])
            continue
        chosen = merged if side == MergeSide.MERGED else kept
        after |= {column: chosen[column] for column in columns}
    after["attrs"] = _merged_attrs(kept, merged, choices)
    for column in ("phone", "email"):
        after[column] = _main(kept[column], merged[column], choices.get(column, MergeSide.BOTH))
    for column in CONSENTS:
        after[column] = stricter_consent(kept[column], merged[column])
    status, before_saved = merged_status(kept, merged, after["consent_email"])
    after |= {"status": status, "status_before_saved": before_saved}
    first = kept if kept["created_at"] <= merged["created_at"] else merged
    latest = kept if kept["updated_at"] >= merged["updated_at"] else merged
    after["first_source_id"] = (
        first["first_source_id"] or kept["first_source_id"] or merged["first_source_id"]
    )
    after["latest_source_id"] = (
        latest["latest_source_id"] or kept["latest_source_id"] or merged["latest_source_id"]
    )
    folds = (
        dict.fromkeys((*_EARLIEST, _RESTRICTED), "least")
        | dict.fromkeys(_LATEST, "greatest")
        | dict.fromkeys(_SUMS, "sum")
        | dict(totals)
    )
    for column, how in folds.items():
        after[column] = _folded(kept[column], merged[column], how)
    return after


def further_identifiers(
    kept: Mapping[str, Any], merged: Mapping[str, Any], after: Mapping[str, Any], choices: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return (system, value) of the main phones and emails that become further ones."""
    found = []
    for column in ("phone", "email"):
        if choices.get(column, MergeSide.BOTH) != MergeSide.BOTH:
            continue
        values = {kept[column], merged[column]} - {None, "", after[column]}
        found += [(column, value) for value in sorted(values)]
    return found


def stricter_consent(mine: int, other: int) -> Consent:
    """Return the consent of two that holds for one person: a refusal wins, whenever it was said (R-09).

    An agreement wins over silence: nobody asked the person again.
    """
    both = {Consent(mine), Consent(other)}
    for refusal in (Consent.BLOCKED, Consent.WITHDRAWN):
        if refusal in both:
            return refusal
    return Consent.GRANTED if Consent.GRANTED in both else Consent.NEVER_ASKED


def merged_status(
    kept: Mapping[str, Any], merged: Mapping[str, Any], consent_email: int
) -> tuple[Status, int | None]:
    """Return status and status before saved of one person: Archived and Unsubscribed win (R-16, R-19)."""
    both = (kept, merged)
    told = {
        (each["status_before_saved"] or Status.NON_SUBSCRIBED)
        if each["status"] == Status.SAVED
        else each["status"]
        for each in both
    }
    if Status.UNSUBSCRIBED in told or (Status.SUBSCRIBED in told and consent_email == Consent.WITHDRAWN):
        status = Status.UNSUBSCRIBED
    else:
        status = Status.SUBSCRIBED if Status.SUBSCRIBED in told else Status.NON_SUBSCRIBED
    if any(each["status"] == Status.SAVED for each in both):
        return Status.SAVED, int(status)
    return status, None


def lower_consent(mine: int, other: int) -> Consent:
    """Return the one of two consents that allows less."""
    return Consent(min(mine, other, key=lambda each: _CONSENT_RANK[Consent(each)]))


def lower_status(mine: int, other: int) -> Status:
    """Return the one of two statuses that allows less."""
    return Status(min(mine, other, key=lambda each: _STATUS_RANK[Status(each)]))


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _main(kept: str | None, merged: str | None, choice: str) -> str | None:
    if choice == MergeSide.MERGED:
        return merged
    return kept if choice == MergeSide.KEPT else kept or merged


def _merged_attrs(
    kept: Mapping[str, Any], merged: Mapping[str, Any], choices: Mapping[str, str]
) -> dict[str, Any]:
    values = {}
    for key in {**kept["attrs"], **merged["attrs"]}:
        side = choices.get(f"field_{key}") or preset_of_value(kept, merged, key)
        chosen = (merged if side == MergeSide.MERGED else kept)["attrs"]
        if key in chosen:
            values[key] = chosen[key]
    return values


def _both_notes(kept: str, merged: str) -> str:
    return kept if merged in kept else merged if kept in merged else f"{kept}\n{merged}"


def _fullness(name: str) -> tuple[int, int, int]:
    """Return what makes a name fuller: whole words, then letters with marks, then letters."""
    words = [word for word in name.split() if len(fold(word)) > 1]
    marks = sum(bool(unicodedata.decomposition(letter)) or letter in "đĐ" for letter in name)
    return len(words), marks, len(name)


def _folded(mine: Any, other: Any, how: str) -> Any:
    if mine is None or other is None:
        return other if mine is None else mine
    fold_by: Mapping[str, Callable[[Any, Any], Decimal | int | datetime]] = {
        "sum": lambda one, two: one + two,
        "least": min,
        "greatest": max,
    }
    return fold_by[how](mine, other)
