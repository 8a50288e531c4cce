"""The changed cells of a returned workbook as its page shows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from quen.apps.contacts.edit_sheets.columns import SheetColumn, chosen_columns
from quen.apps.contacts.edit_sheets.words import refusal_text
from quen.apps.contacts.models import Contact, EditSheet, EditSheetCell
from quen.apps.contacts.types import CellChange, CellDecision
from quen.apps.events import queries as events
from quen.apps.events import registry as event_kinds
from quen.core import phones, text

PAGE_PEOPLE: Final = 50
MAX_COLUMNS: Final = 5
OPEN: Final = "open"
#: what can be filtered by, with the glyph of each
KINDS: Final = (
    (CellChange.ADDED.value, "plus"),
    (CellChange.CHANGED.value, "arrow-right"),
    (CellChange.CLEARED.value, "eraser"),
    (OPEN, "triangle-alert"),
)
_MAX_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What of a returned workbook is shown, as its URL says it."""

    show: str = ""
    query: str = ""
    columns: tuple[str, ...] = ()
    page: int = 1
    conflict: int = 0

    @classmethod
    def read(cls, params: Any) -> ReviewState:
        """Parse the parameters of a URL or form; an invalid one is ignored."""
        show = params.get("show") or ""
        return cls(
            show=show if show in {kind for kind, _icon in KINDS} else "",
            query=text.clean(params.get("q") or "")[:_MAX_QUERY],
            columns=tuple(filter(None, params.getlist("columns")))[:_MAX_QUERY],
            page=max(1, _number(params.get("page")) or 1),
            conflict=_number(params.get("conflict")),
        )

    def params(self) -> list[tuple[str, str]]:
        """Return the state as parameters."""
        values = [("show", self.show), ("q", self.query), *(("columns", key) for key in self.columns)]
        values += [("page", str(self.page) if self.page > 1 else "")]
        values += [("conflict", str(self.conflict) if self.conflict else "")]
        return [(name, value) for name, value in values if value]

    def link(self, **changes: Any) -> str:
        """Return the query string of another state."""
        return f"?{urlencode(replace(self, **changes).params())}"


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell. words: of one that did not change. new, old: of a changed one; icon, tone: by what becomes of it.

    at: row and column on the page, for the arrow keys.  href: where a conflict is chosen.
    """

    heading: str
    words: str = ""
    cell: EditSheetCell | None = None
    icon: str = ""
    tone: str = ""
    new: str = ""
    old: str = ""
    label: str = ""
    at: tuple[int, int] = (0, 0)
    href: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the member has to choose."""
        return self.tone == "open"

    @property
    def is_kept(self) -> bool:
        """Return whether the old value stays."""
        return self.tone == "kept"

    @property
    def toggled(self) -> str:
        """Return what pressing it does: the id and the other decision."""
        if self.cell is None:
            return ""
        other = CellDecision.TAKE if self.is_kept else CellDecision.KEEP
        return f"{self.cell.pk}:{other.value}"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A person with changed cells."""

    contact_id: int
    name: str
    cells: Sequence[ShownCell]


@dataclass(frozen=True, slots=True)
class ReviewColumn:
    """A column with changed cells, and how many. shown: whether the table has it."""

    key: str
    heading: str
    count: int
    shown: bool
    takes: str = ""
    keeps: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that was changed in the file and in the record: the three values. by: who changed the record, when."""

    cell: EditSheetCell
    heading: str
    name: str
    position: int
    total: int
    next_href: str
    by: str = ""
    at: datetime | None = None

    @property
    def is_taken(self) -> bool:
        """Return whether the value of the file was chosen."""
        return self.cell.decision == CellDecision.TAKE

    @property
    def is_kept(self) -> bool:
        """Return whether the value of the record was chosen."""
        return self.cell.decision == CellDecision.KEEP


@dataclass(slots=True)
class Review:
    """The page of a returned workbook."""

    total: int = 0
    people: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    kept: int = 0
    open: int = 0
    columns: list[ReviewColumn] = field(default_factory=list)
    rows: list[ReviewRow] = field(default_factory=list)
    found: int = 0
    conflict: Conflict | None = None
    refused: int = 0
    refusals: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def shown_columns(self) -> list[ReviewColumn]:
        """Return the columns of the table."""
        return [column for column in self.columns if column.shown]

    @property
    def is_wide(self) -> bool:
        """Return whether there are more columns than the table shows at once."""
        return len(self.columns) > MAX_COLUMNS


