"""The pages of a form know which of them is shown, and what there is to publish."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, TRA_SEN

from quen.apps.signup.tests.factories import make_form

pytestmark = pytest.mark.django_db

_MARKED = re.compile(r'class="tab"\s+href="([^"]+)"\s+aria-current="page"')


class TestPagesOfAForm:
    @pytest.mark.parametrize("path", ["report/", "submissions/"])
    def test_the_one_that_is_shown_is_marked(
        self, workspace: Any, client_of: Callable[[str], Client], path: str
    ) -> None:
        base = f"/w/{TRA_SEN}/forms/{make_form().pk}/"
        assert _MARKED.findall(client_of(AN).get(f"{base}{path}").content.decode()) == [f"{base}{path}"]

    def test_publishing_is_offered_when_something_changed(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        base = f"/w/{TRA_SEN}/forms/{make_form().pk}/"
        client = client_of(AN)
        assert "publication/" not in client.get(base).content.decode()
        client.post(
            f"{base}parts/text/", {"title_vi": "Quà mới", "button_vi": "Gửi"}, headers={"hx-request": "true"}
        )
        assert "publication/" in client.get(base).content.decode()
