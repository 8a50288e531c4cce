"""What the condition editor renders: a draft as rows with display values."""

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
    ConditionType,
    InvalidTree,
    Operator,
    Tree,
)

#: up to this many choices are checkboxes, more are a combobox
_MAX_CHECKBOXES = 6
_NUMBERS = (ArgumentKind.INTEGER, ArgumentKind.NUMBER, ArgumentKind.MONEY)


@dataclass(frozen=True, slots=True)
class EditorOption:
    """One entry of a menu, or one checkbox."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class EditorInput:
    """The input of one argument.

    template: renders it.  selected: labels of the selected choices.
    """

    name: str
    id: str
    label: str
    unit: str
    template: str
    is_date: bool
    is_number: bool
    value: str
    options: tuple[EditorOption, ...]
    selected: tuple[str, ...]
    #: only screen readers get the label, because the operator before it is clear enough
    hide_label: bool

    @property
    def labels(self) -> list[str]:
        """Return the labels of all choices."""
        return [option.label for option in self.options]


@dataclass(frozen=True, slots=True)
class EditorRow:
    """A condition, or a group with its ``rows``."""

    path: str
    name: str
    negated: bool
    is_group: bool
    join: str
    operators: tuple[EditorOption, ...]
    inputs: tuple[EditorInput, ...]
    error: str
    rows: tuple[EditorRow, ...]

    @property
    def add_action(self) -> str:
        """Return the action that adds a condition here."""
        return f"add:{self.path}"

    @property
    def add_group_action(self) -> str:
        """Return the action that adds a group here."""
        return f"add_group:{self.path}"

    @property
    def remove_action(self) -> str:
        """Return the action that removes this node."""
        return f"remove:{self.path}"

    @property
    def remove_label(self) -> str:
        """Return the label of the remove button."""
        return _("Remove the condition %(name)s") % {"name": self.name}


@dataclass(frozen=True, slots=True)
class TreeEditor:
    """A draft, ready to render and to count. ``menu``: the condition types that can be added, by group."""

    draft: Draft
    tree: Tree
    errors: dict[str, InvalidTree]
    root: EditorRow
    menu: tuple[tuple[str, tuple[EditorOption, ...]], ...]

    @property
    def as_text(self) -> str:
        """Return the draft as text for the hidden field."""
        return json.dumps(self.draft, ensure_ascii=False)


def read_draft(posted: QueryDict, catalog: registry.WorkspaceConditionCatalog) -> Draft:
    """Return the draft of the hidden field with the posted inputs applied."""
    return editing.read_draft(posted_values(posted), catalog)


def posted_values(posted: QueryDict) -> editing.Posted:
    """Return the posted values as lists of text by name."""
    return {name: [str(value) for value in values] for name, values in posted.lists()}


def build_editor(
    draft: Draft, catalog: registry.WorkspaceConditionCatalog, *, strict: bool = False
) -> TreeEditor:
    """Return the editor of a draft. ``strict``: show the errors of missing values, too."""
    tree, errors = editing.parse_draft(draft, catalog)
    messages = {
        path: str(error) for path, error in errors.items() if strict or error.code != "argument_missing"
    }
    return TreeEditor(draft, tree, errors, _row(draft, "", catalog, messages), menu(catalog.all()))


def menu(condition_types: Iterable[ConditionType]) -> tuple[tuple[str, tuple[EditorOption, ...]], ...]:
    """Return the condition types that can be added, by group; groups without any are left out."""
    options: dict[str, list[EditorOption]] = {group.key: [] for group in registry.groups()}
    for condition_type in condition_types:
        options[condition_type.group].append(
            EditorOption(f"{condition_type.family}:{condition_type.key}", str(condition_type.label))
        )
    return tuple(
        (str(group.label), tuple(options[group.key])) for group in registry.groups() if options[group.key]
    )


def _row(
    node: Draft, path: str, catalog: registry.WorkspaceConditionCatalog, errors: dict[str, str]
) -> EditorRow:
    node, negated = editing.unwrap_negation(node)
    join = editing.join_of(node)
    if join is not None:
        children = node[join.value]
        rows = tuple(
            _row(child, f"{path}.{number}" if path else str(number), catalog, errors)
            for number, child in enumerate(children)
            if isinstance(child, dict)
        )
        return EditorRow(path, "", negated, True, join.value, (), (), "", rows)
    condition_type = editing.condition_type_of(node, catalog)
    error = errors.get(path, "")
    if condition_type is None:
        name = next((str(node[f]) for f in sorted(catalog.families()) if f in node), "?")
        return EditorRow(path, name, negated, False, "", (), (), error, ())
    operator = condition_type.operator(str(node.get("op"))) or condition_type.operators[0]
    operators = tuple(
        EditorOption(o.name, str(o.label), o.name == operator.name) for o in condition_type.operators
    )
    return EditorRow(
        path,
        str(condition_type.label),
        negated,
        False,
        "",
        operators,
        _inputs(operator, node, path),
        error,
        (),
    )


def _inputs(operator: Operator, node: Draft, path: str) -> tuple[EditorInput, ...]:
    return tuple(_input(argument, node.get(argument.name), path) for argument in operator.arguments)


def _input(argument: Argument, value: Any, path: str) -> EditorInput:
    choices = list(argument.choices()) if argument.choices else []
    if isinstance(value, dict | bool):  # no input has such values
        value = None
    given = value if isinstance(value, list) else [] if value is None else [value]
    given = [item for item in given if isinstance(item, str | int | float)]
    options = tuple(EditorOption(f"={c.value}", str(c.label), c.value in given) for c in choices)
    labels = {choice.value: str(choice.label) for choice in choices}
    template = "box"
    if argument.kind is ArgumentKind.CHOICES:
        template = "checkboxes" if len(choices) <= _MAX_CHECKBOXES else "combobox"
    return EditorInput(
        name=f"{argument.name}:{path}",
        id=f"{argument.name}-{path.replace('.', '-')}",
        label=str(argument.label),
        unit=str(argument.unit),
        template=f"audience/inputs/{template}.html",
        is_date=argument.kind is ArgumentKind.DATE,
        is_number=argument.kind in _NUMBERS,
        value=_display_value(argument, value),
        options=options,
        selected=tuple(labels.get(item, str(item)) for item in given),
        hide_label=argument.required,
    )


def _display_value(argument: Argument, value: Any) -> str:
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
