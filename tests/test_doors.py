"""Another room is entered by its six doors only."""

from __future__ import annotations

import configparser
from pathlib import Path

import grimp

DOORS = {"types", "queries", "services", "access", "signals", "registry"}
ROOMS = "quen.apps"
ROOT = Path(__file__).resolve().parent.parent


def room_and_part(module: str) -> tuple[str, str]:
    """Split `quen.apps.team.services.seats` into room and part: ("team", "services")."""
    words = module.removeprefix(f"{ROOMS}.").split(".")
    return words[0], words[1] if len(words) > 1 else ""


def trespasses() -> list[str]:
    """Name every import of a room's private module from another room."""
    graph = grimp.build_graph("quen", exclude_type_checking_imports=True, cache_dir=None)
    found = []
    for importer in sorted(graph.find_descendants(ROOMS)):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if not imported.startswith(f"{ROOMS}."):
                continue
            (ours, part), (theirs, door) = room_and_part(importer), room_and_part(imported)
            # Tests may use the factories of other rooms, and stand where they must to look.
            if ours != theirs and door not in DOORS and part != "tests":
                found.append(f"{importer} imports {imported}")
    return found


class TestDoors:
    def test_no_room_enters_another_but_by_its_doors(self) -> None:
        assert trespasses() == []

    def test_every_room_has_its_floor_inside_and_outside(self) -> None:
        contracts = configparser.ConfigParser()
        contracts.read(ROOT / ".importlinter")
        rooms = {path.name for path in (ROOT / "src/quen/apps").iterdir() if (path / "__init__.py").exists()}
        floors = set(contracts["importlinter:contract:apps"]["layers"].split())
        inside = {
            name.split(".")[-1] for name in contracts["importlinter:contract:inside"]["containers"].split()
        }
        assert floors == inside == rooms
