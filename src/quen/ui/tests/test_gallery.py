"""The gallery shows every component, to signed-in users and in debug mode."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory
from pytest_django import Settings

from quen.ui import gallery
from quen.ui.library import register
from quen.ui.templatetags import ui

pytestmark = pytest.mark.urls("quen.ui.tests.urls")


def test_is_not_found_for_anonymous_visitors(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(Http404):
        gallery.gallery(RequestFactory().get("/ui/"))


def test_shows_every_component() -> None:
    text = (Path(gallery.__file__).parent / "templates/ui/gallery.html").read_text(encoding="utf-8")
    assert ui.register is register
    tags = {name for name in register.tags if not name.startswith("end")}
    missing = sorted(name for name in tags if f"{{% {name} " not in text and f"{{% {name} %}}" not in text)
    assert missing == []


def test_is_shown_to_a_signed_in_user(settings: Settings) -> None:
    settings.DEBUG = False
    request: Any = RequestFactory().get("/ui/")
    request.user = SimpleNamespace(is_authenticated=True, email="an@example.com")
    response = gallery.gallery(request)
    assert response.status_code == 200
    assert response.content.decode().count("<dialog") >= 4
