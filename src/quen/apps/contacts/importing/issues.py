"""Texts of import issues."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.importing.targets import FIELD_PREFIX, system_targets
from quen.apps.import_export.registry import RowIssue

MESSAGES: Final[Mapping[str, str | Promise]] = {
    # why a row was refused
    "no_identifier": _("No phone number, email or customer code to identify the customer"),
    "walk_in": _("A walk-in customer without a phone number or email"),
    "ambiguous_contact": _("Matches two different customers: one by phone number, another by email or code"),
    "incomplete": _("Missing %(field)s (required)"),
    "erased": _("This person was erased; only they themselves can come back"),
    # what was left out of an imported row
    "too_short": _("Too few digits for a phone number"),
    "masked": _("Masked with asterisks"),
    "scientific": _("The spreadsheet cut off the last digits"),
    "service": _("A hotline, not a personal number"),
    "placeholder": _("Placeholder value"),
    "not_a_number": _("Not a phone number"),
    "foreign_unknown": _("Not a valid number in any country"),
    "syntax": _("Can't be read"),
    "impossible": _("This date doesn't exist"),
    "future": _("This date is in the future"),
    "year_only": _("Only a year, no day and month"),
    "no_year": _("The year is missing"),
    "digits": _("A digit doesn't tell the gender"),
    "unknown": _("Unknown value"),
    "ambiguous": _("Could be one of several provinces; kept as text"),
    "too_long": _("Too long; shortened or skipped"),
    "too_large": _("Too large"),
    "negative": _("Negative number"),
    "not_a_choice": _("Not one of the field's choices"),
    "link": _("Not a link"),
    "value_not_unique": _("Another customer already has this value; skipped"),
    "walk_in_name": _("Name used for walk-in customers; skipped"),
    "second_number_kept_apart": _(
        "Several numbers in one cell; the first is used, the others are stored as extra numbers"
    ),
    "second_email_kept_apart": _(
        "Several emails in one cell; the first is used, the others are stored as extra emails"
    ),
    # what to check
    "new_label": _("Created by the import"),
    "damaged": _("A character is damaged in the file; check the spelling"),
    "refusal_elsewhere": _("The column “%(column)s” contains a refusal, so they are not subscribed"),
    "name_mismatch": _("This phone number belongs to %(existing)s; the file says %(value)s"),
    "stays_unsubscribed": _("Already unsubscribed, so they stay unsubscribed"),
    "stays_saved": _("Archived before, so they stay archived"),
    "refusal_recorded": _("Existing customer; the opt-out in the file is recorded"),
}


def messages_for(found: Sequence[RowIssue]) -> list[str]:
    """Return the texts of many issues; the labels of custom fields are queried once."""
    labels = target_labels({issue.field for issue in found})
    return [message_for(issue, labels) for issue in found]


def message_for(issue: RowIssue, labels: Mapping[str, str] | None = None) -> str:
    """Return the text of an issue, after the field's label where that is informative."""
    if labels is None:
        labels = target_labels({issue.field})
    label = labels.get(issue.field, issue.field)
    params = {"value": "", "existing": "", "column": "", "field": _in_sentence(label)} | dict(issue.params)
    cause = params.get("cause")
    text = str(MESSAGES.get(str(cause or issue.code), MESSAGES["syntax"])) % params
    if cause:
        text = f"{MESSAGES[issue.code]} ({label}: {text})"
    elif issue.field and issue.code not in _WITHOUT_LABEL:
        text = f"{label}: {text}"
    if params["value"] and issue.code != "name_mismatch":
        text = f"{text} (“{params['value']}”)"
    return text


def target_labels(targets: Collection[str]) -> dict[str, str]:
    """Return the labels of targets by key."""
    labels = {target.key: str(target.label) for target in system_targets()}
    labels["birth_day"] = labels["birth_on"]
    custom_ids = [
        int(target.removeprefix(FIELD_PREFIX)) for target in targets if target.startswith(FIELD_PREFIX)
    ]
    if custom_ids:
        from quen.apps.contacts.models import Field

        names = Field.objects.filter(pk__in=custom_ids).values_list("pk", "name")
        labels |= {f"{FIELD_PREFIX}{pk}": name for pk, name in names}
    return labels


def _in_sentence(label: str) -> str:
    """Return a label as it reads inside a sentence; abbreviations such as "SMS" keep their capitals."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


_WITHOUT_LABEL = frozenset(
    {
        "incomplete",
        "erased",
        "refusal_elsewhere",
        "name_mismatch",
        "stays_unsubscribed",
        "stays_saved",
        "refusal_recorded",
        "walk_in_name",
        "walk_in",
        "no_identifier",
        "ambiguous_contact",
    }
)
