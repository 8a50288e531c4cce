"""What a User-Agent header says, for people."""

from __future__ import annotations

import pytest
from django.utils import translation

from quen.core.user_agents import describe

_ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_ENGINE} Chrome/131.0.0.0 Safari/537.36"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
_ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (_CHROME, "Chrome trên Windows"),
        (f"{_CHROME} Edg/131.0.0.0", "Edge trên Windows"),
        (_CHROME.replace("Chrome/", "coc_coc_browser/120 Chrome/"), "Cốc Cốc trên Windows"),
        (f"{_IPHONE} Mobile/15E148 Safari/604.1", "Safari trên iPhone"),
        (
            f"{_ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            "Samsung Internet trên Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox trên Linux"),
        ("curl/8.9.1", "curl"),
        ("Máy tính của An", "Máy tính của An"),
        ("", ""),
    ],
)
def test_names_browser_and_system(header: str, text: str) -> None:
    with translation.override("vi"):
        assert describe(header) == text
