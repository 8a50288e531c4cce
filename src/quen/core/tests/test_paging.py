"""Pages by keyset: every row once, in order, both ways, whatever the cursor says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st

from quen.core import paging
from quen.core.paging import NEWEST_FIRST, Cursor, Page, Sort, SortColumn

pytestmark = pytest.mark.django_db
BY_NAME = Sort("name", SortColumn("name", paging.word))


def users(names: list[str]) -> Any:
    model: Any = get_user_model()
    made = [
        model.objects.create(email=f"p{number}@paging.example", name=name)
        for number, name in enumerate(names)
    ]
    return model.objects.filter(pk__in=[each.pk for each in made])


def walk(found: Any, sort: Sort, size: int) -> list[Page[Any]]:
    pages = [paging.paginate(found, sort=sort, size=size)]
    while pages[-1].next:
        pages.append(paging.paginate(found, sort=sort, size=size, after=str(pages[-1].next)))
    return pages


@pytest.mark.parametrize("sort", [BY_NAME, Sort("name", BY_NAME.by, descending=True), NEWEST_FIRST])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_shows_every_row_once_with_ties_and_its_position(sort: Sort, size: int) -> None:
    found = users(["b", "a", "b", "b", "c", "a", "b"])
    pages = walk(found, sort, size)
    rows = [row for page in pages for row in page.rows]
    expected = sorted(
        found, key=lambda row: (row.pk if sort is NEWEST_FIRST else row.name, row.pk), reverse=sort.descending
    )
    assert rows == expected
    assert [page.first for page in pages] == list(range(1, 8, size))
    assert pages[-1].last == 7


def test_leads_back_the_way_it_came() -> None:
    found = users(["a", "b", "b", "b", "c"])
    forth = walk(found, BY_NAME, 2)
    back = [forth[-1]]
    while back[-1].previous:
        back.append(paging.paginate(found, sort=BY_NAME, size=2, before=str(back[-1].previous)))
    assert [page.rows for page in reversed(back)] == [page.rows for page in forth]
    assert back[-1].first == 1
    assert back[-1].previous is None


def test_an_empty_list_has_no_neighbours() -> None:
    page = paging.paginate(users([]), sort=BY_NAME)
    assert (page.rows, page.last, page.previous, page.next) == ((), 0, None, None)
    assert page.links([("q", "x")]) == {"previous": "", "next": ""}


def test_links_keep_what_the_address_says() -> None:
    page = paging.paginate(users(["a", "b"]), sort=BY_NAME, size=1)
    assert page.links([("q", "trà & sen")])["next"].startswith("?q=tr%C3%A0+%26+sen&after=")


@given(raw=st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_cursor_or_none(raw: str) -> None:
    assert Cursor.read(raw, BY_NAME) is None or isinstance(Cursor.read(raw, BY_NAME), Cursor)


@pytest.mark.parametrize(
    "raw",
    [
        "bnVsbA",
        "W10",
        "WyJhIiwtMSwxXQ",
        "WyJhIiwiOTk5OTk5OTk5OTk5OTk5OTk5OTkiLDFd",
        "[" * 3000,
        str(Cursor("x", 1, 1)) + "!",
    ],
)
def test_a_broken_cursor_shows_the_first_page(raw: str) -> None:
    found = users(["a", "b"])
    assert [row.name for row in paging.paginate(found, sort=BY_NAME, after=raw).rows] == ["a", "b"]


def test_a_cursor_of_another_sort_is_none() -> None:
    by_instant = Sort("at", SortColumn("at", paging.instant))
    assert Cursor.read(str(Cursor("not a date", 1, 1)), by_instant) is None


class TestSort:
    def test_reads_what_it_writes_and_nothing_else(self) -> None:
        columns = {"name": BY_NAME.by}
        assert str(Sort.read("-name", columns)) == "-name"
        assert Sort.read("phone", columns) is None
        assert Sort.read(None, columns) is None
