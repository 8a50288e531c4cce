"""Which column is matched to which field. Pure; the kind passes its fields and its vocabulary as data.

Precedence: the saved matching, rules for ambiguous headers, the targets' labels and aliases, known headers verbatim,
known headers inside longer ones, and finally the values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.detection import detect
from quen.apps.import_export.headers import build_dictionary, header_signature
from quen.apps.import_export.tables import Cell
from quen.apps.import_export.vocabulary import ColumnSet, HeaderMatch, KindVocabulary, ValueCheck, ValueReason

#: a column that was skipped and that nobody chose to skip, among remembered ones
UNDECIDED: Final = "?"
#: formats whose values decide about people, so that a column that fits them badly is always looked at
_LOOKED_AT: Final = frozenset({"yes_no", "refusal"})


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """A field that columns can be matched to.

    format: decides how the values are checked: text, number, date, yes_no, single_choice, tags, or one of the formats
    in the kind's vocabulary.  canonical: the meaning, when it differs from `key`.  choices: the allowed values, when
    there are few.  only_choices: match only columns whose values are mostly among them.
    repeatable: several columns may be matched to it.
    """

    key: str
    label: str
    format: str = "text"
    aliases: tuple[str, ...] = ()
    canonical: str = ""
    choices: tuple[str, ...] = ()
    only_choices: bool = False
    repeatable: bool = False

    @property
    def meaning(self) -> str:
        return self.canonical or self.key


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column is matched to, and why.

    target: a key of the caller, None to skip the column or to create a field.  new_field_format: number, date,
    yes_no, single_choice or text, when a new field is proposed.  needs_review: the user must decide.
    date_order: dmy, mdy or ymd for dates in text; dmy is only a proposal while `needs_review`.
    keep_as: the target of a skipped column if the user wants to keep it; None for a field of its own.
    """

    index: int
    header: str
    samples: tuple[str, ...]
    target: str | None
    new_field_format: str | None
    reason_code: str
    reason_params: Mapping[str, Any] = field(default_factory=dict)
    needs_review: bool = False
    date_order: str | None = None
    keep_as: str | None = None

    @property
    def state(self) -> str:
        """Return "review", "matched", "new" or "skipped"."""
        if self.needs_review:
            return "review"
        if self.target is not None:
            return "matched"
        return "new" if self.new_field_format else "skipped"


@dataclass(frozen=True, slots=True)
class Matching:
    """The proposed matching of all columns of a file.

    platform: a key of the vocabulary's platforms, or None.  fully_matched: every header is known and no column is new
    or needs a review, so the step can be shown collapsed.  signature: the key under which the user's choices are saved
    for files with these headers.
    """

    platform: str | None
    columns: tuple[ColumnGuess, ...]
    signature: str
    fully_matched: bool


def match_columns(
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    targets: Sequence[FieldTarget],
    vocabulary: KindVocabulary,
    *,
    new_fields: bool = False,
    remembered: Sequence[str | None] | None = None,
) -> Matching:
    """Return the matching of columns to fields, from headers and sample rows (a few hundred are enough).

    new_fields: whether columns without a target may become new fields.
    remembered: by column, what an earlier file with the same signature was matched to: a target's key, None for what
    somebody skipped, UNDECIDED for what was skipped without being asked about.
    """
    columns = [
        SampledColumn(index, header, (row[index] for row in rows if index < len(row)))
        for index, header in enumerate(headers)
    ]
    matcher = _Matcher(columns, targets, vocabulary, vocabulary.detect_platform(headers), new_fields)
    guesses = matcher.guess_all()
    if remembered is not None and len(remembered) == len(columns):
        kept = [
            # What would be matched alike anyway keeps its own reason.
            guess
            if guess.target == key and key and not guess.needs_review
            else matcher.as_remembered(column, key)
            for column, key, guess in zip(columns, remembered, guesses, strict=True)
            if key != UNDECIDED
        ]
        guesses = matcher.guess_all(kept)
    settled = all(guess.state in {"matched", "skipped"} for guess in guesses)
    matched = any(guess.target for guess in guesses) and any(map(str.strip, headers))
    return Matching(matcher.platform, tuple(guesses), header_signature(headers), settled and matched)


