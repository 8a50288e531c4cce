"""Sockets of the team room: what a new workspace starts with, how notices and log lines read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from quen.rooms.accounts.models import Workspace

Sentence = Callable[[Mapping[str, Any]], str]


class Prepare(Protocol):
    """Sets up a room inside a new workspace; runs in its schema, in the creating transaction."""

    def __call__(self, *, workspace: Workspace, now: Any) -> None:
        """Write what the room starts with."""


_steps: dict[str, Prepare] = {}
_notices: dict[str, Sentence] = {}
_actions: dict[str, Sentence] = {}
_palette: dict[str, Callable[..., list[dict[str, str]]]] = {}


def on_new_workspace(room: str, prepare: Prepare) -> None:
    """Register what a room sets up in a new workspace."""
    _steps[room] = prepare


def new_workspace_steps() -> list[Prepare]:
    """Give the registered steps in order of registration."""
    return list(_steps.values())


def notice(kind: str, sentence: Sentence) -> None:
    """Register how notices of a kind read, in the active language."""
    _notices[kind] = sentence


def notice_text(kind: str, data: Mapping[str, Any]) -> str:
    """Give a notice's sentence."""
    return _notices[kind](data) if kind in _notices else kind


def action(kind: str, sentence: Sentence) -> None:
    """Register how log lines of a kind read, in the active language."""
    _actions[kind] = sentence


def action_text(kind: str, data: Mapping[str, Any]) -> str:
    """Give a log line's sentence."""
    return _actions[kind](data) if kind in _actions else kind


def palette(room: str, find: Callable[..., list[dict[str, str]]]) -> None:
    """Register a finder for the palette: ``find(member=…, query=…) -> [{"title", "hint", "icon", "href"}]``."""
    _palette[room] = find


def palette_finders() -> list[Callable[..., list[dict[str, str]]]]:
    """Give the registered finders."""
    return list(_palette.values())
