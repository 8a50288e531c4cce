"""The state of the list in the URL, parsed and written; an invalid part is ignored, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.forms import ValidationError
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, InvalidTree, ListScope, Tree
from quen.apps.contacts import queries
from quen.apps.contacts.list import columns as list_columns
from quen.apps.contacts.list.filters import ContactFilter, ContactList
from quen.core import sql, text
from quen.core.paging import Cursor, Sort
from quen.core.sql import Relation
from quen.ui.widgets import DayField

#: names the list for the condition editor
LIST_KEY = "contacts"
SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
#: keys of each member's preferences
COLUMNS_PREFERENCE, SORT_PREFERENCE, SIZE_PREFERENCE = "contacts.columns", "contacts.sort", "contacts.size"
_MAX_QUERY_CHARS = 200
_MAX_IDS = 100
_BIGINT_DIGITS = 19
#: marks a day that was entered and cannot be parsed
_INVALID_DATE = date.min


class QueryParams(Protocol):
    """A QueryDict, or an object with the same two methods."""

    def get(self, key: str, default: Any = None, /) -> Any: ...
    def getlist(self, key: str, /) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class ListState:
    """A list as its URL describes it, and what is selected in it.

    columns: keys of the columns shown, the member's own when empty.  filter_error: why the filter could not be parsed.
    ids, all_matching: the selection of a bulk action or export: the ticked contacts, or all of the list but those
    taken_out.
    """

    filter: ContactFilter
    sort: Sort
    size: int = DEFAULT_SIZE
    after: Cursor | None = None
    before: Cursor | None = None
    columns: tuple[str, ...] = ()
    default_sort: str = list_columns.DEFAULT_SORT
    default_size: int = DEFAULT_SIZE
    filter_error: str = ""
    ids: tuple[int, ...] = ()
    all_matching: bool = False
    taken_out: tuple[int, ...] = ()

    @classmethod
    def read(cls, params: QueryParams, preferences: Mapping[str, Any]) -> ListState:
        """Parse the state from the parameters of a URL or form, and the member's preferences."""
        sorts = list_columns.sort_columns()
        tree, error = _tree(params.get("rules") or "")
        since, until = _day(params.get("since")), _day(params.get("until"))
        if not error and _INVALID_DATE in (since, until):
            error = str(_("Enter dates as dd/mm/yyyy."))
        default_sort = Sort.read(preferences.get(SORT_PREFERENCE), sorts) or Sort.read(
            list_columns.DEFAULT_SORT, sorts
        )
        query = text.clean(params.get("q") or "")[:_MAX_QUERY_CHARS]
        chosen = Sort.read(params.get("sort"), sorts)
        sort = chosen or (queries.BEST_FIRST if text.search_terms(query) else default_sort)
        assert sort is not None and default_sort is not None  # the default is among the columns
        default_size = _size(preferences.get(SIZE_PREFERENCE), DEFAULT_SIZE)
        before = Cursor.read(params.get("before"), sort)
        return cls(
            filter=ContactFilter(
                query=query,
                tree=tree,
                saved=params.get("saved") == "1",
                incomplete=params.get("incomplete") == "1",
                since=since if since != _INVALID_DATE else None,
                until=until if until != _INVALID_DATE else None,
            ),
            sort=sort,
            size=_size(params.get("size"), default_size),
            after=None if before else Cursor.read(params.get("after"), sort),
            before=before,
            columns=tuple(filter(None, (params.get("columns") or "").split(",")))[: list_columns.MAX_COLUMNS],
            default_sort=str(default_sort),
            default_size=default_size,
            filter_error=error,
            ids=_fixed(params.get("fixed") or "") or _ids(params.getlist("ids")),
            # A filter that cannot be parsed never selects everyone.
            all_matching=params.get("all") == "1" and not error and not params.get("fixed"),
            taken_out=_ids(params.getlist("without")),
        )

    def contacts(self, context: EvaluationContext) -> ContactList:
        """Return the contacts of the list."""
        return ContactList(self.filter, context)

    def selected(self, context: EvaluationContext) -> Relation:
        """Return the selected contacts."""
        if not self.all_matching:
            return queries.relation_of_ids(self.ids)
        found = self.contacts(context).contacts()
        if not self.taken_out:
            return found
        return sql.compose(
            "SELECT contact_id FROM {found} f WHERE contact_id <> ALL(%(taken_out)s::bigint[])",
            found=found,
            taken_out=sql.array(self.taken_out),
        )

    def fixed(self, context: EvaluationContext) -> ListState:
        """Return the state with the selection as ids, so that it is the same when it is acted on.

        Unchanged if there are more than ``settings.BULK_INLINE_LIMIT``: then the number shown is compared.
        """
        if not self.all_matching:
            return self
        limit = settings.BULK_INLINE_LIMIT
        first = sql.compose(
            "SELECT contact_id FROM {selected} s LIMIT %(limit)s",
            selected=self.selected(context),
            limit=limit + 1,
        )
        ids = tuple(pk for (pk,) in sql.rows(first))
        return self if len(ids) > limit else replace(self, ids=ids, all_matching=False, taken_out=())

    def filter_params(self) -> list[tuple[str, str]]:
        """Return the filter as parameters."""
        filter_ = self.filter
        values = {
            "q": filter_.query,
            "rules": audience.tree_to_query(filter_.tree),
            "saved": "1" if filter_.saved else "",
            "incomplete": "1" if filter_.incomplete else "",
            "since": filter_.since.isoformat() if filter_.since else "",
            "until": filter_.until.isoformat() if filter_.until else "",
        }
        return [(name, value) for name, value in values.items() if value]

    def params(self) -> list[tuple[str, str]]:
        """Return the parameters of the URL, without cursor and selection."""
        params = self.filter_params()
        if self.sort != self._implied_sort:
            params.append(("sort", str(self.sort)))
        if self.size != self.default_size:
            params.append(("size", str(self.size)))
        if self.columns:
            params.append(("columns", ",".join(self.columns)))
        return params

    def selection_params(self) -> list[tuple[str, str]]:
        """Return the selection as parameters: the filter when the whole list is selected, ids otherwise."""
        if self.all_matching:
            without = [("without", str(each)) for each in self.taken_out]
            return [("all", "1"), *without, *self.filter_params()]
        if len(self.ids) > _MAX_IDS:
            return [("fixed", ",".join(map(str, self.ids)))]
        return [("ids", str(each)) for each in self.ids]

    def link(self, *, after: Cursor | None = None, before: Cursor | None = None) -> str:
        """Return the query string of this list, at a cursor."""
        cursor = [("after", str(after))] if after else [("before", str(before))] if before else []
        return f"?{urlencode([*self.params(), *cursor])}"

    def with_filter(self, **changes: Any) -> str:
        """Return the query string of the list with other values of ``ContactFilter``, at the first page."""
        other = replace(self, filter=replace(self.filter, **changes))
        return replace(other, sort=other._implied_sort).link() if self.is_ranked else other.link()

    def sorted_by(self, sort: str) -> tuple[str, bool]:
        """Return the query string of the list in another order, and whether it is the current one."""
        other = Sort.read(sort, list_columns.sort_columns()) or self._implied_sort
        return replace(self, sort=other).link(), other == self.sort

    @property
    def is_ranked(self) -> bool:
        """Return whether the best matches of the search text come first."""
        return self.sort == queries.BEST_FIRST

    @property
    def _implied_sort(self) -> Sort:
        """Return the sort of a URL without one."""
        if self.filter.terms:
            return queries.BEST_FIRST
        return Sort.read(self.default_sort, list_columns.sort_columns()) or self.sort


