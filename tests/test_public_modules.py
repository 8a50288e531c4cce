"""Apps, config and the command line import only the public modules of another app; the contracts list every app."""

from __future__ import annotations

import configparser
from pathlib import Path

import grimp

from quen.config.apps import APPS

PUBLIC_MODULES = {"types", "queries", "services", "access", "signals", "registry"}
PACKAGE = "quen.apps"
IMPORTERS = (PACKAGE, "quen.config", "quen.cli")
ROOT = Path(__file__).resolve().parent.parent


def app_and_module(module: str) -> tuple[str, str]:
    """Split `quen.apps.team.services.members` into app and module: ("team", "services")."""
    parts = module.removeprefix(f"{PACKAGE}.").split(".")
    return parts[0], parts[1] if len(parts) > 1 else ""


def private_imports() -> list[str]:
    """Return every import of an app's private module from outside the app."""
    graph = grimp.build_graph("quen", exclude_type_checking_imports=True, cache_dir=None)
    found = []
    importers = {name for package in IMPORTERS for name in graph.find_descendants(package)}
    # Tests may use the factories of other apps.
    for importer in sorted(name for name in importers if "tests" not in name.split(".")):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if not imported.startswith(f"{PACKAGE}.") or imported == f"{PACKAGE}.manifest":
                continue
            other, module = app_and_module(imported)
            # Who puts the product together mounts the middleware of apps.
            allowed = PUBLIC_MODULES | ({"middleware"} if importer.startswith("quen.config") else set())
            if not importer.startswith(f"{PACKAGE}.{other}.") and module not in allowed:
                found.append(f"{importer} imports {imported}")
    return found


class TestPublicModules:
    def test_no_private_module_of_an_app_is_imported_from_outside(self) -> None:
        assert private_imports() == []

    def test_every_app_of_the_list_has_its_layer_in_both_contracts(self) -> None:
        contracts = configparser.ConfigParser()
        contracts.read(ROOT / ".importlinter")
        folders = {
            path.name for path in (ROOT / "src/quen/apps").iterdir() if (path / "__init__.py").exists()
        }
        layers = contracts["importlinter:contract:apps"]["layers"].split()
        inside = [
            name.split(".")[-1] for name in contracts["importlinter:contract:inside"]["containers"].split()
        ]
        listed = [app.name for app in APPS]
        assert set(listed) == folders
        assert layers == [*reversed(listed), "manifest"]
        assert sorted(inside) == sorted(listed)
