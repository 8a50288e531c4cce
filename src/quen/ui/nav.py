"""The sidebar's registry: rooms say what they offer, the frame shows what exists and is permitted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Words = str | Promise
PHONE_PLACES = 4
"""Places in the phone's bottom bar beside “More”."""


class Person(Protocol):
    """Whoever looks: `request.member`."""

    def can(self, right: str, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A heading of the sidebar. Without entries it is not shown; with one of its own key it is a plain link."""

    key: str
    label: Words
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page in the sidebar.

    right: what one must be allowed, None for everybody.  here: other URL names (or namespaces ending in
    ":") where this entry is the active one.  shortcut: the letter after `g`.  phone: in the bottom bar.
    count: how many things wait there, asked at each page; 0 shows nothing.  shown: whether it stands there
    at all just now, asked at each page of those who have the right.
    """

    key: str
    label: Words
    icon: str
    url_name: str
    group: str
    order: int
    right: str | None = None
    here: tuple[str, ...] = ()
    shortcut: str = ""
    phone: bool = False
    count: Callable[[HttpRequest], int] | None = None
    shown: Callable[[HttpRequest], bool] | None = None


@dataclass(frozen=True, slots=True)
class ShownEntry:
    key: str
    label: str
    icon: str
    href: str
    on: bool
    shortcut: str
    phone: bool
    count: int


@dataclass(frozen=True, slots=True)
class ShownGroup:
    key: str
    label: str
    icon: str
    entries: tuple[ShownEntry, ...]
    open: bool
    count: int

    @property
    def single(self) -> ShownEntry | None:
        """The one page of a group that is only a page."""
        only = self.entries[0]
        return only if len(self.entries) == 1 and only.key == self.key else None


class Registry:
    """What the rooms have registered, for one process."""

    def __init__(self) -> None:
        self._groups: dict[str, NavGroup] = {}
        self._entries: dict[str, NavEntry] = {}
        self._places: dict[str, str] = {}

    def add_group(self, group: NavGroup) -> None:
        self._groups[group.key] = group

    def add(self, entry: NavEntry) -> None:
        if entry.key in self._entries and self._entries[entry.key] != entry:
            raise ValueError(f"Two entries of the sidebar are called {entry.key!r}.")
        self._entries[entry.key] = entry

    def set_place(self, place: str, address: str) -> None:
        """Tell where a fixed thing of the frame lives: a URL name, or a path when it starts with “/”.

        place: home, profile, language, sign_out, notices, palette, help, new_workspace.
        """
        self._places[place] = address

    def places(self) -> dict[str, str]:
        """Addresses of the frame's fixed things; what cannot be reached from here is left out."""
        found = {place: address_of(address) for place, address in self._places.items()}
        return {place: address for place, address in found.items() if address}

    def shown(self, request: HttpRequest, person: Person | None) -> list[ShownGroup]:
        """The sidebar for this person on this page."""
        permitted = [
            entry
            for entry in self._entries.values()
            if entry.right is None or (person is not None and person.can(entry.right))
            if entry.shown is None or entry.shown(request)
        ]
        here = active_key(request, permitted)
        groups = sorted(self._groups.values(), key=lambda group: (group.order, group.key))
        drawn = (self._draw(group, permitted, here, request) for group in groups)
        return [group for group in drawn if group.entries]

    def _draw(
        self, group: NavGroup, permitted: Iterable[NavEntry], here: str | None, request: HttpRequest
    ) -> ShownGroup:
        mine = sorted((e for e in permitted if e.group == group.key), key=lambda e: (e.order, e.key))
        entries = tuple(
            ShownEntry(
                key=entry.key,
                label=str(entry.label),
                icon=entry.icon,
                href=href,
                on=entry.key == here,
                shortcut=entry.shortcut,
                phone=entry.phone,
                count=entry.count(request) if entry.count else 0,
            )
            for entry in mine
            if (href := address_of(entry.url_name))
        )
        return ShownGroup(
            key=group.key,
            label=str(group.label),
            icon=group.icon,
            entries=entries,
            open=any(entry.on for entry in entries),
            count=sum(entry.count for entry in entries),
        )


def address_of(name: str) -> str:
    """The path of a URL name, or "" when it does not exist here."""
    if name.startswith("/"):
        return name
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def active_key(request: HttpRequest, entries: Iterable[NavEntry]) -> str | None:
    """The entry of this page: its own name first, then the closest claim in `here`, then its namespace."""
    match = request.resolver_match
    if match is None:
        return None
    name = match.view_name
    best: tuple[int, str] | None = None
    for entry in entries:
        score = claim(entry, name)
        if score and (best is None or score > best[0]):
            best = (score, entry.key)
    return best[1] if best else None


def claim(entry: NavEntry, view_name: str) -> int:
    """How strongly an entry claims a view: its own page beats a named one, that beats a namespace."""
    if entry.url_name == view_name:
        return 1_000_000
    if view_name in entry.here:
        return 100_000
    spaces = [space for space in entry.here if space.endswith(":") and view_name.startswith(space)]
    return max((1_000 + len(space) for space in spaces), default=0)


registry = Registry()
