"""The options of a choice field. What contacts and conditions store is the id of an option; its words may change.

An id is the text that the option began with, so that stored values can be read without the list, and files and other
systems that still say the former words are understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quen.core import text


@dataclass(frozen=True, slots=True)
class Option:
    """An option: what is stored, what people read, and the ids of options that were merged into it."""

    id: str
    label: str
    former: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Return every id that means this option."""
        return (self.id, *self.former)


@dataclass(frozen=True, slots=True)
class FieldOptions:
    """The options of a field in their order. Iterates over them."""

    each: tuple[Option, ...] = ()
    _exact: dict[str, str] = field(init=False, repr=False, compare=False)
    _folded: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Later entries win: what people read now counts before what they read formerly.
        said = [(word, one.id) for one in self.each for word in one.ids]
        said += [(one.label, one.id) for one in reversed(self.each)]
        object.__setattr__(self, "_exact", dict(said))
        object.__setattr__(self, "_folded", {text.fold(word): pk for word, pk in said})

    @classmethod
    def of(cls, stored: FieldOptions | Iterable[Any]) -> FieldOptions:
        """Return options as they are stored with a field, or made of labels."""
        if isinstance(stored, FieldOptions):
            return stored
        return cls(tuple(_read(one) for one in stored))

    def stored(self) -> list[Any]:
        """Return the options for the database: the text alone while that is the id as well."""
        return [
            one.label
            if one == Option(one.label, one.label)
            else {"id": one.id, "label": one.label, "former": list(one.former)}
            for one in self.each
        ]

    def __iter__(self) -> Iterator[Option]:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    @property
    def labels(self) -> list[str]:
        """Return what people read, in order."""
        return [one.label for one in self.each]

    def find(self, said: str) -> str | None:
        """Return the id of the option that a text means: by its label or an id, then without case and accents."""
        cleaned = text.clean(said)
        found = self._exact.get(cleaned)
        return found if found is not None else self._folded.get(text.fold(cleaned))

    def get(self, option_id: str) -> Option | None:
        """Return the option with an id, also that of one merged into it."""
        return next((one for one in self.each if option_id in one.ids), None)

    def canonical(self, option_id: Any) -> Any:
        """Return the id by which an option is stored now; what is no option comes back as it is."""
        one = self.get(option_id) if isinstance(option_id, str) else None
        return option_id if one is None else one.id

    def in_words(self, value: Any) -> Any:
        """Return a stored value as people read it: a label, or a list of labels in order."""
        if isinstance(value, list):
            labels = [self._label(each) for each in value]
            return list(dict.fromkeys(labels))
        return value if value is None else self._label(value)

    def _label(self, option_id: Any) -> str:
        one = self.get(option_id) if isinstance(option_id, str) else None
        return str(option_id) if one is None else one.label

    def words_by_id(self) -> dict[str, str]:
        """Return the label by id, of those that read differently."""
        return {pk: one.label for one in self.each for pk in one.ids if pk != one.label}

    def with_labels(self, labels: Sequence[str]) -> FieldOptions:
        """Return the options with these labels, in this order.

        A label that differs from a former one only in case or accents is a correction of that option.
        """
        cleaned = list(dict.fromkeys(label for raw in labels if (label := text.clean(raw))))
        known = {one.label: one for one in self.each}
        left = {text.fold(one.label): one for one in reversed(self.each) if one.label not in cleaned}
        result = FieldOptions(tuple(known[label] for label in cleaned if label in known))
        for place, label in enumerate(cleaned):
            if label in known:
                continue
            corrected = left.pop(text.fold(label), None)
            one = (
                replace(corrected, label=label) if corrected else Option(self._free_id(label, result), label)
            )
            result = FieldOptions((*result.each[:place], one, *result.each[place:]))
        return result

    def _free_id(self, label: str, added: FieldOptions) -> str:
        taken = {pk for options in (self, added) for one in options for pk in one.ids}
        return next(
            pk for n in range(1, len(taken) + 2) if (pk := label if n == 1 else f"{label} ({n})") not in taken
        )

    def with_new(self, label: str) -> FieldOptions:
        """Return the options with one more at the end."""
        return FieldOptions((*self.each, Option(self._free_id(label, FieldOptions()), label)))

    def is_taken(self, label: str, *, besides: str = "") -> bool:
        """Return whether another option reads like this, whatever the case."""
        wanted = text.clean(label).casefold()
        return any(one.label.casefold() == wanted for one in self.each if one.id != besides)

    def changed(self, option_id: str, **values: Any) -> FieldOptions:
        """Return the options with other values of one."""
        return FieldOptions(
            tuple(replace(one, **values) if one.id == option_id else one for one in self.each)
        )

    def without(self, option_id: str, *, into: str | None = None) -> FieldOptions:
        """Return the options without one; into: the option that it is merged into."""
        gone = self.get(option_id)
        left = FieldOptions(tuple(one for one in self.each if one.id != option_id))
        target = left.get(into) if into else None
        if gone is None or target is None:
            return left
        return left.changed(target.id, former=(*target.former, *gone.ids))

    def restored(self, option: Option, *, place: int) -> FieldOptions:
        """Return the options with one that was removed; nothing else stands for its ids any more."""
        if any(one.id == option.id for one in self.each):
            return self
        others = tuple(
            replace(one, former=tuple(pk for pk in one.former if pk not in option.ids)) for one in self.each
        )
        label = option.label
        while FieldOptions(others).is_taken(label):
            label = f"{label} (2)"
        back = replace(option, label=label)
        return FieldOptions((*others[:place], back, *others[place:]))

    def moved(self, option_id: str, *, up: bool) -> FieldOptions:
        """Return the options with one a place up or down."""
        place = next((i for i, one in enumerate(self.each) if one.id == option_id), -1)
        other = place - 1 if up else place + 1
        if place < 0 or not 0 <= other < len(self.each):
            return self
        ordered = list(self.each)
        ordered[place], ordered[other] = ordered[other], ordered[place]
        return FieldOptions(tuple(ordered))


def _read(stored: Any) -> Option:
    if isinstance(stored, Option):
        return stored
    if isinstance(stored, dict):
        return Option(stored["id"], stored["label"], tuple(stored.get("former", ())))
    return Option(str(stored), str(stored))
