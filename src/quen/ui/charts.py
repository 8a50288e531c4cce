"""Charts as data: a view describes one, ``{% ui_chart chart %}`` draws it above a table with the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

from quen.ui.tags import filters

StrOrPromise = str | Promise


class ChartKind(StrEnum):
    """The kinds of charts.

    BARS, STACKED_BARS, LINES, AREA: categories along the x axis, one or more series.
    FUNNEL, DONUT: one series; its categories are the steps or parts.
    HEAT_MAP: categories along the x axis, one series per row.
    """

    BARS = "bars"
    STACKED_BARS = "stacked_bars"
    LINES = "lines"
    AREA = "area"
    FUNNEL = "funnel"
    DONUT = "donut"
    HEAT_MAP = "heat_map"


class Colour(StrEnum):
    """Colours of series: tokens of the theme (frontend/src/css/tokens.css)."""

    MARK = "mark"
    REST = "mark-rest"
    SUCCESS = "color-success"
    WARNING = "color-warning"
    ERROR = "color-error"
    PLUM = "ava-3-ink"
    SKY = "ava-5-ink"


_ORDER = (Colour.MARK, Colour.SUCCESS, Colour.WARNING, Colour.PLUM, Colour.SKY, Colour.REST)
_ONE_SERIES = frozenset({ChartKind.FUNNEL, ChartKind.DONUT})


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name, one per category; None where there is none. colour: by order when not given."""

    name: StrOrPromise
    values: Sequence[float | None]
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table.

    title: what it shows, as the figure's caption and for screen readers.  hide_title: for screen readers only.
    categories: formatted labels; what they are is ``category_label``, the header of the table's first column.
    unit: "" for numbers, "percent", or a currency sign.
    min_buckets: with fewer categories the axis is filled up, so that one hour of data is not one giant bar.
    low: less high, for panels.  empty: shown instead when there is no value other than zero.
    """

    kind: ChartKind
    title: StrOrPromise
    category_label: StrOrPromise
    categories: Sequence[str]
    series: Sequence[Series]
    empty: StrOrPromise
    unit: str = ""
    min_buckets: int = 12
    hide_title: bool = False
    low: bool = False

    def __post_init__(self) -> None:
        """Refuse series that do not fit. Raises ValueError."""
        if any(len(series.values) != len(self.categories) for series in self.series):
            raise ValueError(f"Each series of {str(self.title)!r} needs {len(self.categories)} values.")
        if self.kind in _ONE_SERIES and len(self.series) != 1:
            raise ValueError(f"A {self.kind} has one series, {str(self.title)!r} has {len(self.series)}.")

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    def as_json(self) -> dict[str, Any]:
        """Return what frontend/src/charts/data.ts reads."""
        return {
            "kind": self.kind,
            "categories": list(self.categories),
            "series": [
                {
                    "name": str(series.name),
                    "values": [None if value is None else float(value) for value in series.values],
                    "colour": series.colour or _ORDER[min(number, len(_ORDER) - 1)],
                }
                for number, series in enumerate(self.series)
            ],
            "unit": self.unit,
            "minBuckets": self.min_buckets,
        }

    def table(self) -> list[tuple[str, list[str]]]:
        """Return the rows of the table: a category and the formatted value of each series."""
        return [
            (category, [self._formatted(series.values[number]) for series in self.series])
            for number, category in enumerate(self.categories)
        ]

    def _formatted(self, value: float | None) -> str:
        if self.unit == "percent":
            return filters.percent(value)
        text = filters.num(value)
        return f"{text}{filters.NO_BREAK}{self.unit}" if self.unit and text != filters.NO_VALUE else text
