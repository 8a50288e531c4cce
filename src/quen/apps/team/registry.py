"""Sockets of the team room: what a new workspace starts with, how notices and log lines read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from quen.apps.team.types import Right
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.access import WorkspaceRequest

Sentence = Callable[[Mapping[str, Any]], str]
Place = Literal["top", "main", "side"]


class Prepare(Protocol):
    """Sets up a room inside a new workspace; runs in its schema, in the creating transaction."""

    def __call__(self, *, workspace: Workspace, now: Any) -> None:
        """Write what the room starts with."""


class _Dots(dict[str, Any]):
    """Data of which nothing is known."""

    def __missing__(self, key: str) -> str:
        return "…"

    def get(self, key: str, default: Any = None) -> Any:
        return "…"


class Copy(Protocol):
    """Brings a room's set-up from another workspace; runs in the target's schema, in the creating transaction.

    The room reads the source inside ``schemas.use(source.schema_name)``.
    """

    def __call__(self, *, source: Workspace, target: Workspace, now: Any) -> None:
        """Write the copies."""


@dataclass(frozen=True, slots=True)
class PanelContent:
    """What a panel shows: a template with its values, under a title."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    href: str = ""
    link: str = ""
    #: no padding, for tables
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the overview. A lazy one is fetched after the page, so that counting holds nothing up."""

    key: str
    order: int
    right: Right | None
    build: Callable[[WorkspaceRequest], PanelContent | None]
    place: Place = "main"
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A line of the getting-started checklist; done is read from real state."""

    title: str
    text: str
    href: str
    icon: str
    done: bool


@dataclass(frozen=True, slots=True)
class _Starter:
    order: int
    right: Right | None
    build: Callable[[WorkspaceRequest], FirstStep | None]


_steps: dict[str, Prepare] = {}
_copies: dict[str, Copy] = {}
_calming: dict[str, Callable[..., None]] = {}
_panels: dict[str, Panel] = {}
_starters: dict[str, _Starter] = {}
_counts: dict[str, str] = {}
_notices: dict[str, Sentence] = {}
_actions: dict[str, Sentence] = {}
_labels: dict[str, Any] = {}
_palette: dict[str, Callable[..., list[dict[str, str]]]] = {}


def on_new_workspace(room: str, prepare: Prepare) -> None:
    """Register what a room sets up in a new workspace."""
    _steps[room] = prepare


def new_workspace_steps() -> list[Prepare]:
    """Give the registered steps in order of registration."""
    return list(_steps.values())


def on_copy_workspace(room: str, copy: Copy) -> None:
    """Register what a room copies when a new workspace takes over another one's set-up."""
    _copies[room] = copy


def on_restored(room: str, calm: Callable[..., None]) -> None:
    """Register what a room stops in a workspace that came back from a backup: ``calm(now=…)``, in its schema.

    Time has gone on outside: what was being sent when the backup was made has been sent since.
    """
    _calming[room] = calm


def restored(*, now: Any) -> None:
    """Let every room stop what was at work in the present workspace."""
    for calm in _calming.values():
        calm(now=now)


def copy_steps() -> list[Copy]:
    """Give the registered copying steps in order of registration."""
    return list(_copies.values())


def overview_panel(
    key: str,
    order: int,
    right: Right | None,
    build: Callable[[WorkspaceRequest], PanelContent | None],
    *,
    place: Place = "main",
    lazy: bool = False,
) -> None:
    """Register a piece of the overview; ``build`` gives None when there is nothing to show."""
    _panels[key] = Panel(key, order, right, build, place, lazy)


def overview_panels() -> list[Panel]:
    """Give the panels in their order."""
    return sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))


def first_step(
    key: str, order: int, right: Right | None, build: Callable[[WorkspaceRequest], FirstStep | None]
) -> None:
    """Register a line of the getting-started checklist, for those who hold the right."""
    _starters[key] = _Starter(order, right, build)


def first_steps(request: WorkspaceRequest) -> list[FirstStep]:
    """Give the checklist as it stands for this member."""
    wanted = sorted(_starters.values(), key=lambda starter: starter.order)
    built = [each.build(request) for each in wanted if each.right is None or request.member.can(each.right)]
    return [step for step in built if step is not None]


def workspace_count(key: str, statement: str) -> None:
    """Register a number for the list of workspaces.

    statement: a SELECT of one number with ``{schema}.`` before each of the room's own tables.
    """
    _counts[key] = statement


def workspace_counts() -> dict[str, str]:
    """Give the registered counting statements by key."""
    return dict(_counts)


def notice(kind: str, sentence: Sentence) -> None:
    """Register how notices of a kind read, in the active language."""
    _notices[kind] = sentence


def notice_text(kind: str, data: Mapping[str, Any]) -> str:
    """Give a notice's sentence."""
    return _notices[kind](data) if kind in _notices else kind


def action(kind: str, sentence: Sentence, *, label: Any = "") -> None:
    """Register how log lines of a kind read, in the active language; ``label`` names the kind in the filter."""
    _actions[kind] = sentence
    if label:
        _labels[kind] = label


def action_kinds() -> list[tuple[str, str]]:
    """Give the kinds with their names, by name."""
    return sorted(((kind, action_label(kind)) for kind in _actions), key=lambda pair: fold(pair[1]))


def action_label(kind: str) -> str:
    """Name a kind: its label, or its sentence with dots for what differs."""
    if kind in _labels or kind not in _actions:
        return str(_labels.get(kind, kind))
    try:
        return _actions[kind](_Dots())
    except (TypeError, ValueError):
        # A sentence that counts can't be read without a number.
        return kind


def action_text(kind: str, data: Mapping[str, Any]) -> str:
    """Give a log line's sentence."""
    return _actions[kind](data) if kind in _actions else kind


def palette(room: str, find: Callable[..., list[dict[str, str]]]) -> None:
    """Register a finder for the palette: ``find(member=…, query=…) -> [{"title", "hint", "icon", "href"}]``."""
    _palette[room] = find


def palette_finders() -> list[Callable[..., list[dict[str, str]]]]:
    """Give the registered finders."""
    return list(_palette.values())
