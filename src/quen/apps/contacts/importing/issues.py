"""What was wrong with a row, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.importing.targets import FIELD, system_targets
from quen.apps.import_export.registry import RowIssue

SENTENCES: Final[Mapping[str, str | Promise]] = {
    # why a row did not enter
    "no_identifier": _("No phone number, email or customer code says who this is"),
    "walk_in": _("A walk-in customer without a phone number or email"),
    "two_people": _("Fits two different customers: the phone number is one's, the email or code another's"),
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
    "another_name": _("The phone number is %(held)s's; the file says %(value)s"),
    "unsubscribed_stays": _("Unsubscribed before, so they stay unsubscribed"),
    "saved_stays": _("Put away as saved, so they stay so"),
    "refusal_not_taken": _("The file says they unsubscribed; choose “Overwrite” to take that over"),
}


def sentences(found: Sequence[RowIssue]) -> list[str]:
    """Give a sentence each, asking for the labels of custom fields once."""
    labels = labels_of({issue.field for issue in found})
    return [sentence(issue, labels) for issue in found]


def sentence(issue: RowIssue, labels: Mapping[str, str] | None = None) -> str:
    """Give the sentence, led by the field's label where the field tells something."""
    if labels is None:
        labels = labels_of({issue.field})
    params = {"value": "", "held": ""} | dict(issue.params)
    because = params.get("because")
    text = str(SENTENCES.get(str(because or issue.code), SENTENCES["syntax"])) % params
    if because:
        text = f"{SENTENCES[issue.code]} ({labels.get(issue.field, issue.field)}: {text})"
    elif issue.field and issue.code not in _SPEAK_FOR_THEMSELVES:
        text = f"{labels.get(issue.field, issue.field)}: {text}"
    if params["value"] and issue.code != "another_name":
        text = f"{text} (“{params['value']}”)"
    return text


def labels_of(targets: Collection[str]) -> dict[str, str]:
    """What people call these fields."""
    found = {each.key: str(each.label) for each in system_targets() if each.key in targets}
    own = [int(target.removeprefix(FIELD)) for target in targets if target.startswith(FIELD)]
    if own:
        from quen.apps.contacts.models import Field

        names = Field.objects.filter(pk__in=own).values_list("pk", "name")
        found |= {f"{FIELD}{pk}": name for pk, name in names}
    return found


_SPEAK_FOR_THEMSELVES = frozenset(
    {
        "another_name",
        "unsubscribed_stays",
        "saved_stays",
        "refusal_not_taken",
        "walk_in_name",
        "walk_in",
        "no_identifier",
        "two_people",
    }
)
