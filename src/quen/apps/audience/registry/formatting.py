"""Labels, days and numbers inside the sentences of conditions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from quen.apps.audience.types import Argument, ArgumentKind, EvaluationContext
from quen.apps.audience.types.condition_types import LazyText
from quen.ui.tags.filters import money

#: SEG-35: an integer from 1 to 730, 30 by default
DAYS = Argument("days", ArgumentKind.INTEGER, _("Days"), _("days"), min_value=1, max_value=730, default=30)


def label_in_sentence(label: LazyText) -> str:
    """Return a label for the middle of a sentence: lower-case first letter, unless it is an abbreviation."""
    text = str(label)
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def days_text(days: int) -> str:
    """Return “60 days”."""
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def times_text(times: int) -> str:
    """Return “once” or “3 times”."""
    return ngettext("once", "%(count)d times", times) % {"count": times}


def day_text(iso: str) -> str:
    """Return a day in the format of the active language: 02/03/2026, or 2 Mar 2026 in English."""
    return date_format(date.fromisoformat(iso), "SHORT_DATE_FORMAT")


def number_text(value: object, *, context: EvaluationContext | None = None) -> str:
    """Return a number in the format of the active language; with a context, as money of its currency."""
    amount = Decimal(str(value))
    if context is not None:
        return money(amount, context.currency)
    plain = f"{amount.normalize():,f}"
    return plain if get_language() == "en" else plain.translate(str.maketrans(",.", ".,"))


def list_text(labels: list[str]) -> str:
    """Return “A, B or C”."""
    if len(labels) < 2:
        return "".join(labels)
    return str(_("%(first)s or %(last)s")) % {"first": ", ".join(labels[:-1]), "last": labels[-1]}


def all_of_text(labels: list[str]) -> str:
    """Return “A, B and C”."""
    if len(labels) < 2:
        return "".join(labels)
    return str(_("%(first)s and %(last)s")) % {"first": ", ".join(labels[:-1]), "last": labels[-1]}
