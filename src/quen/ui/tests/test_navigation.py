"""The sidebar shows what exists and is permitted, and marks the active entry."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve
from django.utils import translation

from quen.ui.context import Layout
from quen.ui.nav import NavEntry, NavGroup, NavRegistry

pytestmark = pytest.mark.urls("quen.ui.tests.urls")
SHOP = NavEntry(
    "shop", "Shop", "store", "shop:list", group="sales", order=1, active_for=("shop:",), mobile=True
)
TEAM = NavEntry("team", "Team", "users", "team", group="settings", order=1, right="team.manage", shortcut="t")
HOME = NavEntry("home", "Home", "house", "home", group="home", order=1)


@dataclass(frozen=True)
class FakeMember:
    rights: frozenset[str] = frozenset()

    def can(self, right: str, /) -> bool:
        return right in self.rights


BINH, AN = FakeMember(), FakeMember(frozenset({"team.manage"}))


def make_registry(*entries: NavEntry) -> NavRegistry:
    registry = NavRegistry()
    registry.add_group(NavGroup("settings", "Settings", "settings", order=9))
    registry.add_group(NavGroup("sales", "Sales", "shopping-bag", order=2))
    registry.add_group(NavGroup("home", "Home", "house", order=1))
    for entry in entries or (SHOP, TEAM, HOME):
        registry.add(entry)
    return registry


def at(path: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    return request


class TestVisibleGroups:
    def test_groups_are_ordered_and_empty_ones_hidden(self) -> None:
        groups = make_registry(SHOP, HOME).visible_groups(at("/"), AN)
        assert [group.key for group in groups] == ["home", "sales"]

    def test_entries_without_the_right_are_hidden(self) -> None:
        registry = make_registry()
        assert "settings" not in [group.key for group in registry.visible_groups(at("/"), BINH)]
        assert "settings" in [group.key for group in registry.visible_groups(at("/"), AN)]

    def test_without_a_member_only_entries_without_a_right_are_shown(self) -> None:
        assert [group.key for group in make_registry().visible_groups(at("/"), None)] == ["home", "sales"]

    def test_a_page_that_does_not_exist_is_left_out(self) -> None:
        registry = make_registry(HOME, replace(SHOP, url_name="shop:gone"))
        assert [group.key for group in registry.visible_groups(at("/"), AN)] == ["home"]

    def test_a_group_with_its_own_page_alone_is_a_plain_link(self) -> None:
        home, sales = make_registry(SHOP, HOME).visible_groups(at("/"), AN)
        assert home.single_entry is not None
        assert home.single_entry.href == "/"
        assert sales.single_entry is None

    def test_counts_add_up_in_the_group(self) -> None:
        registry = make_registry(replace(SHOP, count=lambda request: 3))
        registry.add(replace(SHOP, key="other", url_name="home", count=lambda request: 4))
        assert [group.count for group in registry.visible_groups(at("/team/"), AN)] == [7]

    def test_two_entries_of_one_name_are_refused(self) -> None:
        registry = make_registry()
        registry.add(SHOP)
        with pytest.raises(ValueError, match="shop"):
            registry.add(replace(SHOP, label="Other"))


class TestActive:
    def active(self, path: str, registry: NavRegistry) -> list[str]:
        groups = registry.visible_groups(at(path), AN)
        return [entry.key for group in groups for entry in group.entries if entry.active]

    def test_a_page_belongs_to_the_entry_active_for_its_namespace(self) -> None:
        assert self.active("/shop/7/", make_registry()) == ["shop"]

    def test_the_own_page_beats_active_for(self) -> None:
        registry = make_registry(HOME, SHOP, replace(TEAM, active_for=("shop:list",)))
        assert self.active("/shop/", registry) == ["shop"]

    def test_a_named_page_beats_a_namespace(self) -> None:
        registry = make_registry(SHOP, replace(TEAM, active_for=("shop:item",)))
        assert self.active("/shop/7/", registry) == ["team"]

    def test_nothing_is_active_elsewhere(self) -> None:
        assert self.active("/ui/", make_registry()) == []


def test_links_leave_out_what_cannot_be_resolved() -> None:
    registry = NavRegistry()
    registry.set_link("home", "home")
    registry.set_link("sign_out", "/accounts/logout/")
    registry.set_link("notifications", "nowhere")
    assert registry.links() == {"home": "/", "sign_out": "/accounts/logout/"}


class TestLayout:
    def layout(self, **attributes: object) -> Layout:
        request = at("/")
        request.__dict__.update(attributes)
        return Layout(request)

    def test_the_switcher_marks_the_current_workspace(self) -> None:
        shops = [SimpleNamespace(name="Trà Sen", slug="tra-sen"), SimpleNamespace(name="Mộc", slug="moc")]
        layout = self.layout(workspace=shops[0], workspaces=lambda: shops)
        assert [(link.href, link.current) for link in layout.workspaces] == [
            ("/w/tra-sen/", True),
            ("/w/moc/", False),
        ]

    def test_an_anonymous_visitor_has_no_workspaces(self) -> None:
        assert self.layout().workspaces == ()

    def test_its_parts_follow_the_page_the_counts_and_the_workspaces(self) -> None:
        def parts(path: str, count: int, *names: str) -> str:
            registry = make_registry(replace(SHOP, count=lambda _request: count), HOME)
            layout = self.layout(workspaces=[SimpleNamespace(name=name, slug="a") for name in names])
            layout.nav_groups = registry.visible_groups(at(path), AN)
            return str(layout.places + layout.all_places + layout.phone_places + layout.workspace_list)

        first = parts("/", 3, "Trà Sen")
        assert ">3<" in first
        assert "Trà Sen" in first
        assert parts("/", 3, "Trà Sen") == first
        other = parts("/shop/", 4, "Mộc & Co")
        assert ">4<" in other
        assert "Mộc &amp; Co" in other
        assert ">3<" not in other
        assert other.count('aria-current="page"') == first.count('aria-current="page"') + 1

    @pytest.mark.parametrize("part", ["workspace_list", "command_palette", "all_places"])
    def test_its_parts_are_written_in_each_language(self, part: str) -> None:
        texts: dict[str, str] = {}
        for language in ("vi", "en", "vi"):
            with translation.override(language):
                layout = self.layout(workspaces=[SimpleNamespace(name="Trà Sen", slug="tra-sen")])
                text = str(getattr(layout, part))
            assert texts.setdefault(language, text) == text
        assert texts["vi"] != texts["en"]

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
        layout = self.layout(COOKIES={"theme": cookie})
        assert (layout.theme, layout.data_theme) == (theme, name)
