"""A press on the link in a mail proves whose address it is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel
from quen.apps.events import services as events
from quen.apps.signup import queries
from quen.apps.signup.models import Agreement, Proposal, Submission
from quen.apps.signup.services.applying import identify_visitor
from quen.apps.signup.services.consents import grant
from quen.apps.signup.types import Outcome
from quen.core.actors import Actor
from quen.core.errors import DomainError


@transaction.atomic
def confirm(*, submission: Submission, now: datetime) -> Submission:
    """Confirm a submission: its ticks on email become consent, dated now, and its address becomes the contact's.

    A second press changes nothing. What differs from known values is taken only where the address was the contact's own
    before, so that the one who pressed is the one whose values they are. Locks the submission.
    """
    found = Submission.objects.select_for_update(of=("self",)).select_related("form").get(pk=submission.pk)
    if found.confirmed_at is not None or not found.waits:
        return found
    found.confirmed_at = now
    _phone_owner, email_owner = queries.owners_of(found)
    contact = email_owner or contacts.find_including_deleted(found.contact_id or 0)
    if contact is None or contact.deleted_at is not None:
        found.save(update_fields=["confirmed_at"])
        return found
    if email_owner is None:
        _add_address(found, contact.pk, now)
    elif found.outcome == Outcome.KNOWN and email_owner.pk == found.contact_id:
        _take_own_values(found, now)
    waiting = Agreement.objects.select_related("wording", "submission__form").filter(
        submission=found, wording__channel=Channel.EMAIL.value, granted_at=None
    )
    for agreement in waiting:
        if agreement.contact_id is not None:
            owner = contacts.find_including_deleted(contact.pk)
            assert owner is not None
            grant(agreement, owner, now=now, confirmed=True)
    found.save(update_fields=["confirmed_at"])
    identify_visitor(found, contact.pk, at=now)
    data = {"form": found.form.name, "form_id": found.form_id, "submission": found.pk}
    events.record("form_confirmed", contact_id=contact.pk, at=now, ref=found.form_id, data=data)
    return found


def _add_address(submission: Submission, contact_id: int, now: datetime) -> None:
    """Give the contact the confirmed address; where they have another one, staff decide."""
    contact = contacts.get_contact(contact_id)
    filled = contacts_services.fill_contact(
        workspace=accounts.current_workspace(),
        contact=contact,
        values={"email": submission.email},
        actor=Actor.contact(contact.pk),
        now=now,
    )
    if filled.differing:
        Proposal.objects.create(submission=submission, target="email", value=submission.email, at=now)


def _take_own_values(submission: Submission, now: datetime) -> None:
    contact = contacts.get_contact(submission.contact_id or 0)
    for proposal in Proposal.objects.filter(submission=submission, decided_at=None):
        try:
            with transaction.atomic():
                contacts_services.update_contact(
                    workspace=accounts.current_workspace(),
                    contact=contact,
                    values={proposal.target: proposal.value},
                    actor=Actor.contact(contact.pk),
                    now=now,
                )
        except (DomainError, KeyError):
            continue
        proposal.decided_at, proposal.taken = now, True
        proposal.save(update_fields=["decided_at", "taken"])
