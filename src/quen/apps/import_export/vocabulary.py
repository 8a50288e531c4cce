"""What a kind of rows knows about files: headers, export formats of other programs, and what values look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.headers import (
    HeaderDictionary,
    build_dictionary,
    fold_header,
    header_forms,
)


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """The meaning of a header, before columns are assigned to targets. rank: lower is more certain."""

    meaning: str
    rank: int
    code: str
    needs_review: bool = False


class ValueReason(NamedTuple):
    """What the values of a column say about its match: the code of a reason, its parameters, and whether to ask."""

    code: str
    params: Mapping[str, Any] = {}
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class ColumnSet:
    """All columns of a file, for rules about one column that depend on the others. platform: as detected, or None."""

    columns: Sequence[SampledColumn]
    platform: str | None
    vocabulary: KindVocabulary

    def meaning_of(self, column: SampledColumn) -> str | None:
        """Return the meaning of a column whose header is known verbatim."""
        return self.vocabulary.fields.exact(column.header)

    def find(self, meaning: str, *, exclude: SampledColumn | None = None) -> SampledColumn | None:
        """Return the first column whose header has this meaning verbatim."""
        others = (column for column in self.columns if column is not exclude)
        return next((column for column in others if self.meaning_of(column) == meaning), None)


#: the meaning of a header that is ambiguous on its own
HeaderRule = Callable[[SampledColumn, ColumnSet], HeaderMatch]
#: the meaning of a column from its values, None when they say nothing
ValueDetector = Callable[[SampledColumn], HeaderMatch | None]
#: the final word on the meaning that headers and values gave a column, None for an unknown one
MatchReview = Callable[[SampledColumn, HeaderMatch | None], HeaderMatch | None]
#: what the values of a column say about a match, None when there is nothing to say
ValueCheck = Callable[[SampledColumn], ValueReason | None]


@dataclass(frozen=True, slots=True)
class Platform:
    """An export format of another program.

    All headers are folded. fingerprint: headers that are all present.  headers: the header row.
    variants: headers of other versions and languages.
    has_descriptions: the row below the headers describes them in sentences.
    """

    name: str
    fingerprint: frozenset[str]
    headers: frozenset[str]
    variants: frozenset[str] = frozenset()
    has_descriptions: bool = False


_EMPTY: Final = build_dictionary(())


@dataclass(frozen=True, kw_only=True)
class KindVocabulary:
    """The knowledge of a kind. *Meanings* are canonical keys of columns; a target has one (FieldTarget.meaning).

    fields: headers by meaning.  other_tables: known headers of other kinds of tables, which are never matched.
    platforms: export formats by key.  rules: by folded header, for headers with several meanings.
    detect_values: the meaning of a column whose header is unknown or missing, from its values.
    review: the final word on the meaning of a column, whatever header and values said before.
    checks: by target format, what the values say about a match.
    left_out: what the values say about skipping a column or making it a field of its own.
    new_field: the format of the kind that a new field for a column should have, "" for the one of its values.
    secondary, fallbacks: by meaning, the meaning to use when its target is taken or does not exist.
    ignored: meanings never worth a custom field.  recalculated: totals that are computed here.
    kept_apart: by meaning of a total of the other program, the meaning of the field that keeps it apart from ours; a
    column that is about that field itself comes first.
    reasons: texts of the reason codes that rules, checks and detectors return.
    """

    fields: HeaderDictionary = _EMPTY
    other_tables: HeaderDictionary = _EMPTY
    platforms: Mapping[str, Platform] = field(default_factory=dict)
    rules: Mapping[str, HeaderRule] = field(default_factory=dict)
    detect_values: ValueDetector = lambda _column: None
    review: MatchReview = lambda _column, found: found
    checks: Mapping[str, ValueCheck] = field(default_factory=dict)
    left_out: ValueCheck = lambda _column: None
    new_field: Callable[[SampledColumn], str] = lambda _column: ""
    secondary: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    recalculated: frozenset[str] = frozenset()
    kept_apart: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str | Promise] = field(default_factory=dict)

    def known_key(self, header: str) -> str | None:
        """Return the key of a known header, None for an unknown one."""
        found = self.fields.exact(header) or self.other_tables.exact(header)
        if found is None:
            folded = fold_header(header)
            return folded if folded in self._platform_headers else None
        return found

    def has_descriptions(self, headers: Sequence[str]) -> bool:
        """Return whether files with these headers describe them in sentences in the next row."""
        platform = self.detect_platform(headers)
        return platform is not None and self.platforms[platform].has_descriptions

    def detect_platform(self, headers: Iterable[str]) -> str | None:
        """Return the platform whose whole fingerprint is among the headers; the longest fingerprint wins."""
        forms = {form for header in headers for form in (fold_header(header), *header_forms(header))}
        found = [
            key
            for key, platform in self.platforms.items()
            if platform.fingerprint and platform.fingerprint <= forms
        ]
        return max(found, key=lambda key: len(self.platforms[key].fingerprint), default=None)

    def platform_name(self, key: str | None) -> str:
        """Return the name of a platform, "" for None and for unknown keys."""
        platform = self.platforms.get(key or "")
        return platform.name if platform else ""

    @cached_property
    def _platform_headers(self) -> frozenset[str]:
        return frozenset().union(*(p.headers | p.variants for p in self.platforms.values()))
