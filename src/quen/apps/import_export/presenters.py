"""Values for the wizard's templates: columns with their fields and reasons, states with their icons."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quen.apps.import_export import registry
from quen.apps.import_export.columns import column_letter
from quen.apps.import_export.match_reasons import reason_text
from quen.apps.import_export.matching import ColumnGuess
from quen.apps.import_export.queries import as_entry
from quen.apps.import_export.registry import FieldTarget, ImportKind
from quen.apps.import_export.types import ExportState, ImportState
from quen.core.dates import BadDate, read_date
from quen.ui.tags.filters import num

NEW: Final = "new"
NO_VALUE: Final = "–"
#: names of columns in a sentence
_MAX_NAMED: Final = 15
#: a proposed column format, and the format of a new field that it means
_FIELD_FORMATS: Final = {"single_choice": "single"}
_DAY_AND_MONTH: Final = re.compile(r"\d{1,2}\D\d{1,2}(?=\D)")
_STATE_STYLES: Final[Mapping[str, tuple[str, str]]] = {
    ImportState.DRAFT: ("", "pencil-line"),
    ImportState.WAITING: ("wait", "clock"),
    ImportState.RUNNING: ("live", "loader"),
    ImportState.STOPPED: ("wait", "circle-pause"),
    ImportState.DONE: ("good", "circle-check"),
    ImportState.FAILED: ("bad", "octagon-x"),
    ImportState.UNDONE: ("", "undo-2"),
}
_EXPORT_STYLES: Final[Mapping[str, tuple[str, str]]] = {
    ExportState.WAITING: ("wait", "clock"),
    ExportState.RUNNING: ("live", "loader"),
    ExportState.DONE: ("good", "circle-check"),
    ExportState.STOPPED: ("", "circle-slash"),
    ExportState.FAILED: ("bad", "octagon-x"),
}
_STATES: Final = {
    "matched": ("text-success", "circle-check"),
    "new": ("text-primary", "circle-plus"),
    "skipped": ("text-ink-3", "circle-minus"),
    "review": ("text-warning", "circle-question-mark"),
}


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One row of the matching table.

    chosen: a target's key, "new", or "" for a skipped column.  state: review, matched, new or skipped.  text_class,
    state_icon: its look.  date_orders: the possible meanings of an ambiguous date as (order, label); the chosen one
    is in date_order.  is_hidden: not among the columns that the table is filtered to.
    """

    index: int
    letter: str
    header: str
    samples: tuple[str, ...]
    chosen: str
    label: str
    icon: str
    state: str
    text_class: str
    state_icon: str
    reason: str
    example: str
    date_orders: tuple[tuple[str, str], ...]
    date_order: str
    new_name: str
    new_format: str
    is_proposed_skip: bool
    is_hidden: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether the column has values and is skipped."""
        return bool(self.samples) and not self.chosen

    @property
    def is_new(self) -> bool:
        """Whether a new field is made from the column."""
        return self.chosen == NEW

    @property
    def needs_review(self) -> bool:
        """Whether the user must decide."""
        return self.state == "review"


@dataclass(frozen=True, slots=True)
class MatchCount:
    """Numbers of columns by what they are matched to. lost: skipped ones with values."""

    all: int
    matched: int
    new: int
    skipped: int
    lost: int
    needs_review: int


def export_style(state: str) -> tuple[str, str]:
    """Return tone and icon of the state of an export."""
    return _EXPORT_STYLES[state]


def state_style(state: ImportState) -> tuple[str, str]:
    """Return the tone and the icon of a state."""
    return _STATE_STYLES[state]


def column_rows(
    guesses: Sequence[ColumnGuess],
    entries: Sequence[Mapping[str, Any]],
    targets: Mapping[str, FieldTarget],
    kind: ImportKind,
) -> list[ColumnRow]:
    """Return each column with the guess, the user's choice and the reason."""
    return [_column(guess, entry, targets, kind) for guess, entry in zip(guesses, entries, strict=True)]


def count_text(text: str | Promise, count: int, **numbers: int) -> str:
    """Return a sentence of a kind's texts for a number; `numbers` are further placeholders."""
    shown = {name: num(value) for name, value in numbers.items()}
    return str(text % {"count": count, "shown": num(count), **shown})


def emphasized(sentence: str, number: int) -> SafeString:
    """Return the sentence with its number emphasized."""
    before, shown, after = sentence.partition(num(number))
    return format_html('{}<span class="text-primary">{}</span>{}', before, shown, after)


