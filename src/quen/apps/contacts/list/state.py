"""The state of the list in the URL, parsed and written; an invalid part is ignored, never an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlencode

from django.forms import ValidationError
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, InvalidTree, Tree
from quen.apps.contacts.list import columns
from quen.apps.contacts.list.filters import ContactFilter
from quen.apps.contacts.list.paging import DEFAULT_SORT, SIZES, ListCursor, ListSort
from quen.core import text
from quen.ui.widgets import DayField

_MAX_QUERY_CHARS = 200
DEFAULT_SIZE = 50
_MAX_IDS = 100
#: marks a day that was entered and cannot be parsed
INVALID_DATE = date.min


class QueryParams(Protocol):
    """A QueryDict, or an object with the same two methods."""

    def get(self, key: str, default: Any = None, /) -> Any: ...
    def getlist(self, key: str, /) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class ListState:
    """A list as described by its URL. filter_error: why the conditions could not be parsed, if they could not."""

    contact_filter: ContactFilter
    sorting: ListSort
    size: int = DEFAULT_SIZE
    after: ListCursor | None = None
    before: ListCursor | None = None
    columns: tuple[str, ...] = ()
    default_sort: str = DEFAULT_SORT
    default_size: int = DEFAULT_SIZE
    filter_error: str = ""

    def params(self) -> list[tuple[str, str]]:
        """Return the parameters of the URL, without the cursor."""
        values = filter_params(self.contact_filter)
        if str(self.sorting) != self.default_sort:
            values.append(("sort", str(self.sorting)))
        if self.size != self.default_size:
            values.append(("size", str(self.size)))
        if self.columns:
            values.append(("columns", ",".join(self.columns)))
        return values

    def link(self, *, after: ListCursor | None = None, before: ListCursor | None = None) -> str:
        """Return the query string of this list, at a cursor."""
        position = [("after", str(after))] if after else [("before", str(before))] if before else []
        return f"?{urlencode([*self.params(), *position])}"

    def with_filter(self, **changes: Any) -> str:
        """Return the query string of the list with other values of ``ContactFilter``, at the first page."""
        return replace(self, contact_filter=replace(self.contact_filter, **changes)).link()


def filter_params(contact_filter: ContactFilter) -> list[tuple[str, str]]:
    """Return a filter as parameters for a URL or hidden fields."""
    values = {
        "q": contact_filter.query,
        "rules": audience.tree_to_query(contact_filter.tree),
        "saved": "1" if contact_filter.saved else "",
        "incomplete": "1" if contact_filter.incomplete else "",
        "since": contact_filter.since.isoformat() if contact_filter.since else "",
        "until": contact_filter.until.isoformat() if contact_filter.until else "",
    }
    return [(name, value) for name, value in values.items() if value]


def parse_state(params: QueryParams, *, choices: Mapping[str, Any]) -> ListState:
    """Parse the state of a list from parameters; ``choices`` are the member's preferences."""
    tree, filter_error = _parse_tree(params.get("rules") or "")
    since, until = _parse_day(params.get("since")), _parse_day(params.get("until"))
    if not filter_error and (since == INVALID_DATE or until == INVALID_DATE):
        filter_error = str(_("Enter dates as dd/mm/yyyy."))
    usual = ListSort.parse(choices.get(columns.SORT_PREFERENCE)) or ListSort("activity", True)
    default_size = _parse_size(choices.get(columns.SIZE_PREFERENCE), DEFAULT_SIZE)
    sorting = ListSort.parse(params.get("sort")) or usual
    before = ListCursor.parse(params.get("before"), sorting)
    return ListState(
        contact_filter=ContactFilter(
            query=text.clean(params.get("q") or "")[:_MAX_QUERY_CHARS],
            tree=tree,
            saved=params.get("saved") == "1",
            incomplete=params.get("incomplete") == "1",
            since=since if since != INVALID_DATE else None,
            until=until if until != INVALID_DATE else None,
        ),
        sorting=sorting,
        size=_parse_size(params.get("size"), default_size),
        after=None if before else ListCursor.parse(params.get("after"), sorting),
        before=before,
        columns=tuple(filter(None, (params.get("columns") or "").split(",")))[: columns.MAX_COLUMNS],
        default_sort=str(usual),
        default_size=default_size,
        filter_error=filter_error,
    )


@dataclass(frozen=True, slots=True)
class ContactSelection:
    """The contacts of a bulk action: all that match the list's filter, or the ticked ones."""

    contact_filter: ContactFilter
    ids: tuple[int, ...] = ()
    is_all: bool = False

    def params(self) -> list[tuple[str, str]]:
        """Return it as hidden fields: the filter when all matches are selected, ids otherwise."""
        if self.is_all:
            return [("all", "1"), *filter_params(self.contact_filter)]
        return [("ids", str(each)) for each in self.ids]


def parse_selection(params: QueryParams, state: ListState) -> ContactSelection:
    """Parse the selection of a form. A filter that cannot be parsed never selects everyone."""
    is_all = params.get("all") == "1" and not state.filter_error
    ids: Iterable[str] = params.getlist("ids")
    chosen = [int(raw) for raw in ids if raw.isdecimal() and len(raw) < 19]  # digits of a bigint
    return ContactSelection(
        state.contact_filter, () if is_all else tuple(dict.fromkeys(chosen))[:_MAX_IDS], is_all
    )


def _parse_tree(raw: str) -> tuple[Tree, str]:
    try:
        return audience.tree_from_query(raw), ""
    except InvalidTree as error:
        return ALL_CONTACTS, str(error)


def _parse_day(raw: Any) -> date | None:
    try:
        day: date | None = DayField(required=False).clean(raw)
    except ValidationError:
        return INVALID_DATE
    return day


def _parse_size(raw: Any, usual: int) -> int:
    return int(raw) if str(raw) in {str(size) for size in SIZES} else usual
