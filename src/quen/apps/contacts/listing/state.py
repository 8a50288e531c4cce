"""What stands in the address of the list, read and written; a broken part is left out, never an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlencode

from django.forms import ValidationError
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import EVERYONE, Tree, TreeRefused
from quen.apps.contacts.listing import columns as listed
from quen.apps.contacts.listing.finding import Wanted
from quen.apps.contacts.listing.paging import SIZES, USUAL, Cursor, Sorting
from quen.core import text
from quen.ui.widgets import DayField

_LONGEST_QUERY = 200
_USUAL_SIZE = 50
_MOST_IDS = 100
#: stands for a day that was typed and can't be read
BROKEN = date.min


class Params(Protocol):
    """A QueryDict, or what looks like one."""

    def get(self, key: str, default: Any = None, /) -> Any: ...
    def getlist(self, key: str, /) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class State:
    """A list as its address describes it. refusal: why the conditions could not be read, if they could not."""

    wanted: Wanted
    sorting: Sorting
    size: int = _USUAL_SIZE
    after: Cursor | None = None
    before: Cursor | None = None
    columns: tuple[str, ...] = ()
    usual_sort: str = USUAL
    usual_size: int = _USUAL_SIZE
    refusal: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Give what an address must say, without where in the list one is."""
        told = wanted_pairs(self.wanted)
        if str(self.sorting) != self.usual_sort:
            told.append(("sort", str(self.sorting)))
        if self.size != self.usual_size:
            told.append(("size", str(self.size)))
        if self.columns:
            told.append(("columns", ",".join(self.columns)))
        return told

    def link(self, *, after: Cursor | None = None, before: Cursor | None = None) -> str:
        """Give the query of this list, at a cursor."""
        place = [("after", str(after))] if after else [("before", str(before))] if before else []
        return f"?{urlencode([*self.pairs(), *place])}"

    def changed(self, **changes: Any) -> str:
        """Give the query of the list with other wishes (fields of ``Wanted``), at its beginning."""
        return replace(self, wanted=replace(self.wanted, **changes)).link()


def wanted_pairs(wanted: Wanted) -> list[tuple[str, str]]:
    """Write wishes for an address or hidden fields."""
    told = {
        "q": wanted.words,
        "rules": audience.tree_to_query(wanted.tree),
        "saved": "1" if wanted.saved else "",
        "incomplete": "1" if wanted.incomplete else "",
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }
    return [(name, value) for name, value in told.items() if value]


def read_state(params: Params, *, choices: Mapping[str, Any]) -> State:
    """Read a list from an address; ``choices`` are the member's remembered ones."""
    tree, refusal = _tree(params.get("rules") or "")
    since, until = _day(params.get("since")), _day(params.get("until"))
    if not refusal and (since == BROKEN or until == BROKEN):
        refusal = str(_("These dates can't be read: write them as dd/mm/yyyy."))
    usual = Sorting.read(choices.get(listed.SORT_CHOICE)) or Sorting("activity", True)
    usual_size = _size(choices.get(listed.SIZE_CHOICE), _USUAL_SIZE)
    sorting = Sorting.read(params.get("sort")) or usual
    before = Cursor.read(params.get("before"), sorting)
    return State(
        wanted=Wanted(
            words=text.clean(params.get("q") or "")[:_LONGEST_QUERY],
            tree=tree,
            saved=params.get("saved") == "1",
            incomplete=params.get("incomplete") == "1",
            since=since if since != BROKEN else None,
            until=until if until != BROKEN else None,
        ),
        sorting=sorting,
        size=_size(params.get("size"), usual_size),
        after=None if before else Cursor.read(params.get("after"), sorting),
        before=before,
        columns=tuple(filter(None, (params.get("columns") or "").split(",")))[: listed.MOST_COLUMNS],
        usual_sort=str(usual),
        usual_size=usual_size,
        refusal=refusal,
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """Who a bulk verb is about: everybody the list finds, or the ticked ones."""

    wanted: Wanted
    ids: tuple[int, ...] = ()
    is_all: bool = False

    def pairs(self) -> list[tuple[str, str]]:
        """Write it for hidden fields: the filter when all found are meant, ids otherwise."""
        if self.is_all:
            return [("all", "1"), *wanted_pairs(self.wanted)]
        return [("ids", str(each)) for each in self.ids]


def read_selection(params: Params, state: State) -> Selection:
    """Read whom a form means. A filter that can't be read never stands for everybody."""
    is_all = params.get("all") == "1" and not state.refusal
    ids: Iterable[str] = params.getlist("ids")
    chosen = [int(raw) for raw in ids if raw.isdecimal() and len(raw) < 19]  # digits of a bigint
    return Selection(state.wanted, () if is_all else tuple(dict.fromkeys(chosen))[:_MOST_IDS], is_all)


def _tree(raw: str) -> tuple[Tree, str]:
    try:
        return audience.tree_from_query(raw), ""
    except TreeRefused as refusal:
        return EVERYONE, str(refusal)


def _day(raw: Any) -> date | None:
    try:
        day: date | None = DayField(required=False).clean(raw)
    except ValidationError:
        return BROKEN
    return day


def _size(raw: Any, usual: int) -> int:
    return int(raw) if str(raw) in {str(size) for size in SIZES} else usual
