"""What apps declare fits together; what does not is refused when Quen starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from quen.apps.events.types import EventKind
from quen.apps.manifest import Manifest
from quen.apps.team import registry as team
from quen.apps.team.types import DeclaredRight
from quen.config import manifests
from quen.config.apps import APPS, App
from quen.ui.nav import NavEntry

KIND = EventKind(5, "tested", "Tested", "Tested", "flask", "record")


def test_every_app_has_a_manifest_and_a_page_of_documentation() -> None:
    assert [app.name for app, _manifest in manifests.manifests()] == [app.name for app in APPS]
    folder = Path(manifests.__file__).parents[1] / "apps"
    assert all((folder / app.name / "README.md").exists() for app in APPS)


class TestEventCodes:
    def test_two_apps_never_share_one(self) -> None:
        both = [
            (App("one"), Manifest(event_codes=range(1, 10))),
            (App("two"), Manifest(event_codes=range(9, 20))),
        ]
        with pytest.raises(ValueError, match="Event code 9 belongs to one, two claims it too"):
            manifests.check(both)

    def test_a_kind_stays_inside_its_apps_range(self) -> None:
        with pytest.raises(ValueError, match="tested has code 5, outside the range of one"):
            manifests.check([(App("one"), Manifest(event_codes=range(10, 20), event_kinds=(KIND,)))])
        manifests.check([(App("one"), Manifest(event_codes=range(1, 10), event_kinds=(KIND,)))])


class TestRights:
    def test_every_entry_of_the_sidebar_asks_for_a_declared_right(self) -> None:
        declared = {right.key for right in team.rights()}
        asked = {
            entry.right
            for _app, manifest in manifests.manifests()
            for entry in manifest.navigation
            if isinstance(entry, NavEntry) and entry.right is not None
        }
        assert asked <= declared

    def test_a_key_is_declared_once(self) -> None:
        known = team.rights()[0]
        with pytest.raises(ValueError, match=known.key):
            team.register_right(DeclaredRight(known.key, "Something else"))

    def test_an_undeclared_right_belongs_to_nobody(self) -> None:
        assert not team.role_has("owner", "nobody.declared")
