"""Charts described as data: the table, the data for the script, the empty state."""

import json
import re
from dataclasses import replace

import pytest
from django.template import Context, Template
from django.utils import translation

from quen.ui.charts import Chart, ChartKind, Colour, Series
from quen.ui.gallery import sample_charts

CHART = Chart(
    ChartKind.BARS,
    "Opened by day",
    "Day",
    ["01/10/2026", "02/10/2026"],
    [Series("Opened", [1204, None]), Series("Sent", [2000, 0], Colour.REST)],
    empty="Nothing yet.",
)


def render(chart: Chart) -> str:
    return Template("{% load ui %}{% ui_chart chart %}").render(Context({"chart": chart}))


def data_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    loaded: dict[str, object] = json.loads(found[1])
    return loaded


class TestTable:
    def test_has_every_value_in_the_format_of_the_language(self) -> None:
        text = render(CHART)
        assert "1.204" in text and "2.000" in text and "–" in text
        with translation.override("en"):
            assert "1,204" in render(CHART)

    def test_writes_units(self) -> None:
        assert "41,2%" in render(replace(CHART, unit="percent", series=[Series("Opened", [41.2, 3])]))
        assert "41\u00a0₫" in render(replace(CHART, unit="₫", series=[Series("Revenue", [41, 3])]))


class TestData:
    def test_is_what_the_script_reads(self) -> None:
        data = data_of(render(CHART))
        assert data["categories"] == ["01/10/2026", "02/10/2026"]
        assert data["series"] == [
            {"name": "Opened", "values": [1204.0, None], "colour": "mark"},
            {"name": "Sent", "values": [2000.0, 0.0], "colour": "mark-rest"},
        ]

    def test_user_input_can_not_end_the_script(self) -> None:
        text = render(replace(CHART, categories=["</script><u>", "b"]))
        assert "<u>" not in text


class TestEmpty:
    def test_shows_the_empty_state_when_all_values_are_zero_or_missing(self) -> None:
        text = render(replace(CHART, series=[Series("Opened", [0, None])]))
        assert "Nothing yet." in text and "data-chart" not in text


class TestChart:
    def test_refuses_series_that_do_not_fit(self) -> None:
        with pytest.raises(ValueError, match="2 values"):
            replace(CHART, series=[Series("Opened", [1])])
        with pytest.raises(ValueError, match="one series"):
            replace(CHART, kind=ChartKind.FUNNEL)

    def test_every_kind_is_in_the_gallery(self) -> None:
        assert {chart.kind for chart in sample_charts()} == set(ChartKind)
