"""Values for every template: the page layout (navigation, theme, workspaces) and pending toasts."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quen.ui import nav
from quen.ui.library import render_layout
from quen.ui.toasts import toasts_from_messages

THEMES = {"light": "quen-light", "dark": "quen-dark"}
THEME_COOKIE = "theme"


def theme_of(request: HttpRequest) -> str:
    """Return light, dark, or auto (follow the device)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"


THEME_CHOICES = (("light", "sun", _("Light")), ("dark", "moon", _("Dark")), ("auto", "monitor", _("System")))


@dataclass(frozen=True, slots=True)
class WorkspaceLink:
    """A workspace in the switcher."""

    name: str
    href: str
    current: bool


class Layout:
    """Everything around the page's own content. Nothing is computed until a template reads it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.theme_choices = THEME_CHOICES
        self.theme = theme_of(request)
        self.data_theme = THEMES.get(self.theme, "")
        self.language = get_language() or "vi"
        self.member = getattr(request, "member", None)
        self.workspace = getattr(request, "workspace", None)

    @cached_property
    def workspaces(self) -> tuple[WorkspaceLink, ...]:
        """Return the workspaces the user may enter: `request.workspaces`, a list or a callable that returns one."""
        workspaces = getattr(self._request, "workspaces", ())
        current_slug = getattr(self.workspace, "slug", "")
        return tuple(
            WorkspaceLink(
                name=workspace.name, href=f"/w/{workspace.slug}/", current=workspace.slug == current_slug
            )
            for workspace in (workspaces() if callable(workspaces) else workspaces) or ()
        )

    @cached_property
    def last_workspace(self) -> WorkspaceLink | None:
        """Return the workspace one came from, on pages outside of workspaces: `request.last_workspace`, a callable."""
        last = getattr(self._request, "last_workspace", None)
        found = last() if last and self.workspace is None else None
        return WorkspaceLink(found.name, f"/w/{found.slug}/", current=False) if found else None

    @property
    def may_create_workspaces(self) -> bool:
        """Return whether a new workspace is offered: `request.may_create_workspaces`, a callable or a bool."""
        may = getattr(self._request, "may_create_workspaces", True)
        return bool(may() if callable(may) else may)

    @cached_property
    def workspace_list(self) -> SafeString:
        """Return the workspaces of the user, and where a new one is made if the user may."""
        href = self.links.get("new_workspace", "")
        return render_layout(
            "workspaces",
            workspaces=self.workspaces,
            new_href=href if href and self.may_create_workspaces else "",
        )

    @property
    def places(self) -> SafeString:
        """Return the pages in the sidebar."""
        return render_layout("places", groups=self.nav_groups)

    @property
    def phone_places(self) -> SafeString:
        """Return the pages in the phone's bottom bar."""
        return render_layout("phone_places", entries=self.mobile_entries)

    @property
    def all_places(self) -> SafeString:
        """Return all pages, as a phone shows them behind “More”."""
        return render_layout("all_places", groups=self.nav_groups)

    @property
    def command_palette(self) -> SafeString:
        """Return the command palette and the list of keyboard shortcuts."""
        return render_layout("command_palette", groups=self.nav_groups, shortcuts=self.shortcuts)

    @cached_property
    def nav_groups(self) -> tuple[nav.VisibleNavGroup, ...]:
        return nav.registry.visible_groups(self._request, self.member)

    @property
    def mobile_entries(self) -> tuple[tuple[nav.VisibleNavEntry, nav.VisibleNavGroup], ...]:
        """Return the entries of the phone's bottom bar, at most MAX_MOBILE_ENTRIES, each with its group."""
        entries = tuple(
            (entry, group) for group in self.nav_groups for entry in group.entries if entry.mobile
        )
        return entries[: nav.MAX_MOBILE_ENTRIES]

    @property
    def shortcuts(self) -> tuple[nav.VisibleNavEntry, ...]:
        return tuple(entry for group in self.nav_groups for entry in group.entries if entry.shortcut)

    @property
    def profile_pages(self) -> list[nav.ProfilePage]:
        """Return what the user's own profile leads to in each of their workspaces."""
        return nav.registry.profile_pages()

    @property
    def own_pages(self) -> list[tuple[nav.ProfilePage, str]]:
        """Return the same in this workspace, each with its address, as far as the member may open it."""
        if self.workspace is None or self.member is None:
            return []
        start = f"/w/{self.workspace.slug}/"
        return [(page, start + page.path) for page in self.profile_pages if self.member.can(page.right)]

    @cached_property
    def links(self) -> dict[str, str]:
        return nav.registry.links()


def layout(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `layout` and `toasts`."""
    return {
        "layout": Layout(request),
        "toasts": SimpleLazyObject(lambda: toasts_from_messages(get_messages(request))),
    }
