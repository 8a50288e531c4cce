"""The sidebar's registry: apps register entries, the layout shows those that exist and are permitted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise

StrOrPromise = str | Promise
#: entries in the phone's bottom bar, next to “More”
MAX_MOBILE_ENTRIES = 4
EXACT_SCORE, NAMED_SCORE, NAMESPACE_SCORE = 1_000_000, 100_000, 1_000


class RightsHolder(Protocol):
    """The signed-in member: `request.member`."""

    def can(self, right: str, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A heading of the sidebar. Hidden without entries; a plain link when its only entry has the same key."""

    key: str
    label: StrOrPromise
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page in the sidebar.

    right: the right needed to see it, None for everybody.  active_for: other URL names (or namespaces ending
    in ":") on which this entry is the active one.  shortcut: the letter after `g`.  mobile: shown in the
    phone's bottom bar.  count: number for the badge, called on each page; 0 shows no badge.  visible: called
    on each page for those who have the right; False hides the entry.
    """

    key: str
    label: StrOrPromise
    icon: str
    url_name: str
    group: str
    order: int
    right: str | None = None
    active_for: tuple[str, ...] = ()
    shortcut: str = ""
    mobile: bool = False
    count: Callable[[HttpRequest], int] | None = None
    visible: Callable[[HttpRequest], bool] | None = None


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """A page of a workspace that the user's own name and profile lead to. path: inside the workspace."""

    key: str
    label: StrOrPromise
    text: StrOrPromise
    icon: str
    path: str
    right: str


@dataclass(frozen=True, slots=True)
class VisibleNavEntry:
    """An entry ready for the template."""

    key: str
    label: str
    icon: str
    href: str
    active: bool
    shortcut: str
    mobile: bool
    count: int


@dataclass(frozen=True, slots=True)
class VisibleNavGroup:
    """A group with its visible entries, ready for the template."""

    key: str
    label: str
    icon: str
    entries: tuple[VisibleNavEntry, ...]
    open: bool
    count: int

    @property
    def single_entry(self) -> VisibleNavEntry | None:
        """Return the only entry of a group that is drawn as a plain link, else None."""
        first = self.entries[0]
        return first if len(self.entries) == 1 and first.key == self.key else None


class NavRegistry:
    """Everything the apps have registered in this process."""

    def __init__(self) -> None:
        self._groups: dict[str, NavGroup] = {}
        self._entries: dict[str, NavEntry] = {}
        self._links: dict[str, str] = {}
        self._profile_pages: dict[str, ProfilePage] = {}

    def register(self, item: NavGroup | NavEntry) -> None:
        """Register a group or an entry. Raises ValueError when another entry has the same key."""
        if isinstance(item, NavGroup):
            self.add_group(item)
        else:
            self.add(item)

    def add_group(self, group: NavGroup) -> None:
        self._groups[group.key] = group

    def add(self, entry: NavEntry) -> None:
        """Register an entry. Raises ValueError when another entry has the same key."""
        if entry.key in self._entries and self._entries[entry.key] != entry:
            raise ValueError(f"Two sidebar entries have the key {entry.key!r}.")
        self._entries[entry.key] = entry

    def add_profile_page(self, page: ProfilePage) -> None:
        self._profile_pages[page.key] = page

    def profile_pages(self) -> list[ProfilePage]:
        return list(self._profile_pages.values())

    def set_link(self, key: str, target: str) -> None:
        """Register where a fixed link of the layout leads: a URL name, or a path starting with “/”.

        key: home, profile, language, sign_out, notifications, command_palette, help, new_workspace.
        """
        self._links[key] = target

    def links(self) -> dict[str, str]:
        """Return the fixed links by key, without those that cannot be resolved under the current URL configuration."""
        urls = {key: url_for(target) for key, target in self._links.items()}
        return {key: url for key, url in urls.items() if url}

    def visible_groups(
        self, request: HttpRequest, member: RightsHolder | None
    ) -> tuple[VisibleNavGroup, ...]:
        """Return the sidebar of this page for a member; None sees only the entries without a right."""
        permitted = [
            entry
            for entry in self._entries.values()
            if entry.right is None or (member is not None and member.can(entry.right))
            if entry.visible is None or entry.visible(request)
        ]
        active = active_key(request, permitted)
        groups = sorted(self._groups.values(), key=lambda group: (group.order, group.key))
        visible = (self._visible_group(group, permitted, active, request) for group in groups)
        return tuple(group for group in visible if group.entries)

    def _visible_group(
        self, group: NavGroup, permitted: Iterable[NavEntry], active: str | None, request: HttpRequest
    ) -> VisibleNavGroup:
        members = sorted((e for e in permitted if e.group == group.key), key=lambda e: (e.order, e.key))
        entries = tuple(
            VisibleNavEntry(
                key=entry.key,
                label=str(entry.label),
                icon=entry.icon,
                href=href,
                active=entry.key == active,
                shortcut=entry.shortcut,
                mobile=entry.mobile,
                count=entry.count(request) if entry.count else 0,
            )
            for entry in members
            if (href := url_for(entry.url_name))
        )
        return VisibleNavGroup(
            key=group.key,
            label=str(group.label),
            icon=group.icon,
            entries=entries,
            open=any(entry.active for entry in entries),
            count=sum(entry.count for entry in entries),
        )


def url_for(name: str) -> str:
    """Return the path of a URL name, or "" when the current URL configuration does not have it."""
    if name.startswith("/"):
        return name
    return _path(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=8192)
def _path(name: str, urlconf: str, _prefix: str) -> str:
    # Every page asks for all of them. The prefix, which names the workspace, is part of what `reverse` returns.
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return ""


def active_key(request: HttpRequest, entries: Iterable[NavEntry]) -> str | None:
    """Return the key of the entry this page belongs to: the highest match_score, the first one on a tie."""
    match = request.resolver_match
    if match is None:
        return None
    name = match.view_name
    best: tuple[int, str] | None = None
    for entry in entries:
        score = match_score(entry, name)
        if score and (best is None or score > best[0]):
            best = (score, entry.key)
    return best[1] if best else None


def match_score(entry: NavEntry, view_name: str) -> int:
    """Return how well an entry matches a view: its own page, then a named page, then the longest namespace."""
    if entry.url_name == view_name:
        return EXACT_SCORE
    if view_name in entry.active_for:
        return NAMED_SCORE
    namespaces = [name for name in entry.active_for if name.endswith(":") and view_name.startswith(name)]
    return max((NAMESPACE_SCORE + len(name) for name in namespaces), default=0)


registry = NavRegistry()
