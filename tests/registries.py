"""What a test registers is forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, Protocol

import pytest


class Registrations(Protocol):
    """Makes a registry the test's own until the test ends."""

    def __call__(self, registry: ModuleType, *, empty: tuple[str, ...] = ()) -> None:
        """Restore all of ``registry`` at the end. empty: its containers that begin without the product's entries."""


@pytest.fixture
def registrations() -> Iterator[Registrations]:
    """Call it with a registry before registering something of the test's own."""
    kept: list[tuple[Any, Any]] = []

    def keep(registry: ModuleType, *, empty: tuple[str, ...] = ()) -> None:
        containers = {
            name: held for name, held in vars(registry).items() if isinstance(held, dict | list | set)
        }
        kept.extend((held, held.copy()) for name, held in containers.items() if not name.startswith("__"))
        for name in empty:
            containers[name].clear()

    yield keep
    for held, before in reversed(kept):
        held.clear()
        held.extend(before) if isinstance(held, list) else held.update(before)
