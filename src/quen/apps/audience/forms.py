"""What the sentence editor draws: a draft as rows with ready-made values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from quen.apps.audience import registry
from quen.apps.audience.rules import editing
from quen.apps.audience.rules.editing import Draft
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Criterion,
    Grouping,
    Operator,
    Tree,
    TreeRefused,
)

#: more choices than this are typed and found, fewer are ticked
_TICKED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a menu or one box to tick."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """One argument to fill in. shape: text, number, day, ticks or words."""

    name: str
    id: str
    label: str
    unit: str
    shape: str
    value: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...]
    #: the label is for readers only: the operator before it says enough
    quiet: bool

    @property
    def labels(self) -> list[str]:
        """Give the words of all choices."""
        return [option.label for option in self.options]


@dataclass(frozen=True, slots=True)
class Row:
    """A condition or the head of a group. ``rows``: what the group holds."""

    place: str
    name: str
    negated: bool
    is_group: bool
    join: str
    operators: tuple[Option, ...]
    inputs: tuple[Input, ...]
    error: str
    rows: tuple[Row, ...]

    @property
    def add(self) -> str:
        """Name the deed of adding a condition here."""
        return f"add:{self.place}"

    @property
    def group(self) -> str:
        """Name the deed of adding a group here."""
        return f"group:{self.place}"

    @property
    def remove(self) -> str:
        """Name the deed of taking this away."""
        return f"remove:{self.place}"

    @property
    def remove_label(self) -> str:
        """Say what the button takes away."""
        return _("Remove the condition %(name)s") % {"name": self.name}


@dataclass(frozen=True, slots=True)
class Editor:
    """A draft, ready to draw and to count. ``menu``: what may be added, by group."""

    draft: Draft
    tree: Tree
    refused: dict[str, TreeRefused]
    root: Row
    menu: tuple[tuple[str, tuple[Option, ...]], ...]

    @property
    def as_text(self) -> str:
        """Give the draft for the hidden field."""
        return json.dumps(self.draft, ensure_ascii=False)


def read_draft(posted: QueryDict, catalogue: registry.Catalogue) -> Draft:
    """Give the draft of the hidden field with what was typed since."""
    return editing.read_draft(values_of(posted), catalogue)


def values_of(posted: QueryDict) -> editing.Posted:
    """Give what was posted as lists of text by name."""
    return {name: [str(value) for value in values] for name, values in posted.lists()}


def editor_of(draft: Draft, catalogue: registry.Catalogue, *, strict: bool = False) -> Editor:
    """Make a draft ready. ``strict``: show also what is merely not filled in yet."""
    tree, refused = editing.readable(draft, catalogue)
    shown = {place: str(why) for place, why in refused.items() if strict or why.code != "argument_missing"}
    return Editor(draft, tree, refused, _row(draft, "", catalogue, shown), menu(catalogue.all()))


def menu(criteria: Iterable[Criterion]) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """Give everything one may ask about, in the groups of the menu."""
    offered: dict[str, list[Option]] = {group.value: [] for group in Grouping}
    for criterion in criteria:
        offered[criterion.group].append(Option(f"{criterion.family}:{criterion.key}", str(criterion.label)))
    return tuple((str(Grouping(key).label), tuple(options)) for key, options in offered.items() if options)


def _row(node: Draft, place: str, catalogue: registry.Catalogue, errors: dict[str, str]) -> Row:
    inner, negated = editing.unwrapped(node)
    join = editing.join_of(inner)
    if join is not None:
        children = inner[join.value]
        rows = tuple(
            _row(child, f"{place}.{number}" if place else str(number), catalogue, errors)
            for number, child in enumerate(children)
            if isinstance(child, dict)
        )
        return Row(place, "", negated, True, join.value, (), (), "", rows)
    criterion = editing.criterion_of(inner, catalogue)
    error = errors.get(place, "")
    if criterion is None:
        gone = next((str(inner[f]) for f in sorted(catalogue.families()) if f in inner), "?")
        return Row(place, gone, negated, False, "", (), (), error, ())
    operator = criterion.operator(str(inner.get("op"))) or criterion.operators[0]
    operators = tuple(Option(o.name, str(o.label), o.name == operator.name) for o in criterion.operators)
    return Row(
        place, str(criterion.label), negated, False, "", operators, _inputs(operator, inner, place), error, ()
    )


def _inputs(operator: Operator, inner: Draft, place: str) -> tuple[Input, ...]:
    return tuple(_input(argument, inner.get(argument.name), place) for argument in operator.arguments)


def _input(argument: Argument, value: Any, place: str) -> Input:
    choices = list(argument.choices()) if argument.choices else []
    if isinstance(value, dict | bool):  # no field writes these
        value = None
    given = value if isinstance(value, list) else [] if value is None else [value]
    given = [item for item in given if isinstance(item, str | int | float)]
    options = tuple(Option(f"={c.value}", str(c.label), c.value in given) for c in choices)
    labels = {choice.value: str(choice.label) for choice in choices}
    shape = _SHAPES.get(argument.kind, "text")
    if shape == "ticks" and len(choices) > _TICKED_AT_MOST:
        shape = "words"
    return Input(
        name=f"{argument.name}:{place}",
        id=f"{argument.name}-{place.replace('.', '-')}",
        label=str(argument.label),
        unit=str(argument.unit),
        shape=shape,
        value=_written(argument, value),
        options=options,
        chosen=tuple(labels.get(item, str(item)) for item in given),
        quiet=argument.required,
    )


def _written(argument: Argument, value: Any) -> str:
    if value is None or isinstance(value, list):
        return ""
    if argument.kind is ArgumentKind.DATE:
        try:
            return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
        except ValueError:
            return str(value)
    if argument.kind is ArgumentKind.DAY_OF_YEAR and str(value)[2:3] == "-":
        return "/".join(reversed(str(value).split("-")))
    if isinstance(value, int | float) and math.isfinite(value):
        return registry.number_text(value)
    return str(value)


_SHAPES = {
    ArgumentKind.WHOLE: "number",
    ArgumentKind.NUMBER: "number",
    ArgumentKind.MONEY: "number",
    ArgumentKind.DATE: "day",
    ArgumentKind.CHOICES: "ticks",
}
