"""What was wrong with a row, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.importing.targets import FIELD_PREFIX, system_targets
from quen.apps.import_export.registry import RowIssue

MESSAGES: Final[Mapping[str, str | Promise]] = {
    # why a row did not enter
    "no_identifier": _("No phone number, email or customer code says who this is"),
    "walk_in": _("A walk-in customer without a phone number or email"),
    "ambiguous_contact": _(
        "Fits two different customers: the phone number is one's, the email or code another's"
    ),
    "incomplete": _("Lacks a field this workspace asks for"),
    # what was left out of a row that entered
    "too_short": _("Too few digits for a phone number"),
    "masked": _("Hidden with stars"),
    "scientific": _("The spreadsheet has swallowed the last digits"),
    "service": _("A service number, nobody's own"),
    "placeholder": _("A made-up value"),
    "not_a_number": _("Not a phone number"),
    "foreign_unknown": _("No country has numbers like this"),
    "syntax": _("Can't be read"),
    "impossible": _("There is no such day"),
    "year_only": _("Only a year, no day and month"),
    "no_year": _("The year is missing"),
    "digits": _("Digits don't say which gender is meant"),
    "unknown": _("We don't know this value"),
    "ambiguous": _("May stand for several provinces; kept as text"),
    "too_long": _("Too long; shortened or left out"),
    "too_large": _("Far too large"),
    "negative": _("Below zero"),
    "not_a_choice": _("Not one of the field's choices"),
    "link": _("Not a link"),
    "value_not_unique": _("Someone else has this value already; left out"),
    "walk_in_name": _("The name stands for walk-in customers; left out"),
    "second_number_kept_apart": _(
        "Several numbers in one cell; the first is used, the others are kept apart"
    ),
    # what to look at
    "name_mismatch": _("The phone number is %(existing)s's; the file says %(value)s"),
    "stays_unsubscribed": _("Unsubscribed before, so they stay unsubscribed"),
    "stays_saved": _("Put away as saved, so they stay so"),
    "unsubscribe_ignored": _("The file says they unsubscribed; choose “Overwrite” to take that over"),
}


def messages_for(found: Sequence[RowIssue]) -> list[str]:
    """Give a sentence each, asking for the labels of custom fields once."""
    labels = target_labels({issue.field for issue in found})
    return [message_for(issue, labels) for issue in found]


def message_for(issue: RowIssue, labels: Mapping[str, str] | None = None) -> str:
    """Give the sentence, led by the field's label where the field tells something."""
    if labels is None:
        labels = target_labels({issue.field})
    params = {"value": "", "existing": ""} | dict(issue.params)
    cause = params.get("cause")
    text = str(MESSAGES.get(str(cause or issue.code), MESSAGES["syntax"])) % params
    if cause:
        text = f"{MESSAGES[issue.code]} ({labels.get(issue.field, issue.field)}: {text})"
    elif issue.field and issue.code not in _WITHOUT_LABEL:
        text = f"{labels.get(issue.field, issue.field)}: {text}"
    if params["value"] and issue.code != "name_mismatch":
        text = f"{text} (“{params['value']}”)"
    return text


def target_labels(targets: Collection[str]) -> dict[str, str]:
    """What people call these fields."""
    labels = {target.key: str(target.label) for target in system_targets() if target.key in targets}
    custom_ids = [
        int(target.removeprefix(FIELD_PREFIX)) for target in targets if target.startswith(FIELD_PREFIX)
    ]
    if custom_ids:
        from quen.apps.contacts.models import Field

        names = Field.objects.filter(pk__in=custom_ids).values_list("pk", "name")
        labels |= {f"{FIELD_PREFIX}{pk}": name for pk, name in names}
    return labels


_WITHOUT_LABEL = frozenset(
    {
        "name_mismatch",
        "stays_unsubscribed",
        "stays_saved",
        "unsubscribe_ignored",
        "walk_in_name",
        "walk_in",
        "no_identifier",
        "ambiguous_contact",
    }
)
