"""What forms keep about a person: it follows a merge, is copied for them, and goes when they are erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from quen.apps.contacts import queries as contacts_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ContactRows
from quen.apps.signup import queries
from quen.apps.signup.models import Agreement, Submission
from quen.core import sql
from quen.core.sql import Relation

_SUBMISSIONS, _AGREEMENTS = ContactRows(model=Submission), ContactRows(model=Agreement)
MERGE_COLUMNS = {
    "signup_submission.contact_id": "follows",
    "signup_agreement.contact_id": "follows",
}


def merge_people(pairs: Relation, now: datetime) -> None:
    """Give what merged contacts sent and agreed to to the contacts that are kept."""
    contacts.carry_rows(pairs, _SUBMISSIONS)
    contacts.carry_rows(pairs, _AGREEMENTS)


def unmerge_people(pairs: Relation, now: datetime) -> None:
    """Give it back."""
    contacts.return_rows(pairs, _SUBMISSIONS)
    contacts.return_rows(pairs, _AGREEMENTS)


def erase_people(people: Relation, now: datetime) -> None:
    """Erase what people sent, also where it was held back and belongs to nobody; the rows still count in reports.

    people: column contact_id.
    """
    ids = [contact_id for (contact_id,) in sql.rows(people)]
    phones, emails = _addresses(ids)
    rows = [
        pk
        for (pk,) in sql.rows(
            Relation(
                "SELECT id FROM signup_submission WHERE contact_id = ANY(%(ids)s)"
                " OR (phone <> '' AND phone = ANY(%(phones)s)) OR (email <> '' AND email = ANY(%(emails)s))"
                " ORDER BY id FOR UPDATE",
                {"ids": ids, "phones": phones, "emails": emails},
            )
        )
    ]
    for statement in (
        "DELETE FROM signup_proposal WHERE submission_id = ANY(%(rows)s)",
        "DELETE FROM signup_confirmationmail WHERE submission_id = ANY(%(rows)s) OR address = ANY(%(emails)s)",
        "DELETE FROM signup_agreement WHERE submission_id = ANY(%(rows)s) OR contact_id = ANY(%(ids)s)",
        "UPDATE signup_submission SET contact_id = NULL, answers = '{{}}', phone = '', email = '', page = '',"
        " visitor = '', key = '', digest = '', waits = false WHERE id = ANY(%(rows)s)",
    ):
        sql.execute(Relation(statement.replace("{{}}", "{}"), {"rows": rows, "emails": emails, "ids": ids}))


def copy_of(contact_id: int) -> list[dict[str, Any]]:
    """Return what a person sent, for the copy of their data."""
    return [
        {
            _("Form"): each.form.name,
            _("Sent"): each.at.isoformat(),
            _("Confirmed"): each.confirmed_at.isoformat() if each.confirmed_at else "",
            _("Answers"): "; ".join(f"{name}: {value}" for name, value in each.answers.items()),
            _("Page"): each.page,
        }
        for each in queries.submissions_of(contact_id)
    ]


def _addresses(ids: list[int]) -> tuple[list[str], list[str]]:
    """Return phone numbers and emails of contacts, further ones too."""
    phones: list[str] = []
    emails: list[str] = []
    for contact_id in ids:
        contact = contacts_queries.find_including_deleted(contact_id)
        for kind, value in contacts_queries.identifiers_of(contact) if contact is not None else ():
            (phones if kind == "phone" else emails if kind == "email" else []).append(value)
    return phones, emails
