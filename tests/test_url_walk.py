"""Every URL: strangers see nothing, members only what their role permits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from quen.apps.team.registry import role_has
from quen.apps.team.types import Role
from tests.cast import BINH, CHI, TRA_SEN

#: pages that anybody may open, with the reason
OPEN_TO_ALL = {
    "home": "sends everybody on",
    "language": "also for those who are not signed in yet",
    "theme": "also for those who are not signed in yet",
    "sign_in_link": "the token is the permission",
    "invitation": "the token is the permission",
    "confirm_email": "the token is the permission",
    "unsubscribe": "the token is the permission",
    "unsubscribe_one_click": "the token is the permission",
    "unsubscribe_keep": "the token is the permission",
    "unsubscribe_undo": "the token is the permission",
    "unsubscribe_resubscribe": "the token is the permission",
    "unsubscribe_unblock": "the token is the permission",
    "unsubscribe_details": "the token is the permission",
    "unsubscribe_choose": "the token is the permission",
    "unsubscribe_block": "the token is the permission",
    "unsubscribe_uses": "the token is the permission",
    "unsubscribe_ask": "the token is the permission",
    "unsubscribe_address": "the token is the permission",
    "unsubscribe_address_code": "the token is the permission",
    "signup_confirm": "the token is the permission",
    "signup_form": "a form for everybody",
    "signup_thanks": "a form for everybody",
    "signup_again": "a form for everybody",
    "signup_time": "an instant",
    "signup_embed": "the script of a form",
    "account_login": "signing in",
    "account_logout": "sends those who are not signed in to signing in",
    "account_inactive": "told before signing in",
    "account_reset_password": "for those who can't sign in",
    "account_reset_password_done": "for those who can't sign in",
    "account_reset_password_from_key": "the key is the permission",
    "account_reset_password_from_key_done": "for those who can't sign in",
}
FORBIDDEN = 403
CSRF_TOKENS = r'"X-CSRFToken": "\w+"|name="csrfmiddlewaretoken" value="\w+"'


def urls(urlconf: str) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield name, path with sample values, and view of each pattern."""
    yield from _walk_resolver(get_resolver(urlconf), "", "")


def _walk_resolver(
    resolver: URLResolver, prefix: str, space: str
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for entry in resolver.url_patterns:
        path = prefix + _sample(entry)
        if isinstance(entry, URLResolver):
            yield from _walk_resolver(entry, path, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            yield f"{space}{entry.name}", path, entry.callback


def _sample(entry: URLPattern | URLResolver) -> str:
    pattern = entry.pattern
    path = str(pattern)
    for name, converter in pattern.converters.items():
        kind = next(word for word in path.split("<") if word.split(">")[0].endswith(name)).split(">")[0]
        path = path.replace(f"<{kind}>", "1" if isinstance(converter, IntConverter) else "x")
    return "password/reset/key/1-x/" if "uidb36" in path else path


WORKSPACE = list(urls(settings.WORKSPACE_URLCONF))
PUBLIC = list(urls(settings.ROOT_URLCONF))
METHODS = ("get", "post")


def request(client: Client, method: str, path: str) -> Any:
    return getattr(client, method)(path)


class TestWorkspaceUrls:
    def test_every_view_names_its_right(self) -> None:
        assert WORKSPACE
        assert [name for name, _path, view in WORKSPACE if not getattr(view, "guarded", False)] == []

    @pytest.mark.django_db
    def test_chi_finds_nothing_in_a_workspace_of_others(self, client_of: Callable[[str], Client]) -> None:
        chi = client_of(CHI)
        answers = {
            (method, path): request(chi, method, f"/w/{TRA_SEN}/{path}").status_code
            for _name, path, _view in WORKSPACE
            for method in METHODS
        }
        assert {key: status for key, status in answers.items() if status != 404} == {}

    @pytest.mark.django_db
    def test_chi_gets_the_same_answer_for_a_workspace_that_does_not_exist(
        self, client_of: Callable[[str], Client]
    ) -> None:
        chi = client_of(CHI)
        answers = [chi.get(f"/w/{slug}/") for slug in (TRA_SEN, "khong-co")]
        assert [answer.status_code for answer in answers] == [404, 404]
        # Forms contain a CSRF token, which always differs, and the current path.
        theirs, nobodys = (
            re.sub(rf"{CSRF_TOKENS}|/w/{slug}/", "", answer.content.decode())
            for answer, slug in zip(answers, (TRA_SEN, "khong-co"), strict=True)
        )
        assert theirs == nobodys

    @pytest.mark.django_db
    def test_who_has_not_signed_in_is_sent_to_sign_in(self) -> None:
        for _name, path, _view in WORKSPACE:
            for method in METHODS:
                answer = request(Client(), method, f"/w/{TRA_SEN}/{path}")
                assert answer.status_code == 302, path
                assert answer["Location"].startswith(settings.LOGIN_URL), path

    @pytest.mark.django_db
    def test_binh_is_refused_what_a_viewer_may_not_do(self, client_of: Callable[[str], Client]) -> None:
        binh = client_of(BINH)
        forbidden = [
            (name, path)
            for name, path, view in WORKSPACE
            if (right := getattr(view, "right", None)) is not None and not role_has(Role.VIEWER, right)
        ]
        assert forbidden
        for name, path in forbidden:
            for method in METHODS:
                answer = request(binh, method, f"/w/{TRA_SEN}/{path}")
                assert answer.status_code == FORBIDDEN, (name, method)
                assert "An" in answer.content.decode(), (name, method)


class TestPublicUrls:
    @pytest.mark.django_db
    def test_pages_are_listed_as_open_or_ask_to_sign_in(self) -> None:
        for name, path, _view in PUBLIC:
            if name in OPEN_TO_ALL or name.startswith(("ui:", "api_")):  # keys: apps/api/tests
                continue
            for method in METHODS:
                answer = request(Client(), method, f"/{path}")
                assert answer.status_code == 302, (name, method)
                assert answer["Location"].startswith(settings.LOGIN_URL), (name, method)

    @pytest.mark.django_db
    def test_the_gallery_is_closed_to_strangers(self) -> None:
        for name, path, _view in PUBLIC:
            if name.startswith("ui:"):
                assert Client().get(f"/{path}".replace("/x/", "/404/")).status_code in (404, 405), name

    def test_no_open_page_is_listed_that_does_not_exist(self) -> None:
        assert OPEN_TO_ALL.keys() - {name for name, _path, _view in PUBLIC} == set()

    def test_nobody_can_sign_up_or_reach_what_we_do_not_offer(self) -> None:
        offered = {path for _name, path, _view in PUBLIC if path.startswith("accounts/")}
        unwanted = (
            "accounts/signup/",
            "accounts/email/",
            "accounts/confirm-email/",
            "accounts/reauthenticate/",
        )
        assert not offered & set(unwanted)
