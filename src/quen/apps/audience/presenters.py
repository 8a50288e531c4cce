"""The condition editor as data: a draft as rows, each a sentence with controls in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quen.apps.audience.rules.editing import Draft
from quen.apps.audience.types import InvalidTree, Tree


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
    them, the plain ones and those that negate.  narrows: each row of the group leaves fewer than the one before.
    focus: which control a person goes on with.
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
    narrows: bool = True
    focus: str = ""

    @property
    def counts_rows(self) -> bool:
        """Return whether there are rows enough below for each to say how many contacts it leaves."""
        return sum(1 for _row in self._conditions()) > 1

    def _conditions(self) -> Iterator[EditorRow]:
        if not self.is_group:
            yield self
        for row in self.rows:
            yield from row._conditions()

    @property
    def count_id(self) -> str:
        """Return the id of the element with the number of contacts this row leaves."""
        return count_id(self.path)

    @property
    def dashed(self) -> str:
        """Return the path for ids."""
        return dashed(self.path)

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


def count_id(path: str) -> str:
    """Return the id of the element with the number of contacts that a row leaves."""
    return f"count-{dashed(path)}"


def dashed(path: str) -> str:
    """Return a path as a part of ids."""
    return path.replace(".", "-")
