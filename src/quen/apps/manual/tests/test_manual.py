"""The manual's pages, links and search."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH

from quen.apps.manual import queries, registry
from quen.apps.manual.rendering import anchor_of, render
from quen.config.manifests import manifests

HERE = "/w/tra-sen/help/"
LINK = re.compile(r'href="([^"]*)"')


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


class TestPages:
    @pytest.mark.parametrize("language", queries.LANGUAGES)
    def test_every_link_between_pages_leads_to_a_heading_that_exists(self, language: str) -> None:
        anchors = {
            page.key: {section.anchor for section in queries.rendered(page, language).sections}
            for page in registry.PAGES
        }
        for page in registry.PAGES:
            for link in map(unescape, LINK.findall(queries.rendered(page, language).html)):
                if link.startswith(("https://", "http://")):
                    continue
                target, _hash, anchor = link.partition("#")
                key = target.strip("./") or page.key
                assert key in anchors, f"{page.key}: {link}"
                assert not anchor or anchor in anchors[key], f"{page.key}: {link}"

    @pytest.mark.parametrize("language", queries.LANGUAGES)
    def test_both_languages_have_every_page_with_a_title(self, language: str) -> None:
        titles = [title for _page, title in queries.titles(language)]
        assert len(set(titles)) == len(registry.PAGES)
        assert all(titles)

    def test_every_page_with_navigation_has_a_page_of_the_manual(self) -> None:
        without = [
            app.name for app, manifest in manifests() if manifest.navigation and not manifest.manual_page
        ]
        assert without == []


class TestRendering:
    def test_html_in_a_file_is_shown_as_text(self) -> None:
        page = render(
            "# A\n\n<script>alert(1)</script> & [x](javascript:alert)\n",
            registry.PAGES[0],
            url_of=lambda _url: None,
        )
        assert "<script" not in page.html
        assert "href" not in page.html

    def test_headings_of_the_same_words_get_different_anchors(self) -> None:
        page = render("# A\n\n## Gửi thử\n\n## Gửi thử\n", registry.PAGES[0], url_of=lambda _url: None)
        assert [section.anchor for section in page.sections] == ["", "gửi-thử", "gửi-thử-1"]

    def test_anchors_are_those_of_the_repository(self) -> None:
        assert anchor_of("Thẻ trộn (merge tags)") == "thẻ-trộn-merge-tags"


class TestSearch:
    def test_finds_words_without_marks_best_section_first(self) -> None:
        hits = queries.search("PHAN KHUC", "vi")
        assert hits[0].section.page.key == "segments"

    def test_every_word_must_be_found(self) -> None:
        assert queries.search("phân khúc zzzz", "vi") == []
        assert queries.search("   ", "vi") == []

    def test_shows_the_text_around_the_word(self) -> None:
        excerpts = [hit.excerpt for hit in queries.search("tcvn3", "en")]
        assert any("TCVN3" in excerpt for excerpt in excerpts)
        assert all(len(excerpt) < 200 for excerpt in excerpts)


@pytest.mark.django_db
class TestScreens:
    def test_help_opens_the_page_about_the_app_one_is_on(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(BINH)
        answer = client.get(f"{HERE}?about=segments")
        assert answer.status_code == 302
        assert answer["Location"] == f"{HERE}segments/"
        assert f'href="{HERE}?about=segments"' in shown(client, "/w/tra-sen/segments/")

    def test_shows_page_and_search_in_the_readers_language(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        assert "Chiến dịch là một tin gửi một lần" in shown(client, f"{HERE}campaigns/")
        assert "chiến dịch" in shown(client, f"{HERE}?q=chien+dich").lower()
        assert "Không có gì về “zzzz”" in shown(client, f"{HERE}?q=zzzz")

    def test_an_unknown_page_and_a_stranger_get_404(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        assert client_of(AN).get(f"{HERE}nonsense/").status_code == 404
        assert Client().get(f"{HERE}campaigns/").status_code in (302, 404)