def scope(params: QueryParams, tree: Tree, context: EvaluationContext) -> ListScope:
    """Return what the list at a URL shows besides conditions that replace its own; for the condition editor."""
    shown = replace(ListState.read(params, {}).filter, tree=tree)
    return ListScope(shown.others_tree(), ContactList(shown, context).found())


def _tree(raw: str) -> tuple[Tree, str]:
    try:
        return audience.tree_from_query(raw), ""
    except InvalidTree as error:
        return ALL_CONTACTS, str(error)


def _day(raw: Any) -> date | None:
    try:
        day: date | None = DayField(required=False).clean(raw)
    except ValidationError:
        return _INVALID_DATE
    return day


def _size(raw: Any, default: int) -> int:
    return int(raw) if str(raw) in {str(size) for size in SIZES} else default


def _fixed(raw: str) -> tuple[int, ...]:
    """Return the ids of a selection that was fixed when its dialog opened."""
    ids = [int(each) for each in raw.split(",") if each.isdecimal() and len(each) < _BIGINT_DIGITS]
    return tuple(dict.fromkeys(ids))[: settings.BULK_INLINE_LIMIT]


def _ids(raw: list[str]) -> tuple[int, ...]:
    ids = [int(each) for each in raw if each.isdecimal() and len(each) < _BIGINT_DIGITS]
    return tuple(dict.fromkeys(ids))[:_MAX_IDS]
