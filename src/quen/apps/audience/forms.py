"""What the condition editor renders: a draft as rows, each a sentence with controls in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.audience import registry
from quen.apps.audience.rules import editing
from quen.apps.audience.rules.editing import NOT, Draft
from quen.apps.audience.rules.parse import parse
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Condition,
    ConditionType,
    EvaluationContext,
    InvalidTree,
    Join,
    Operator,
    SentenceSlot,
    Tree,
    split_template,
)
from quen.ui.tags.filters import CURRENCY_SIGNS

#: up to this many choices are checkboxes, more are a combobox
_MAX_CHECKBOXES = 12
#: how many conditions the menu offers first
_MAX_FREQUENT = 6
#: offered first while nothing is known of what the workspace uses
_COMMON = (
    ("field", "tags"),
    ("field", "consent_email"),
    ("event", "ordered"),
    ("field", "spent"),
    ("field", "province"),
    ("field", "last_order_at"),
)
_NUMBERS = (ArgumentKind.INTEGER, ArgumentKind.NUMBER, ArgumentKind.MONEY)


@dataclass(frozen=True, slots=True)
class EditorOption:
    """One entry of a menu, or one checkbox."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class EditorInput:
    """The control of one argument.

    template: renders it.  options: the choices; selected: labels of the selected ones; text: the selected ones as they
    read in the sentence.  unit: follows the box.
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
    text: str
    first: bool

    @property
    def labels(self) -> list[str]:
        """Return the labels of all choices."""
        return [option.label for option in self.options]

    @property
    def text_id(self) -> str:
        """Return the id of the element with the text."""
        return f"text-{self.id}"

    @property
    def box_id(self) -> str:
        """Return the id of the box behind the chip."""
        return f"box-{self.id}"


@dataclass(frozen=True, slots=True)
class EditorPart:
    """A piece of a row: words, or a control."""

    words: str = ""
    input: EditorInput | None = None


@dataclass(frozen=True, slots=True)
class EditorDetails:
    """The arguments a sentence may leave out, such as its time, behind one chip. text: what they say now."""

    id: str
    text: str
    inputs: tuple[EditorInput, ...]

    @property
    def text_id(self) -> str:
        """Return the id of the element with the text."""
        return f"text-{self.id}"


@dataclass(frozen=True, slots=True)
class EditorRow:
    """A condition, or a group with its ``rows``.

    connective: “and” or “or” before it.  opening: the operator as the first words of the sentence.  operators: all of
    them, the plain ones and those that negate.  focus: which control a person goes on with.
    """

    path: str
    name: str
    connective: str
    is_group: bool
    opening: str = ""
    operators: tuple[EditorOption, ...] = ()
    exceptions: tuple[EditorOption, ...] = ()
    parts: tuple[EditorPart, ...] = ()
    details: EditorDetails | None = None
    error: str = ""
    joins: tuple[EditorOption, ...] = ()
    rows: tuple[EditorRow, ...] = ()
    next_connective: str = ""
    focus: str = ""

    @property
    def dashed(self) -> str:
        """Return the path for ids."""
        return _dashed(self.path)

    @property
    def picker_name(self) -> str:
        """Return the name of the menu of what can be added here."""
        return f"type:{self.path}"

    @property
    def picker_id(self) -> str:
        """Return the id of that menu."""
        return f"type-{self.dashed}"

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

    @property
    def focus_row(self) -> bool:
        """Return whether a person goes on with the first value."""
        return self.focus == f"row:{self.path}"

    @property
    def focus_opening(self) -> bool:
        """Return whether a person goes on with the operator, because there is no value."""
        return self.focus_row and not any(part.input for part in self.parts)

    @property
    def focus_remove(self) -> bool:
        """Return whether a person goes on with the remove button."""
        return self.focus == f"remove:{self.path}"

    @property
    def focus_picker(self) -> bool:
        """Return whether a person goes on by choosing a condition for this group."""
        return self.focus == f"picker:{self.path}"

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the text of each chip in this row and below, which change while a person edits."""
        for part in self.parts:
            if part.input and part.input.options:
                yield part.input.text_id, part.input.text
        if self.details:
            yield self.details.text_id, self.details.text
        for row in self.rows:
            yield from row.texts()


Menu = tuple[tuple[str, tuple[EditorOption, ...]], ...]


