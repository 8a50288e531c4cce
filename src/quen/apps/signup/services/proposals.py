"""Values that differ from what is known: staff take or refuse them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.signup.models import Proposal
from quen.apps.signup.types import ProposalDecided
from quen.core.actors import Actor


@transaction.atomic
def take_proposal(*, proposal: Proposal, actor: Actor, now: datetime) -> None:
    """Write a proposed value. Raises ProposalDecided, and what update_contact raises; then it still waits."""
    found = _open(proposal)
    contacts_services.update_contact(
        workspace=accounts.current_workspace(),
        contact=contacts.get_contact(found.submission.contact_id or 0),
        values={found.target: found.value},
        actor=actor,
        now=now,
    )
    _decide(found, taken=True, actor=actor, now=now)


@transaction.atomic
def refuse_proposal(*, proposal: Proposal, actor: Actor, now: datetime) -> None:
    """Leave the contact as it is. Raises ProposalDecided."""
    _decide(_open(proposal), taken=False, actor=actor, now=now)


def _open(proposal: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update(of=("self",)).select_related("submission").get(pk=proposal.pk)
    if found.decided_at is not None:
        raise ProposalDecided()
    return found


def _decide(found: Proposal, *, taken: bool, actor: Actor, now: datetime) -> None:
    found.decided_at, found.taken, found.member_name = now, taken, actor.name
    found.save(update_fields=["decided_at", "taken", "member_name"])