class _Matcher:
    """Matches the columns of one file."""

    def __init__(
        self,
        columns: list[SampledColumn],
        targets: Sequence[FieldTarget],
        vocabulary: KindVocabulary,
        platform: str | None,
        new_fields: bool,
    ) -> None:
        self.platform = platform
        self._columns = columns
        self._vocabulary = vocabulary
        self._new_fields = new_fields
        self._targets = targets
        self._by_key = {target.key: target for target in targets}
        self._by_meaning = {target.meaning: target for target in reversed(targets)}
        self._checks = {**_CHECKS, **vocabulary.checks}
        self._used: set[str] = set()

    def as_remembered(self, column: SampledColumn, key: str | None) -> ColumnGuess:
        """Return the guess for a column whose target was saved."""
        target = self._by_key.get(key or "")
        if target is None:
            return self._left_out(column, _skip(column, "remembered" if key is None else "not_used"))
        remembered = HeaderMatch(target.meaning, 0, "remembered")
        reviewed = self._vocabulary.review(column, remembered)
        if reviewed is not None and reviewed.meaning != target.meaning:
            return replace(self._assign(column, reviewed), needs_review=True)
        guess = self._explain(column, target, remembered)
        return guess if guess.needs_review else replace(guess, reason_code="remembered", reason_params={})

    def guess_all(self, kept: Sequence[ColumnGuess] = ()) -> list[ColumnGuess]:
        """Return the guesses in column order; certain matches get their targets first, after those that are kept."""
        own_dictionary = build_dictionary(
            (spelling, target.key)
            for target in self._targets
            for spelling in (target.label, target.key, *target.aliases)
        )
        meanings = {target.key: target.meaning for target in self._targets}
        file = ColumnSet(self._columns, self.platform, self._vocabulary)
        found = [detect(column, file, own_dictionary, meanings) for column in self._columns]
        guesses = {guess.index: guess for guess in kept}
        self._used = {guess.target for guess in kept if guess.target is not None}
        for column in sorted(
            self._columns, key=lambda column: (self._turn(found[column.index]), column.index)
        ):
            if column.index in guesses:
                continue
            guess = self._left_out(column, self._assign(column, found[column.index]))
            if guess.target is not None:
                self._used.add(guess.target)
            guesses[column.index] = guess
        return [guesses[column.index] for column in self._columns]

    def _assign(self, column: SampledColumn, found: HeaderMatch | None) -> ColumnGuess:
        if found is None:
            return self._new_field(column) if column.cells else _skip(column, "empty_column")
        words, meaning = self._vocabulary, found.meaning
        if meaning in words.kept_apart or meaning in words.recalculated:
            return self._total(column, found)
        if not meaning:
            return replace(
                _skip(column, found.code if found.needs_review else "not_used"),
                needs_review=found.needs_review,
            )
        target = self._by_meaning.get(meaning) or self._by_meaning.get(words.fallbacks.get(meaning, ""))
        if target is not None and target.only_choices and not column.among(target.choices).mostly:
            return _skip(column, "not_used")
        if target is not None and target.key in self._used and not target.repeatable:
            second = self._by_meaning.get(words.secondary.get(meaning, ""))
            if second is None or second.key in self._used:
                # A known export has a second address or name for good reasons; in any other list the user decides.
                needs_review = bool(column.cells) and found.rank < 3 and self.platform is None
                return replace(_skip(column, "taken"), needs_review=needs_review)
            target = second
        if target is None:
            known = meaning in words.ignored or meaning in words.secondary.values()
            if self.platform or known or not column.cells:
                return _skip(column, "not_used")
            return self._new_field(column)
        return self._explain(column, target, found)

    def _total(self, column: SampledColumn, found: HeaderMatch) -> ColumnGuess:
        """Return the guess for a total of another program: it is never ours, and kept apart only on request (R-07)."""
        words = self._vocabulary
        target = self._by_meaning.get(words.kept_apart.get(found.meaning, ""))
        if target is None or target.key in self._used or not column.cells:
            return _skip(column, "recalculated" if found.meaning in words.recalculated else "not_used")
        return replace(_skip(column, "kept_apart"), keep_as=target.key)

    def _turn(self, found: HeaderMatch | None) -> int:
        """Return when a column gets its target; totals come last, after columns about the field that keeps them."""
        rank = found.rank if found else 9
        return rank + 10 if found and found.meaning in self._vocabulary.kept_apart else rank

    def _left_out(self, column: SampledColumn, guess: ColumnGuess) -> ColumnGuess:
        """Return the guess, for review where the kind wants a column without a target to be looked at."""
        if guess.target is not None or guess.needs_review or not column.cells:
            return guess
        reason = self._vocabulary.left_out(column)
        if reason is None:
            return guess
        return replace(
            guess, reason_code=reason.code, reason_params=reason.params, needs_review=reason.needs_review
        )

    def _new_field(self, column: SampledColumn) -> ColumnGuess:
        if not self._new_fields:
            return _skip(column, "not_used")
        by_values = column.new_field_format()
        format_ = self._vocabulary.new_field(column) or by_values
        ambiguous = by_values == "date" and column.date_order == "ambiguous"
        return ColumnGuess(
            column.index,
            column.header,
            column.samples,
            None,
            format_,
            "date_order_ambiguous" if ambiguous else f"new_field_{format_}",
            {"example": column.ambiguous_date} if ambiguous else {"count": column.distinct},
            needs_review=ambiguous,
            date_order=_date_order(column) if by_values == "date" else None,
        )

    def _explain(self, column: SampledColumn, target: FieldTarget, found: HeaderMatch) -> ColumnGuess:
        """Return the guess with the most informative reason that the column's values give."""
        platform = self._vocabulary.platform_name(self.platform)
        reason = ValueReason(found.code, {"platform": platform} if found.code == "platform" else {})
        check = self._checks.get(target.format)
        by_values = check(column) if check is not None and column.cells else None
        reason = by_values or reason
        known = found.rank <= 2 and target.format not in _LOOKED_AT
        if known and reason.code == "values_do_not_fit" and reason.params["good"]:
            # A known heading wins over its values: those that do not fit become warnings.
            reason = ValueReason("values_partly_fit", reason.params)
        is_date = bool(column.cells) and target.format == "date" and not column.years
        return ColumnGuess(
            column.index,
            column.header,
            column.samples,
            target.key,
            None,
            reason.code,
            reason.params,
            found.needs_review or reason.needs_review,
            _date_order(column) if is_date else None,
        )