def count_matches(columns: Sequence[ColumnRow]) -> MatchCount:
    """Return the numbers of columns; one that needs review also counts as what it would become."""
    return MatchCount(
        all=len(columns),
        matched=sum(1 for column in columns if column.chosen not in ("", NEW)),
        new=sum(1 for column in columns if column.chosen == NEW),
        skipped=sum(1 for column in columns if not column.chosen),
        lost=sum(1 for column in columns if column.is_lost),
        needs_review=sum(1 for column in columns if column.needs_review),
    )


def skipped_names(columns: Sequence[ColumnRow]) -> str:
    """Return the names of the columns with values that are skipped, for a sentence."""
    return listed_names([column.header or column.letter for column in columns if column.is_lost])


def listed_names(names: Sequence[str]) -> str:
    """Return names for a sentence; of many only the first ones."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) <= _MAX_NAMED + 1:
        return ", ".join(quoted)
    more = len(quoted) - _MAX_NAMED
    return _("%(names)s and %(more)s more") % {"names": ", ".join(quoted[:_MAX_NAMED]), "more": more}


def filtered(columns: Sequence[ColumnRow], show: str) -> tuple[list[ColumnRow], list[tuple[str, str, bool]]]:
    """Return the columns, hidden where the filter leaves them out, and the filters: address, text, whether chosen.

    Columns proposed to be skipped stay among the skipped ones, so that one that was just kept can be named. There are
    no filters when all would show the same.
    """
    filters: dict[str, tuple[str, Callable[[ColumnRow], bool]]] = {
        "": (_("All %(count)s"), lambda column: True),
        "review": (_("To review %(count)s"), lambda column: column.needs_review),
        "skipped": (
            _("Skipped %(count)s"),
            lambda column: bool(column.samples) and (not column.chosen or column.is_proposed_skip),
        ),
    }
    found = {key: [column for column in columns if meant(column)] for key, (_text, meant) in filters.items()}
    offered = [key for key in filters if found[key]]
    if show not in offered:
        show = ""
    links = [
        (f"?show={key}" if key else "?", filters[key][0] % {"count": len(found[key])}, key == show)
        for key in offered
    ]
    wanted = {column.index for column in found[show]}
    shown = [replace(column, is_hidden=column.index not in wanted) for column in columns]
    return shown, links if len(links) > 1 else []


def _column(
    guess: ColumnGuess,
    entry: Mapping[str, Any],
    targets: Mapping[str, FieldTarget],
    kind: ImportKind,
) -> ColumnRow:
    new_field = entry.get("new_field") or {}
    target = entry.get("target")
    chosen: str = NEW if new_field else str(target) if target in targets else ""
    proposed = _choice(as_entry(guess)) == _choice(entry)
    needs_review = guess.needs_review and proposed and not entry.get("answered")
    state = "review" if needs_review else "new" if chosen == NEW else "matched" if chosen else "skipped"
    example = str(guess.reason_params.get("example", "")) if "order" in guess.reason_code else ""
    short = _DAY_AND_MONTH.match(example)
    orders = _orders(example) if guess.date_order and example and target == guess.target else ()
    text_class, state_icon = _STATES[state]
    reasons = kind.vocabulary().reasons
    label = new_field.get("name") or (targets[chosen].label if chosen in targets else "")
    new_format = str(new_field.get("format") or "text")
    return ColumnRow(
        index=guess.index,
        letter=column_letter(guess.index),
        header=guess.header,
        samples=tuple(sample or NO_VALUE for sample in guess.samples[:3]),
        chosen=chosen,
        label=str(label),
        icon="plus" if chosen == NEW else registry.screens(kind.key).icon(chosen) if chosen else "minus",
        state=state,
        text_class=text_class,
        state_icon=state_icon,
        reason=reason_text(guess.reason_code, guess.reason_params, reasons) if proposed else _("Your choice"),
        example=short[0] if short else example,
        date_orders=orders,
        date_order=str(entry.get("date_order") or guess.date_order or "dmy"),
        new_name=str(new_field.get("name") or guess.header),
        new_format=_FIELD_FORMATS.get(new_format, new_format),
        is_proposed_skip=guess.target is None and not guess.new_field_format,
    )


def _choice(entry: Mapping[str, Any]) -> Any:
    return NEW if entry.get("new_field") else entry.get("target")


def _orders(example: str) -> tuple[tuple[str, str], ...]:
    """Return the meanings of a date: ("dmy", "day 5, month 3"), ("mdy", "day 3, month 5")."""
    found = []
    for order in ("dmy", "mdy"):
        try:
            day = read_date(example, order)
        except BadDate:
            return ()
        found.append((order, _("day %(day)s, month %(month)s") % {"day": day.day, "month": day.month}))
    return tuple(found)
