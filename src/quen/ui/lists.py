"""Lists as data: a view describes columns and rows, ``{% ui_list table %}`` renders them for desktop and phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from quen.ui.library import escaped
from quen.ui.tags import filters
from quen.ui.tags.basics import ui_avatar, ui_badge, ui_state, ui_tags
from quen.ui.tags.lists import ui_spark

StrOrPromise = str | Promise
#: widths in rem at which a column may disappear; each has a container query in frontend/src/css/lists.css
MIN_WIDTHS = (24, 28, 32, 36, 40, 44, 50, 56, 62, 68, 74, 80, 88, 96, 112, 128, 160, 192)
PhonePlace = Literal["", "title", "side", "note", "note-side", "foot", "foot-side", "wide"]


@dataclass(frozen=True, slots=True)
class Title:
    """The value of a "title" cell. note: a second line; avatar: initials in front, or picture if there is one.

    marked: the text with <mark> around parts of it, shown instead.
    """

    text: str
    note: str | SafeString = ""
    avatar: bool = False
    picture: str = ""
    marked: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """The value of a "state" or "badge" cell, as ``ui_state`` and ``ui_badge`` take it."""

    text: str
    tone: str = ""
    icon: str = "circle-dashed"
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list.

    cell: how its values are shown, a key of CELLS.
    sort: its name in ?sort=; "" when the list can't be sorted by it.
    descending_first: the first click on the header sorts descending.
    min_width: hidden while the list is narrower than so many rem, one of MIN_WIDTHS; 0 is never.  Not on phones.
    phone: the cell's place on phones; "" hides it there.
      title | side
      note  | note-side
      foot  | foot-side
      wide   (shown on phones only)
    width: utility classes, such as "w-2/5".  hide_label: the header is for screen readers only.
    unit: written after the value on phones, where there is no header.
    align: "" is right for numbers and dates, left for the rest.
    """

    key: str
    label: StrOrPromise
    cell: str = "text"
    sort: str = ""
    descending_first: bool = False
    min_width: int = 0
    phone: PhonePlace = ""
    width: str = ""
    hide_label: bool = False
    unit: str = ""
    align: Literal["", "left", "right"] = ""

    def __post_init__(self) -> None:
        """Refuse what has no renderer or no container query. Raises ValueError."""
        if self.cell not in CELLS:
            raise ValueError(f"There is no cell called {self.cell!r}; there are {', '.join(CELLS)}.")
        if self.min_width and self.min_width not in MIN_WIDTHS:
            raise ValueError(f"{self.min_width} rem is none of the widths {MIN_WIDTHS}.")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: one value per column.

    key: identifies the row, and is the value of its checkbox.  name: the row's name for screen readers.
    href: its page, also of the title.  drawer: URL of its drawer.  actions: buttons at its end, ready-made.
    """

    cells: Sequence[Any]
    key: int | str = ""
    name: str = ""
    href: str = ""
    drawer: str = ""
    actions: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What is shown instead of a list without rows, as ``ui_empty`` takes it."""

    title: StrOrPromise
    text: StrOrPromise = ""
    picture: str = "lotus"
    button: StrOrPromise = ""
    href: str = ""
    icon: str = ""
    tone: str = "main"


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list.

    label: for screen readers.  title: of the card, "" for none.
    rows: those of this page.  sort: the current one, as in ?sort=.
    pager: the arguments of ``ui_pager``, such as ``Page.links(...)``; without previous, next and last there is none.
    selectable: checkboxes ``ids``; the list then stands in a form, with ``ui/selection.html`` beside it.
    full_page: fills the page and scrolls inside it; otherwise the list is a card.
    target: an element htmx replaces when the list is sorted or paged, such as "#listing"; "" loads the page.
    now: the instant that "11 minutes ago" is counted from.
    """

    label: StrOrPromise
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: EmptyState
    title: StrOrPromise = ""
    sort: str = ""
    pager: Mapping[str, Any] = field(default_factory=dict)
    selectable: bool = False
    full_page: bool = False
    target: str = ""
    now: datetime | None = None

    @property
    def has_pager(self) -> bool:
        return any(self.pager.get(key) for key in ("previous", "next", "last", "total"))

    @property
    def has_actions(self) -> bool:
        return any(row.actions for row in self.rows)


@dataclass(frozen=True, slots=True)
class CellKind:
    """How a kind of cell is shown. render: value, column, row and table to HTML.  classes: of its td."""

    render: Callable[[Any, Column, Row, ListTable], SafeString | str]
    classes: str = ""
    right: bool = False


def _with_unit(text: str, column: Column) -> SafeString | str:
    if not column.unit or text == filters.NO_VALUE:
        return text
    return format_html('{}<span class="md:hidden">&nbsp;{}</span>', text, column.unit)


def _title(value: Title | str, column: Column, row: Row, table: ListTable) -> SafeString:
    title = value if isinstance(value, Title) else Title(value)
    face, text = "", escaped(title.marked or title.text)
    if title.picture:
        source = escaped(title.picture)
        face = f'<img src="{source}" alt="" class="rows-face size-7 rounded object-contain">'
    elif title.avatar:
        face = f'<span class="rows-face">{ui_avatar(title.text)}</span>'
    if row.href:
        name = f'<a class="font-medium cut block" href="{escaped(row.href)}">{text}</a>'
    else:
        name = f'<span class="font-medium cut block">{text}</span>'
    note = f'<span class="rows-note">{escaped(title.note)}</span>' if title.note else ""
    return mark_safe(  # noqa: S308  # every value is escaped
        f'<div class="rows-name">{face}<span class="rows-title">{name}{note}</span></div>'
    )


def _text(value: Any, column: Column, row: Row, table: ListTable) -> SafeString:
    text = filters.NO_VALUE if value in (None, "") else value
    return format_html('<div class="cut">{}</div>', text)


def _state(value: StatusLabel | None, column: Column, row: Row, table: ListTable) -> SafeString | str:
    if value is None:
        return filters.NO_VALUE
    return ui_state(str(value.text), value.tone, value.icon, value.faint)


def _badge(value: StatusLabel | None, column: Column, row: Row, table: ListTable) -> SafeString | str:
    return filters.NO_VALUE if value is None else ui_badge(str(value.text), value.tone, value.icon)


def _spark(value: Sequence[float], column: Column, row: Row, table: ListTable) -> SafeString | str:
    return ui_spark(value) if value else ""


CELLS: dict[str, CellKind] = {
    "title": CellKind(_title, "rows-title-cell"),
    "text": CellKind(_text, "max-w-60"),
    "note": CellKind(_text, "max-w-60 text-sm text-ink-2"),
    "wrapped": CellKind(
        lambda value, column, row, table: filters.NO_VALUE if value in (None, "") else value, "rows-wrapped"
    ),
    "number": CellKind(
        lambda value, column, row, table: _with_unit(filters.num(value), column), "num", right=True
    ),
    "percent": CellKind(lambda value, column, row, table: filters.percent(value), "num", right=True),
    "money": CellKind(
        lambda value, column, row, table: _with_unit(filters.num(value), column),
        "num font-medium",
        right=True,
    ),
    "phone": CellKind(lambda value, column, row, table: filters.phone(value), "num"),
    "day": CellKind(lambda value, column, row, table: filters.day(value), "num text-ink-2", right=True),
    "instant": CellKind(
        lambda value, column, row, table: filters.instant(value), "num text-ink-2", right=True
    ),
    "time_ago": CellKind(
        lambda value, column, row, table: filters.time_ago(value, table.now), "num text-ink-2", right=True
    ),
    "tags": CellKind(lambda value, column, row, table: ui_tags(tuple(value)) if value else "", ""),
    "state": CellKind(_state, ""),
    "badge": CellKind(_badge, ""),
    "spark": CellKind(_spark, "w-24"),
    #: ready-made HTML, for what no other kind shows
    "html": CellKind(lambda value, column, row, table: value, ""),
}


def body_rows(table: ListTable) -> SafeString:
    """Return the rows of a list's body. A template of its own would take most of the time of a page of fifty rows."""
    columns = [(column, CELLS[column.cell].render, cell_attributes(column)) for column in table.columns]
    select = _("Select %(name)s") if table.selectable else ""
    has_actions = table.has_actions
    rows = []
    for row in table.rows:
        tick = _tick(row, select % {"name": row.name}) if table.selectable else ""
        cells = "".join(
            f"<td {attributes}>{escaped(render(value, column, row, table))}</td>"
            for (column, render, attributes), value in zip(columns, row.cells, strict=True)
        )
        actions = f"{_ACTIONS}{escaped(row.actions)}</div></td>" if has_actions else ""
        rows.append(f"<tr{_row_attributes(row)}>{tick}{cells}{actions}</tr>")
    return mark_safe("\n".join(rows))  # noqa: S308  # every value is escaped


