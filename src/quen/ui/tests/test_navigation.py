"""The sidebar shows what exists and is permitted, and knows where one is."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve

from quen.ui.context import Frame
from quen.ui.nav import NavEntry, NavGroup, Registry

pytestmark = pytest.mark.urls("quen.ui.tests.urls")
SHOP = NavEntry("shop", "Shop", "store", "shop:list", group="sales", order=1, here=("shop:",), phone=True)
TEAM = NavEntry("team", "Team", "users", "team", group="settings", order=1, right="team.manage", shortcut="t")
HOME = NavEntry("home", "Home", "house", "home", group="home", order=1)


@dataclass(frozen=True)
class Person:
    rights: frozenset[str] = frozenset()

    def can(self, right: str, /) -> bool:
        return right in self.rights


BINH, AN = Person(), Person(frozenset({"team.manage"}))


def make_registry(*entries: NavEntry) -> Registry:
    registry = Registry()
    registry.add_group(NavGroup("settings", "Settings", "settings", order=9))
    registry.add_group(NavGroup("sales", "Sales", "bag", order=2))
    registry.add_group(NavGroup("home", "Home", "house", order=1))
    for entry in entries or (SHOP, TEAM, HOME):
        registry.add(entry)
    return registry


def at(path: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    return request


class TestShown:
    def test_groups_come_in_order_and_empty_ones_stay_away(self) -> None:
        shown = make_registry(SHOP, HOME).shown(at("/"), AN)
        assert [group.key for group in shown] == ["home", "sales"]

    def test_entries_without_the_right_are_hidden(self) -> None:
        registry = make_registry()
        assert "settings" not in [group.key for group in registry.shown(at("/"), BINH)]
        assert "settings" in [group.key for group in registry.shown(at("/"), AN)]

    def test_nobody_sees_only_what_is_for_everybody(self) -> None:
        assert [group.key for group in make_registry().shown(at("/"), None)] == ["home", "sales"]

    def test_a_page_that_does_not_exist_is_left_out(self) -> None:
        registry = make_registry(HOME, replace(SHOP, url_name="shop:gone"))
        assert [group.key for group in registry.shown(at("/"), AN)] == ["home"]

    def test_a_group_with_its_own_page_alone_is_a_plain_link(self) -> None:
        home, sales = make_registry(SHOP, HOME).shown(at("/"), AN)
        assert home.single is not None
        assert home.single.href == "/"
        assert sales.single is None

    def test_counts_add_up_in_the_group(self) -> None:
        registry = make_registry(replace(SHOP, count=lambda request: 3))
        registry.add(replace(SHOP, key="other", url_name="home", count=lambda request: 4))
        assert [group.count for group in registry.shown(at("/team/"), AN)] == [7]

    def test_two_entries_of_one_name_are_refused(self) -> None:
        registry = make_registry()
        registry.add(SHOP)
        with pytest.raises(ValueError, match="shop"):
            registry.add(replace(SHOP, label="Other"))


class TestActive:
    def active(self, path: str, registry: Registry) -> list[str]:
        groups = registry.shown(at(path), AN)
        return [entry.key for group in groups for entry in group.entries if entry.on]

    def test_a_page_below_belongs_to_the_entry_that_claims_its_namespace(self) -> None:
        assert self.active("/shop/7/", make_registry()) == ["shop"]

    def test_the_own_page_beats_a_claim(self) -> None:
        registry = make_registry(HOME, SHOP, replace(TEAM, here=("shop:list",)))
        assert self.active("/shop/", registry) == ["shop"]

    def test_a_named_page_beats_a_namespace(self) -> None:
        registry = make_registry(SHOP, replace(TEAM, here=("shop:item",)))
        assert self.active("/shop/7/", registry) == ["team"]

    def test_nothing_is_active_elsewhere(self) -> None:
        assert self.active("/ui/", make_registry()) == []


def test_places_leave_out_what_cannot_be_reached() -> None:
    registry = Registry()
    registry.set_place("home", "home")
    registry.set_place("sign_out", "/accounts/logout/")
    registry.set_place("notices", "nowhere")
    assert registry.places() == {"home": "/", "sign_out": "/accounts/logout/"}


class TestFrame:
    def frame(self, **given: object) -> Frame:
        request = at("/")
        request.__dict__.update(given)
        return Frame(request)

    def test_the_switcher_knows_where_one_is(self) -> None:
        shops = [SimpleNamespace(name="Trà Sen", slug="tra-sen"), SimpleNamespace(name="Mộc", slug="moc")]
        frame = self.frame(workspace=shops[0], workspaces=lambda: shops)
        assert [(door.href, door.here) for door in frame.workspaces] == [
            ("/w/tra-sen/", True),
            ("/w/moc/", False),
        ]

    def test_nobody_has_no_workspaces(self) -> None:
        assert self.frame().workspaces == []

    @pytest.mark.parametrize(
        ("cookie", "theme", "name"),
        [
            ("dark", "dark", "quen-dark"),
            ("light", "light", "quen-light"),
            ("pink", "auto", ""),
            ("", "auto", ""),
        ],
    )
    def test_the_theme_comes_from_the_cookie(self, cookie: str, theme: str, name: str) -> None:
        frame = self.frame(COOKIES={"theme": cookie})
        assert (frame.theme, frame.data_theme) == (theme, name)
