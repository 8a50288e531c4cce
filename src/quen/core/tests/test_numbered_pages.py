"""Pages by number of a list in memory: every row on one page, neighbours where there are some."""

from __future__ import annotations

import pytest

from quen.core.paging import NumberedPage


class TestNumberedPage:
    def test_every_row_is_on_one_page(self) -> None:
        pages = [NumberedPage.of(range(7), number, 3) for number in (1, 2, 3)]
        assert [page.rows for page in pages] == [(0, 1, 2), (3, 4, 5), (6,)]
        assert [(page.first, page.last) for page in pages] == [(1, 3), (4, 6), (7, 7)]

    @pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-4, 1), (9, 3)])
    def test_a_page_that_is_not_there_is_the_nearest(self, asked: int, shown: int) -> None:
        assert NumberedPage.of(range(7), asked, 3).number == shown

    def test_links_lead_to_neighbours_and_keep_the_search(self) -> None:
        query = [("q", "trà sữa")]
        first, second, last = (NumberedPage.of(range(7), number, 3).links(query) for number in (1, 2, 3))
        assert (first["previous"], first["next"]) == ("", "?q=tr%C3%A0+s%E1%BB%AFa&page=2")
        assert (second["previous"], second["next"]) == (
            "?q=tr%C3%A0+s%E1%BB%AFa&page=1",
            "?q=tr%C3%A0+s%E1%BB%AFa&page=3",
        )
        assert last["next"] == ""

    def test_nothing_at_all(self) -> None:
        page = NumberedPage.of(range(0), 1, 3)
        assert (page.rows, page.first, page.last, page.total) == ((), 0, 0, 0)
        assert page.links([])["next"] == ""