def read_review(sheet: EditSheet, state: ReviewState) -> Review:
    """Return what a page of the returned workbook shows; a bounded number of queries."""
    usable = EditSheetCell.objects.filter(sheet=sheet, refusal="")
    columns = {column.key: column for column in chosen_columns(sheet.columns)}
    review = Review(people=usable.values("contact_id").distinct().count())
    _count(review, usable, columns, state)
    chosen = _filtered(usable, state)
    people = chosen.values("contact_id").annotate(first=Min("row")).order_by("first", "contact_id")
    review.found = people.count()
    first = (state.page - 1) * PAGE_PEOPLE
    ids = [each["contact_id"] for each in people[first : first + PAGE_PEOPLE]]
    review.rows = _rows(sheet, ids, usable, review.shown_columns, state)
    review.conflict = _conflict(sheet, usable, columns, state)
    _explain(sheet, review, columns)
    return review


def _count(
    review: Review, usable: QuerySet[EditSheetCell], columns: Mapping[str, SheetColumn], state: ReviewState
) -> None:
    by_column, kinds, decisions = Counter[str](), Counter[str](), Counter[str]()
    for column, kind, decision, count in usable.values_list("column", "kind", "decision").annotate(
        n=Count("pk")
    ):
        by_column[column] += count
        kinds[OPEN if decision == CellDecision.OPEN else kind] += count
        decisions[decision] += count
    review.total = sum(kinds.values())
    review.counts = {kind: kinds[kind] for kind, _icon in KINDS}
    review.taken, review.kept, review.open = (decisions[each.value] for each in CellDecision)
    changed = [key for key in columns if by_column[key]]
    wanted = [key for key in changed if key in state.columns] or changed[:MAX_COLUMNS]
    review.columns = [
        ReviewColumn(
            key,
            columns[key].heading,
            by_column[key],
            key in wanted[:MAX_COLUMNS],
            f"{key}:{CellDecision.TAKE.value}",
            f"{key}:{CellDecision.KEEP.value}",
        )
        for key in changed
    ]


def _filtered(usable: QuerySet[EditSheetCell], state: ReviewState) -> QuerySet[EditSheetCell]:
    if state.show == OPEN:
        usable = usable.filter(decision=CellDecision.OPEN)
    elif state.show:
        usable = usable.filter(kind=state.show).exclude(decision=CellDecision.OPEN)
    if state.query:
        named = Q()
        for word in text.search_fold(state.query).split():
            named &= Q(search__contains=word)
        digits = "".join(filter(str.isdigit, state.query)).removeprefix("0")
        if digits:
            named |= Q(phone__contains=digits)
        people = Contact.objects.filter(named, pk__in=usable.values("contact_id"))
        usable = usable.filter(contact_id__in=people.values("pk"))
    return usable


def _rows(
    sheet: EditSheet,
    ids: Sequence[int],
    usable: QuerySet[EditSheetCell],
    shown: Sequence[ReviewColumn],
    state: ReviewState,
) -> list[ReviewRow]:
    names = _names(ids)
    held = dict(sheet.rows.filter(contact_id__in=ids).values_list("contact_id", "held"))
    places = {key: place for place, key in enumerate(sheet.columns)}
    cells: dict[int, dict[str, EditSheetCell]] = defaultdict(dict)
    for cell in usable.filter(contact_id__in=ids):
        cells[cell.contact_id][cell.column] = cell
    rows = []
    for number, pk in enumerate(ids):
        line = []
        for at, column in enumerate(shown):
            changed = cells[pk].get(column.key)
            if changed is not None:
                href = f"{state.link(conflict=changed.pk)}#conflict"
                line.append(_shown(changed, column.heading, names[pk], (number, at), href))
            else:
                texts = held.get(pk, [])
                words = texts[places[column.key]] if places[column.key] < len(texts) else ""
                line.append(ShownCell(column.heading, words or "–"))
        rows.append(ReviewRow(pk, names[pk], line))
    return rows


