"""What every template may use: the frame of the page, its theme, its toasts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from quen.ui import nav
from quen.ui.news import toasts_of

THEMES = {"light": "quen-light", "dark": "quen-dark"}
THEME_COOKIE = "theme"


def theme_of(request: HttpRequest) -> str:
    """light, dark, or auto (the device decides)."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


THEME_CHOICES = (("light", "sun"), ("dark", "moon"), ("auto", "monitor"))


@dataclass(frozen=True, slots=True)
class Door:
    """A workspace in the switcher."""

    name: str
    href: str
    here: bool


class Frame:
    """Everything around the page's own content. Nothing is looked up before a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.theme_choices = THEME_CHOICES
        self.theme = theme_of(request)
        self.data_theme = THEMES.get(self.theme, "")
        self.language = get_language() or "vi"
        self.member = getattr(request, "member", None)
        self.workspace = getattr(request, "workspace", None)

    @property
    def workspaces(self) -> list[Door]:
        """The workspaces one may enter: `request.workspaces`, a list or something that makes it."""
        given = getattr(self._request, "workspaces", ())
        here = getattr(self.workspace, "slug", "")
        return [
            Door(name=each.name, href=f"/w/{each.slug}/", here=each.slug == here)
            for each in (given() if callable(given) else given) or ()
        ]

    def _once(self, key: str, make: Callable[[], Any]) -> Any:
        if key not in self.__dict__:
            self.__dict__[key] = make()
        return self.__dict__[key]

    @property
    def groups(self) -> list[nav.ShownGroup]:
        groups: list[nav.ShownGroup] = self._once(
            "_groups", lambda: nav.registry.shown(self._request, self.member)
        )
        return groups

    @property
    def phone_places(self) -> list[tuple[nav.ShownEntry, nav.ShownGroup]]:
        """At most four: one entry of a group that asked for a place in the bottom bar."""
        asked = [(entry, group) for group in self.groups for entry in group.entries if entry.phone]
        return asked[: nav.PHONE_PLACES]

    @property
    def shortcuts(self) -> list[nav.ShownEntry]:
        return [entry for group in self.groups for entry in group.entries if entry.shortcut]

    @property
    def places(self) -> dict[str, str]:
        places: dict[str, str] = self._once("_places", nav.registry.places)
        return places


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` and `toasts`."""
    return {
        "frame": Frame(request),
        "toasts": SimpleLazyObject(lambda: toasts_of(get_messages(request))),
    }