def _skip(column: SampledColumn, code: str) -> ColumnGuess:
    return ColumnGuess(column.index, column.header, column.samples, None, None, code)


def _date_order(column: SampledColumn) -> str | None:
    if column.real_dates:
        return None
    return "dmy" if column.date_order == "ambiguous" else column.date_order


def mismatch(column: SampledColumn, good: int) -> ValueReason:
    """Return the reason that too few values of a column fit its target."""
    return ValueReason("values_do_not_fit", {"good": good, "total": len(column.cells)}, needs_review=True)


def _check_dates(column: SampledColumn) -> ValueReason | None:
    order = _date_order(column)
    if column.years:
        return ValueReason("years_only", needs_review=True)
    if column.dates.good * 2 < len(column.cells):
        return mismatch(column, column.dates.good)
    if order is None:
        return None
    if column.date_order == "ambiguous":
        if not column.ambiguous_date:
            return None
        return ValueReason("date_order_ambiguous", {"example": column.ambiguous_date}, needs_review=True)
    return ValueReason("date_order" if order == "dmy" else f"date_order_{order}")


def _check_tags(column: SampledColumn) -> ValueReason | None:
    separator = next((separator for separator in "|;," if column.parts(separator)), None)
    if separator is None:
        return None
    return ValueReason("split_by", {"mark": separator, "count": column.parts(separator)})


def _check_yes_no(column: SampledColumn) -> ValueReason | None:
    if column.booleans.bad * 2 > len(column.cells):
        return mismatch(column, column.booleans.good)
    if column.distinct != 2:
        return None
    return ValueReason("two_values", {"first": column.common_values[0], "second": column.common_values[1]})


_CHECKS: Final[Mapping[str, ValueCheck]] = {
    "date": _check_dates,
    "tags": _check_tags,
    "yes_no": _check_yes_no,
}