def _shown(cell: EditSheetCell, heading: str, name: str, at: tuple[int, int], href: str) -> ShownCell:
    blank = _("empty")
    new = cell.given or _("leave empty")
    old = cell.current if not cell.conflict else cell.held
    icon = dict(KINDS)[cell.kind]
    tone = cell.kind
    if cell.decision == CellDecision.OPEN:
        icon, tone = "triangle-alert", OPEN
    elif cell.decision == CellDecision.KEEP:
        icon, tone = "ban", "kept"
        new, old = cell.current or blank, cell.given or _("leave empty")
    label = _("%(heading)s of %(name)s") % {"heading": heading, "name": name}
    return ShownCell(heading, "", cell, icon, tone, new, old, label, at, href)


def _conflict(
    sheet: EditSheet, usable: QuerySet[EditSheetCell], columns: Mapping[str, SheetColumn], state: ReviewState
) -> Conflict | None:
    """Return the conflict that was asked for, else the first that is open."""
    ids = list(usable.filter(conflict=True).order_by("row", "place").values_list("pk", "decision"))
    if not ids:
        return None
    open_ids = [pk for pk, decision in ids if decision == CellDecision.OPEN]
    asked = [pk for pk, _decision in ids if pk == state.conflict]
    if not asked and not open_ids:
        return None
    pk = (asked or open_ids)[0]
    cell = EditSheetCell.objects.get(pk=pk)
    position = next(at for at, (each, _decision) in enumerate(ids) if each == pk)
    later = [each for each, _decision in ids[position + 1 :] if each in set(open_ids)]
    others = [*later, *(each for each in open_ids if each != pk)]
    column = columns.get(cell.column)
    by, at = _last_change(sheet, cell, column)
    return Conflict(
        cell,
        column.heading if column is not None else cell.column,
        _names([cell.contact_id])[cell.contact_id],
        position + 1,
        len(ids),
        f"{state.link(conflict=others[0])}#conflict" if others else "",
        by,
        at,
    )


def _last_change(
    sheet: EditSheet, cell: EditSheetCell, column: SheetColumn | None
) -> tuple[str, datetime | None]:
    """Return who changed this value of the record last since the download, and when."""
    wanted = column.field if column is not None else cell.column
    kind = event_kinds.get("contact_changed").code
    for event in events.timeline(cell.contact_id, since=sheet.created_at).filter(kind=kind)[:20]:
        data = event.data or {}
        if wanted in data.get("fields", ()):
            return str(data.get("by", "")), event.at
    return "", None


def _names(ids: Sequence[int]) -> dict[int, str]:
    found = Contact.all_objects.filter(pk__in=ids).values_list("pk", "full_name", "phone", "email")
    names = {
        pk: name or (phones.display(phone) if phone else email or f"#{pk}")
        for pk, name, phone, email in found
    }
    return {pk: names.get(pk, f"#{pk}") for pk in ids}


def _explain(sheet: EditSheet, review: Review, columns: Mapping[str, SheetColumn]) -> None:
    """Add why cells are not accepted: the reason, an example, and how many."""
    refused = EditSheetCell.objects.filter(sheet=sheet).exclude(refusal="")
    counts = refused.values_list("refusal").annotate(n=Count("pk"), first=Min("pk")).order_by("-n", "refusal")
    found = list(counts)
    examples = EditSheetCell.objects.in_bulk([first for _reason, _n, first in found])
    for reason, count, first in found:
        cell = examples[first]
        column = columns.get(cell.column)
        heading = column.heading if column is not None else cell.column
        example = f"{heading}: {cell.given or _('leave empty')}"
        if column is not None and not column.target:
            example = _("%(heading)s: from %(old)s to %(new)s") % {
                "heading": str(column.export.label).partition(" (")[0],
                "old": cell.held or _("empty"),
                "new": cell.given or _("empty"),
            }
        review.refusals.append((refusal_text(reason, cell.params), example, count))
    review.refused = sum(count for _reason, count, _first in found)


def _number(raw: Any) -> int:
    return int(raw) if raw and str(raw).isdecimal() and len(str(raw)) < 19 else 0
