"""Builds what the condition editor renders from a draft, and reads what it posts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quen.apps.audience import registry
from quen.apps.audience.presenters import (
    EditorDetails,
    EditorInput,
    EditorOption,
    EditorPart,
    EditorRow,
    TreeEditor,
    dashed,
)
from quen.apps.audience.rules import editing
from quen.apps.audience.rules.editing import NOT, Draft
from quen.apps.audience.rules.parse import parse
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Condition,
    ConditionType,
    EvaluationContext,
    InvalidTree,
    Join,
    Operator,
    SentenceSlot,
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
Menu = tuple[tuple[str, tuple[EditorOption, ...]], ...]


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
            name = editing.name_of_gone(node, self.catalog)
            opening = _("no longer usable: %(condition)s") % {"condition": name}
            return EditorRow(path, name, connective, False, opening=opening, error=error, focus=self.focus)
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
            narrows=join is Join.ALL,
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
        return EditorDetails(f"details-{dashed(path)}", text, tuple(inputs))

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
        given = [argument.former.get(item, item) for item in given if isinstance(item, str | int | float)]
        choices = _choices_of(argument, given)
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
            id=f"{argument.name}-{dashed(path)}",
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


def _choices_of(argument: Argument, given: Sequence[Any]) -> list[Choice]:
    """Return what is offered, and what was chosen and is not offered any more, so that saving does not drop it."""
    choices = list(argument.choices()) if argument.choices else []
    if argument.unoffered is not None:
        offered = {choice.value for choice in choices}
        labels = {item: argument.unoffered(item) for item in given if item not in offered}
        choices += [Choice(item, label) for item, label in labels.items() if label is not None]
    return choices


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
