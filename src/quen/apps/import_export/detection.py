"""The meaning of a column: the target's own label first, then the kind's rules, known headers and values."""

from __future__ import annotations

from collections.abc import Mapping

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.headers import HeaderDictionary, fold_header, header_forms
from quen.apps.import_export.vocabulary import ColumnSet, HeaderMatch


def detect(
    column: SampledColumn, file: ColumnSet, own_dictionary: HeaderDictionary, meanings: Mapping[str, str]
) -> HeaderMatch | None:
    """Return the meaning of a column, with meaning "" when it is known and not used; None when it is unknown.

    own_dictionary: labels and aliases of targets, by target key.  meanings: by target key.
    """
    return file.vocabulary.review(column, _detect(column, file, own_dictionary, meanings))


def _detect(
    column: SampledColumn, file: ColumnSet, own_dictionary: HeaderDictionary, meanings: Mapping[str, str]
) -> HeaderMatch | None:
    header, vocabulary, platform = column.header, file.vocabulary, file.platform
    if not header:
        return vocabulary.detect_values(column)
    # The target's label decides, unless the header itself is ambiguous ("Tên" alone is mostly the full name).
    for form in header_forms(header):
        rule = vocabulary.rules.get(form)
        if rule is not None:
            return rule(column, file)
    key = own_dictionary.exact(header)
    if key is not None:
        return HeaderMatch(meanings[key], 1, "header_equals_field")
    meaning = vocabulary.fields.exact(header)
    if meaning is not None:
        return HeaderMatch(meaning, 2, "header_equals_field")
    if vocabulary.other_tables.exact(header):
        return HeaderMatch("", 2, "not_used")
    contained = vocabulary.fields.contained(header)
    if contained is not None:
        return HeaderMatch(contained, 3, "header_contains_field")
    by_values = vocabulary.detect_values(column)
    if by_values is not None:
        return by_values
    if platform is not None and fold_header(header) in vocabulary.platforms[platform].headers:
        return HeaderMatch("", 4, "not_used")
    return None
