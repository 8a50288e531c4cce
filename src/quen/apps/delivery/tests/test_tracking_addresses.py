"""Tracking URLs cannot be forged, and rewritten mails keep their shape."""

from __future__ import annotations

import pickle
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.delivery.rules.tracking import TrackedMessage, Tracker, read_click, read_open

KEY = b"k" * 32
TRACKER = Tracker("https://quen.example", 7, KEY)
TOKEN = TRACKER.token(5)
SHOP = "https://trasen.example/tra?loai=sen&cỡ=lớn"


def token(address: str) -> str:
    """Return the token in a URL."""
    return urlsplit(address).path.split("/")[2].removesuffix(".gif")


class TestTokens:
    @given(workspace=st.integers(1, 2**62), message=st.integers(1, 2**62), url=st.text(max_size=60))
    def test_roundtrip(self, workspace: int, message: int, url: str) -> None:
        tracker = Tracker("https://q.example", workspace, KEY)
        assert read_open(KEY, token(tracker.open_url(tracker.token(message)))) == TrackedMessage(
            workspace, message
        )
        clean = "https://a.vn/" + "".join(letter for letter in url if letter > " " and letter != "\x7f")
        made = tracker.click_url(tracker.token(message), clean) if clean.isprintable() else None
        if made is not None:
            assert parse_qs(urlsplit(made).query)["u"] == [clean]
            assert read_click(KEY, token(made), clean) == TrackedMessage(workspace, message)

    def test_a_signature_is_valid_for_its_own_url_only(self) -> None:
        made = token(TRACKER.click_url(TOKEN, SHOP))
        assert read_click(KEY, made, SHOP + "x") is None
        assert read_click(KEY, made, "https://evil.example/") is None
        assert read_open(KEY, made) is None
        assert read_click(KEY, token(TRACKER.open_url(TOKEN)), SHOP) is None
        stranger = Tracker("https://quen.example", 8, KEY)
        assert read_click(KEY, token(TRACKER.click_url(stranger.token(5), SHOP)), SHOP) is None
        assert read_open(b"another key".ljust(32), token(TRACKER.open_url(TOKEN))) is None

    @given(st.text(max_size=40))
    def test_refuses_made_up_tokens(self, made_up: str) -> None:
        assert read_open(KEY, made_up) is None
        assert read_click(KEY, made_up, SHOP) is None

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "//evil.example", "https://a.vn/\r\nX: y", "ftp://a.vn"]
    )
    def test_only_web_addresses_are_redirected_to(self, url: str) -> None:
        assert read_click(KEY, token(TRACKER.click_url(TOKEN, url)), url) is None


class TestRewrite:
    def test_rewrites_web_links_and_adds_the_pixel(self) -> None:
        html = f'<html><body><A class="x" HREF="{SHOP.replace("&", "&amp;")}">Trà</A></body></html>'
        made = TRACKER.add_open_pixel(TRACKER.rewrite_links(html, TOKEN), TOKEN)
        link, image = TRACKER.click_url(TOKEN, SHOP), TRACKER.open_url(TOKEN)
        assert unescape(made).count(link) == 1
        assert made.startswith('<html><body><A class="x" HREF="https://quen.example/c/')
        assert f'<img src="{image}" width="1" height="1" alt=""' in made
        assert made.endswith("</body></html>")

    @pytest.mark.parametrize(
        "href",
        [
            "mailto:a@b.vn",
            "tel:+84901234567",
            "#top",
            "https://quen.example/u/abc/",
            "https://left.example/",
            "/x",
        ],
    )
    def test_leaves_other_links_alone(self, href: str) -> None:
        html = f'<a href="{href}">x</a><link href="https://a.vn/x.css"><a data-href="https://a.vn/">y</a>'
        bare = Tracker("https://quen.example", 7, KEY, opens=False)
        assert bare.rewrite_links(html, TOKEN, exclude=["https://left.example/"]) == html

    def test_changes_nothing_when_off(self) -> None:
        html = '<body><a href="https://a.vn/">x</a></body>'
        off = Tracker("https://q.example", 7, KEY, opens=False, clicks=False)
        assert off.add_open_pixel(off.rewrite_links(html, TOKEN), TOKEN) == html

    def test_travels_to_another_process_and_hides_its_key(self) -> None:
        assert pickle.loads(pickle.dumps(TRACKER)) == TRACKER  # noqa: S301  # ours
        assert "kkk" not in repr(TRACKER)
