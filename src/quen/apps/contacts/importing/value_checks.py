"""What the values of a column say about contacts: phones, emails, genders, provinces, names of people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from quen.apps.contacts.importing.cell_values import says_none
from quen.apps.contacts.importing.refusal_cells import parts_that_refuse, read_answer
from quen.apps.import_export.registry import (
    Cell,
    HeaderMatch,
    SampledColumn,
    ValueCheck,
    ValueReason,
    cell_text,
    mismatch,
)
from quen.core import booleans, emails, genders, names, phones, provinces
from quen.core.text import fold

_MASKED: Final = re.compile(r"\*{2,}|[xX]{3,}")


def detect_values(column: SampledColumn) -> HeaderMatch | None:
    """Return the meaning of a column with an unknown header or none, from its values."""
    if column.fit(is_email).mostly:
        return HeaderMatch("email", 5, "values_are_emails")
    if column.fit(is_phone).mostly and not column.real_dates:
        return HeaderMatch("phone", 5, "values_are_phones")
    if column.header:
        return None  # an unknown header keeps its own meaning: "Giới tính con", "Ngày cưới"
    if column.fit(is_gender).mostly:
        return HeaderMatch("gender", 6, "values_are_genders")
    if column.fit(is_person_name).mostly:
        return HeaderMatch("full_name", 6, "values_are_names")
    if column.fit(is_province).mostly:
        return HeaderMatch("province", 6, "values_are_provinces")
    if column.dates.mostly:
        return HeaderMatch("birthday", 7, "values_are_dates", needs_review=True)
    return None


def is_phone(cell: Cell) -> bool:
    """Return whether a cell is a phone number."""
    if isinstance(cell, (bool, date)) or cell is None:
        return False
    return bool(phones.read(cell).e164)


def is_email(cell: Cell) -> bool:
    """Return whether a cell is an email address."""
    return bool(emails.read_all(cell))


def is_gender(cell: Cell) -> bool:
    """Return whether a cell is a gender."""
    return bool(genders.read_gender(cell))


def is_province(cell: Cell) -> bool:
    """Return whether a cell contains the name of a province, former or current."""
    return provinces.from_combined(str(cell)).match is not None


def is_person_name(cell: Cell) -> bool:
    """Return whether a cell is a full name: two to six words that begin with a Vietnamese family name."""
    if not isinstance(cell, str):
        return False
    _title, name = names.strip_title(cell.strip())
    words = name.split()
    return 2 <= len(words) <= 6 and name.replace(" ", "").isalpha() and fold(words[0]) in names.FAMILY_NAMES


def starts_with_family_name(cell: Cell) -> bool:
    """Return whether the first word of a cell is a Vietnamese family name."""
    return fold(cell_text(cell)).split(" ")[0] in names.FAMILY_NAMES


def _check_phones(column: SampledColumn) -> ValueReason:
    fit = column.fit(is_phone)
    if sum(bool(_MASKED.search(text)) for text in column.texts) * 3 > len(column.texts) > 0:
        return ValueReason("phones_masked", needs_review=True)
    bad = fit.bad - column.fit(says_none).good
    if fit.good < bad:
        return mismatch(column, fit.good)
    return ValueReason("values_are_phones", {"good": fit.good, "bad": bad})


def _check_emails(column: SampledColumn) -> ValueReason | None:
    fit = column.fit(is_email)
    bad = fit.bad - column.fit(says_none).good
    if fit.good < bad:
        return mismatch(column, fit.good)
    return ValueReason("values_are_emails", {"good": fit.good, "bad": bad}) if bad else None


def _check_provinces(column: SampledColumn) -> ValueReason | None:
    found = (provinces.from_combined(text).match for text in set(column.texts))
    if any(match and match.kind == "old" for match in found):
        return ValueReason("old_provinces")
    if not column.fit(is_province).good and column.distinct > 2:
        return mismatch(column, 0)
    return None


def _check_genders(column: SampledColumn) -> ValueReason | None:
    if any(text in {"0", "1", "2"} for text in column.texts):
        return ValueReason("gender_digits", needs_review=True)
    fit = column.fit(is_gender)
    return mismatch(column, fit.good) if not fit.mostly and fit.bad else None


def _check_codes(column: SampledColumn) -> ValueReason | None:
    return ValueReason("values_unique") if column.unique else None


def refuses(cell: Cell) -> bool:
    """Return whether a cell contains words of refusal."""
    return isinstance(cell, str) and any(True for _part in parts_that_refuse(cell))


def check_left_out(column: SampledColumn) -> ValueReason | None:
    """Return that the user decides when a column that would be left out contains words of refusal."""
    refusal = next((text for text in column.texts if refuses(text)), None)
    return None if refusal is None else ValueReason("values_refuse", {"value": refusal}, needs_review=True)


def _check_refusals(column: SampledColumn) -> ValueReason | None:
    """Return what a Yes means in a column that refuses, or that too few values are yes, no, a date or a refusal."""
    answers = [text for text in column.texts if read_answer(text) is not None]
    yes = column.fit(_is_yes)
    good = column.booleans.good + len(answers) + column.dates.good
    if min(good, len(column.cells)) * 2 < len(column.cells):
        return mismatch(column, min(good, len(column.cells)))
    if yes.good:
        word = next(
            text for cell, text in zip(column.cells, column.texts, strict=True) if _is_yes_or_no(cell)
        )
        return ValueReason("refuses_when", {"value": word})
    if column.dates.good:
        return ValueReason("refuses_since")
    return None


def _is_yes(cell: Cell) -> bool:
    return booleans.read_bool(cell)


def _is_yes_or_no(cell: Cell) -> bool:
    try:
        return booleans.read_bool(cell)
    except booleans.BadBool:
        return False


CHECKS: Final[Mapping[str, ValueCheck]] = {
    "phone": _check_phones,
    "email": _check_emails,
    "province": _check_provinces,
    "gender": _check_genders,
    "code": _check_codes,
    "refusal": _check_refusals,
}