@dataclass(frozen=True, slots=True)
class TreeEditor:
    """A draft, ready to render and to count."""

    draft: Draft
    tree: Tree
    errors: dict[str, InvalidTree]
    root: EditorRow

    @property
    def as_text(self) -> str:
        """Return the draft as text for the hidden field."""
        return json.dumps(self.draft, ensure_ascii=False)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Return the id and the text of each chip that changes while a person edits."""
        return list(self.root.texts())


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds the rows of one draft."""

    catalog: registry.WorkspaceConditionCatalog
    context: EvaluationContext
    errors: dict[str, str]
    focus: str

    def row(self, node: Draft, path: str, connective: str) -> EditorRow:
        node, negated = editing.unwrap_negation(node)
        join = editing.join_of(node)
        if join is not None:
            return self._group(node, join, path, connective, negated)
        condition_type = editing.condition_type_of(node, self.catalog)
        error = self.errors.get(path, "")
        if condition_type is None:
            name = next((str(node[f]) for f in sorted(self.catalog.families()) if f in node), "?")
            return EditorRow(path, name, connective, False, opening=name, error=error, focus=self.focus)
        operator = condition_type.operator(str(node.get("op"))) or condition_type.operators[0]
        opening, parts = self._sentence(condition_type, operator, node, path)
        operators, exceptions = _operators(condition_type, operator, negated)
        return EditorRow(
            path,
            str(condition_type.label),
            connective,
            False,
            opening=_except(opening) if negated else opening,
            operators=operators,
            exceptions=exceptions,
            parts=parts,
            details=self._details(condition_type, operator, node, path),
            error=error,
            focus=self.focus,
        )

    def _group(self, node: Draft, join: Join, path: str, connective: str, negated: bool) -> EditorRow:
        between = (
            pgettext("between conditions", "and")
            if join is Join.ALL
            else pgettext("between conditions", "or")
        )
        first = pgettext("before conditions", "People") if not path else ""
        children = [child for child in node[join.value] if isinstance(child, dict)]
        rows = tuple(
            self.row(child, f"{path}.{number}" if path else str(number), between if number else first)
            for number, child in enumerate(children)
        )
        return EditorRow(
            path,
            _("Group of conditions"),
            connective,
            True,
            joins=_joins(join, negated, root=not path),
            rows=rows,
            next_connective=between if rows else first,
            focus=self.focus,
        )

    def _sentence(
        self, condition_type: ConditionType, operator: Operator, node: Draft, path: str
    ) -> tuple[str, tuple[EditorPart, ...]]:
        """Return the first words and what follows them; a control stands in place of each argument."""
        pieces = split_template(condition_type.template(operator.name), **condition_type.template_words())
        opening = str(condition_type.own_opening(operator.name) or condition_type.opening(operator.name))
        if pieces and isinstance(pieces[0], str):
            first_words = str(pieces.pop(0)).strip()
            opening = opening if condition_type.own_opening(operator.name) else first_words
        parts: list[EditorPart] = []
        first = True
        for piece in pieces:
            argument = operator.argument(piece.name) if isinstance(piece, SentenceSlot) else None
            if argument is not None:
                control = self._input(condition_type, operator, argument, node, path, first=first)
                parts.append(EditorPart(input=control))
                first = False
            elif isinstance(piece, str) and piece.strip():
                parts.append(EditorPart(words=piece.strip()))
        return opening, tuple(parts)

    def _details(
        self, condition_type: ConditionType, operator: Operator, node: Draft, path: str
    ) -> EditorDetails | None:
        shown = {
            piece.name
            for piece in split_template(condition_type.template(operator.name))
            if isinstance(piece, SentenceSlot)
        }
        hidden = [argument for argument in operator.arguments if argument.name not in shown]
        if not hidden:
            return None
        try:
            condition = parse(node, self.catalog)
        except InvalidTree:
            condition = None
        text = (
            condition_type.details(condition, self.context) if isinstance(condition, Condition) else ""
        ) or _("more options")
        inputs = (
            self._input(condition_type, operator, argument, node, path, first=False) for argument in hidden
        )
        return EditorDetails(f"details-{_dashed(path)}", text, tuple(inputs))

    def _input(
        self,
        condition_type: ConditionType,
        operator: Operator,
        argument: Argument,
        node: Draft,
        path: str,
        *,
        first: bool,
    ) -> EditorInput:
        value = node.get(argument.name)
        if isinstance(value, dict | bool):  # no input has such values
            value = None
        given = value if isinstance(value, list) else [] if value is None else [value]
        given = [item for item in given if isinstance(item, str | int | float)]
        choices = list(argument.choices()) if argument.choices else []
        as_boxes = len(choices) <= _MAX_CHECKBOXES
        text_of = condition_type.choice_text if as_boxes else lambda choice: str(choice.label)
        texts = {choice.value: condition_type.choice_text(choice) for choice in choices}
        template = "box"
        if argument.kind is ArgumentKind.CHOICES:
            template = "checkboxes" if as_boxes else "combobox"
        unit = str(argument.unit)
        if argument.kind is ArgumentKind.MONEY:
            unit = CURRENCY_SIGNS.get(self.context.currency, self.context.currency)
        labels = {choice.value: str(choice.label) for choice in choices}
        return EditorInput(
            name=f"{argument.name}:{path}",
            id=f"{argument.name}-{_dashed(path)}",
            label=str(argument.label),
            unit=unit,
            template=f"audience/inputs/{template}.html",
            is_date=argument.kind is ArgumentKind.DATE,
            is_number=argument.kind in _NUMBERS,
            value=_display_value(argument, value),
            options=tuple(EditorOption(f"={c.value}", text_of(c), c.value in given) for c in choices),
            selected=tuple(labels.get(item, str(item)) for item in given),
            text=condition_type.choices_text(operator.name, [texts.get(item, str(item)) for item in given]),
            first=first,
        )


