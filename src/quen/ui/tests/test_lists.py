"""Lists described as data: what a table, its cells and its empty state render."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from quen.ui.gallery import sample_list
from quen.ui.lists import CELLS, MIN_WIDTHS, Column, EmptyState, ListTable, Row, StatusLabel, Title

EVIL = "<u>&\"'"
NAME = Column("name", "Name", "title", sort="name", phone="title")
SPENT = Column("spent", "Spent", "money", sort="spent", descending_first=True, phone="side", unit="₫")
EMPTY = EmptyState("Nobody yet", text="Add one.", picture="people")


def make_table(*rows: Row, **changes: Any) -> ListTable:
    return replace(ListTable("Customers", [NAME, SPENT], rows, EMPTY), **changes)


def render(table: ListTable, query: str = "") -> str:
    context = Context({"table": table, "request": RequestFactory().get(f"/?{query}")})
    return Template("{% load ui %}{% ui_list table %}").render(context)


class TestRows:
    def test_a_row_links_its_title_and_carries_its_keys(self) -> None:
        row = Row(
            [Title("Vy", note="VIP", avatar=True), 18_640_000], key=7, name="Vy", href="/7/", drawer="/7/d/"
        )
        text = render(make_table(row))
        assert 'data-row="7"' in text and 'data-drawer="/7/d/"' in text
        assert 'href="/7/">Vy</a>' in text and "VIP" in text
        assert "18.640.000" in text and ">&nbsp;₫<" in text

    def test_every_kind_of_cell_is_in_the_gallery(self) -> None:
        assert {column.cell for column in sample_list().columns} == set(CELLS)

    def test_user_input_is_escaped(self) -> None:
        columns = [
            NAME,
            *(
                Column(cell, EVIL, cell)
                for cell in ("text", "note", "state", "badge", "tags", "number", "phone")
            ),
        ]
        cells = [
            Title(EVIL, note=EVIL),
            EVIL,
            EVIL,
            StatusLabel(EVIL),
            StatusLabel(EVIL),
            [EVIL, EVIL, EVIL],
            EVIL,
            EVIL,
        ]
        table = ListTable(EVIL, columns, [Row(cells, key=1, name=EVIL, href=EVIL)], EMPTY, selectable=True)
        assert "<u>" not in render(table)

    def test_actions_have_a_column_of_their_own(self) -> None:
        text = render(make_table(Row(["Vy", 1], actions=mark_safe("<button>Go</button>")), Row(["An", 2])))
        assert "<button>Go</button>" in text
        assert text.count('data-phone="wide"') == 2

    def test_checkboxes_only_where_rows_can_be_selected(self) -> None:
        row = Row(["Vy", 1], key=7, name="Vy")
        assert 'name="ids"' in render(make_table(row, selectable=True))
        assert 'name="ids"' not in render(make_table(row))


class TestHead:
    def test_headers_sort_and_keep_the_filters(self) -> None:
        text = render(make_table(Row(["Vy", 1]), sort="-spent"), "q=vy&after=abc")
        assert "?q=vy&amp;sort=name" in text and "?q=vy&amp;sort=spent" in text
        assert 'aria-sort="descending"' in text

    def test_a_cell_for_phones_has_no_header_on_desktop(self) -> None:
        counts = Column("counts", "Counts", "note", phone="wide")
        text = render(make_table(Row(["Vy", 1, "3 new"]), columns=[NAME, SPENT, counts]))
        assert text.count('data-phone="wide"') == 2

    def test_a_target_swaps_the_list_in_place(self) -> None:
        text = render(make_table(Row(["Vy", 1]), target="#listing", pager={"next": "?after=x"}))
        assert text.count('hx-target:inherited="#listing"') == 2


class TestEmpty:
    def test_shows_the_empty_state_instead_of_a_table(self) -> None:
        text = render(make_table())
        assert "Nobody yet" in text and "<table" not in text


class TestPager:
    def test_there_is_none_for_a_single_page_without_numbers(self) -> None:
        assert "rows-pager" not in render(make_table(Row(["Vy", 1]), pager={"previous": "", "next": ""}))


class TestColumn:
    def test_refuses_an_unknown_cell_and_width(self) -> None:
        with pytest.raises(ValueError, match="elephant"):
            Column("x", "X", "elephant")
        with pytest.raises(ValueError, match="25 rem"):
            Column("x", "X", min_width=25)

    def test_every_width_has_a_container_query(self) -> None:
        root = Path(__file__).resolve().parents[4]
        css = (root / "frontend/src/css/lists.css").read_text(encoding="utf-8")
        assert [width for width in MIN_WIDTHS if f'data-min-width="{width}"' not in css] == []
