"""The command palette finds pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.cast import AN, BINH, TRA_SEN

pytestmark = pytest.mark.django_db


class TestCommandPalette:
    def test_finds_pages_without_accents(self, client_of: Callable[[str], Client]) -> None:
        found = client_of(AN).get(f"/w/{TRA_SEN}/command-palette/", {"q": "nguoi dung"}).json()
        assert found[0]["title"] == "Người dùng"
        assert found[0]["href"] == f"/w/{TRA_SEN}/team/"

    def test_finds_only_pages_the_member_may_open(self, client_of: Callable[[str], Client]) -> None:
        query = {"q": "nhat ky"}
        assert client_of(AN).get(f"/w/{TRA_SEN}/command-palette/", query).json()
        assert client_of(BINH).get(f"/w/{TRA_SEN}/command-palette/", query).json() == []

    def test_leaves_out_pages_the_sidebar_already_has(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).get(
            f"/w/{TRA_SEN}/command-palette/", {"q": "nguoi dung"}, headers={"HX-Request": "true"}
        )
        assert answer.json() == []

    def test_finds_nothing_for_an_empty_query(self, client_of: Callable[[str], Client]) -> None:
        assert client_of(AN).get(f"/w/{TRA_SEN}/command-palette/", {"q": " "}).json() == []