def read_draft(posted: QueryDict, catalog: registry.WorkspaceConditionCatalog) -> Draft:
    """Return the draft of the hidden field with the posted inputs applied."""
    return editing.read_draft(posted_values(posted), catalog)


def posted_values(posted: QueryDict) -> editing.Posted:
    """Return the posted values as lists of text by name."""
    return {name: [str(value) for value in values] for name, values in posted.lists()}


def build_editor(
    draft: Draft,
    catalog: registry.WorkspaceConditionCatalog,
    context: EvaluationContext,
    *,
    strict: bool = False,
    focus: str = "",
) -> TreeEditor:
    """Return the editor of a draft. strict: show the errors of missing values, too.  focus: see editing.focus_after."""
    tree, errors = editing.parse_draft(draft, catalog)
    messages = {
        path: str(error) for path, error in errors.items() if strict or error.code != "argument_missing"
    }
    root = _Builder(catalog, context, messages, focus).row(draft, "", "")
    return TreeEditor(draft, tree, errors, root)


def menu(condition_types: Iterable[ConditionType]) -> Menu:
    """Return the condition types that can be added: those used most, then all by group."""
    options: dict[str, list[EditorOption]] = {group.key: [] for group in registry.groups()}
    known: dict[tuple[str, str], EditorOption] = {}
    for condition_type in condition_types:
        option = EditorOption(f"{condition_type.family}:{condition_type.key}", str(condition_type.label))
        options[condition_type.group].append(option)
        known[condition_type.family, condition_type.key] = option
    used = [key for key, _count in registry.usage().most_common() if key in known]
    frequent = list(dict.fromkeys([*used, *(key for key in _COMMON if key in known)]))[:_MAX_FREQUENT]
    return (
        (_("Used most"), tuple(known[key] for key in frequent)),
        *((str(group.label), tuple(options[group.key])) for group in registry.groups() if options[group.key]),
    )


def _operators(
    condition_type: ConditionType, present: Operator, negated: bool
) -> tuple[tuple[EditorOption, ...], tuple[EditorOption, ...]]:
    """Return the operators, and the exceptions of those whose negation has no operator of its own."""
    plain, exceptions = [], []
    for operator in condition_type.operators:
        text = _pattern(condition_type, operator)
        is_present = operator.name == present.name
        plain.append(EditorOption(operator.name, text, is_present and not negated))
        defaults = {argument.name: argument.default for argument in operator.arguments if argument.required}
        sample = Condition.of(condition_type.family, condition_type.key, operator.name, defaults)
        if condition_type.negate(sample) is None or (is_present and negated):
            exceptions.append(EditorOption(f"{NOT}{operator.name}", _except(text), is_present and negated))
    return tuple(plain), tuple(exceptions)


def _pattern(condition_type: ConditionType, operator: Operator) -> str:
    """Return the sentence of an operator with dots for its arguments: “tagged …”, “in the last … days”."""
    pieces = split_template(condition_type.template(operator.name), **condition_type.template_words())
    words: list[str] = []
    opening = condition_type.own_opening(operator.name)
    if opening or not pieces or isinstance(pieces[0], SentenceSlot):
        words.append(f"{opening or condition_type.opening(operator.name)} ")
        pieces = [piece for piece in pieces if isinstance(piece, SentenceSlot)]
    for piece in pieces:
        argument = operator.argument(piece.name) if isinstance(piece, SentenceSlot) else None
        unit = f" {argument.unit}" if argument and argument.unit else ""
        words.append(piece if isinstance(piece, str) else f"…{unit}")
    return "".join(words)


def _except(text: str) -> str:
    return f"{pgettext('before conditions', 'except people')} {text}"


def _joins(join: Join, negated: bool, *, root: bool) -> tuple[EditorOption, ...]:
    labels = [
        (Join.ALL.value, pgettext("group of conditions", "match all")),
        (Join.ANY.value, pgettext("group of conditions", "match at least one")),
    ]
    if not root:
        labels += [
            (f"{NOT}{Join.ANY.value}", pgettext("group of conditions", "match none")),
            (f"{NOT}{Join.ALL.value}", pgettext("group of conditions", "do not match all")),
        ]
    chosen = f"{NOT if negated else ''}{join.value}"
    return tuple(EditorOption(value, label, value == chosen) for value, label in labels)


def _dashed(path: str) -> str:
    return path.replace(".", "-")


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