_ACTIONS = '<td class="r" data-phone="wide"><div class="flex justify-end gap-1">'


def _tick(row: Row, label: str) -> str:
    return (
        '<td class="rows-tick"><label><input type="checkbox" class="checkbox-q" name="ids"'
        f' value="{escaped(row.key)}" data-tick aria-label="{escaped(label)}"></label></td>'
    )


def _row_attributes(row: Row) -> str:
    named = (("row", row.key), ("href", row.href), ("drawer", row.drawer))
    return "".join(f' data-{name}="{escaped(value)}"' for name, value in named if value)


def cell_attributes(column: Column) -> SafeString:
    """Return the attributes of a column's cells."""
    kind = CELLS[column.cell]
    classes = f"{'r ' if is_right(column) else ''}{kind.classes} {column.width}".strip()
    written = [f'class="{classes}"'] if classes else []
    written += [f'data-min-width="{column.min_width}"'] if column.min_width else []
    written += [f'data-phone="{column.phone}"'] if column.phone else []
    return mark_safe(" ".join(written))  # noqa: S308  # all of it is written in our own code


def is_right(column: Column) -> bool:
    """Return whether the column's cells are aligned to the right."""
    return column.align == "right" or (not column.align and CELLS[column.cell].right)


def title_spans_rows(columns: Sequence[Column]) -> bool:
    """Return whether the title stands beside two lines on phones: nothing else is in the second line's left place."""
    places = {column.phone for column in columns}
    return "note" not in places and "note-side" in places
