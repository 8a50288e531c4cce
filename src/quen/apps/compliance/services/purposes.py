"""What people say about other uses of their data: advertising platforms, advertising by post (R-17)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import PurposeAnswer
from quen.apps.compliance.types import DataUse
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Consent, ConsentProof, OptInRequired, ProofMissing
from quen.apps.events import services as events
from quen.core import sql
from quen.core.actors import Actor, ActorKind
from quen.core.errors import NotFound
from quen.core.sql import Relation


@transaction.atomic
def answer_purpose(
    *, contact_id: int, purpose: DataUse, agrees: bool, proof: ConsentProof, actor: Actor, now: datetime
) -> bool:
    """Record what a person says about a use of their data; return whether that is new.

    After a refusal only the person themselves agrees again (R-16). Staff need a proof of an agreement (R-18). Locks the
    contact. Raises NotFound, OptInRequired, ProofMissing.
    """
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    contact = contacts_services.lock_contact(contact)
    before = queries.purpose_answers(contact.pk).get(purpose, Consent.NEVER_ASKED)
    consent = Consent.GRANTED if agrees else Consent.WITHDRAWN
    if before == consent:
        return False
    if agrees and actor.kind != ActorKind.CONTACT:
        if before == Consent.WITHDRAWN:
            raise OptInRequired(name=str(contact))
        if not contacts_services.has_ground(proof):
            raise ProofMissing()
    PurposeAnswer.objects.update_or_create(
        contact_id=contact.pk, purpose=purpose.value, defaults={"consent": consent, "at": now}
    )
    contacts_services.record_answer(
        contact=contact,
        channel="",
        purpose=purpose.value,
        consent=consent,
        proof=proof,
        actor=actor,
        now=now,
    )
    kind = "use_agreed" if agrees else "use_refused"
    data = {"purpose": purpose.value} | actor.as_data()
    events.record(kind, contact_id=contact.pk, at=now, data=data)
    return True


def refuse_purposes(*, contact_id: int, proof: ConsentProof, actor: Actor, now: datetime) -> None:
    """Refuse every use of a person's data, also those they were never asked about. Locks the contact."""
    for purpose in DataUse:
        answer_purpose(
            contact_id=contact_id, purpose=purpose, agrees=False, proof=proof, actor=actor, now=now
        )


def erase_answers(people: Relation) -> None:
    """Erase what these people said. people: column contact_id."""
    statement = "DELETE FROM compliance_purposeanswer WHERE contact_id IN (SELECT contact_id FROM {people} p)"
    sql.execute(sql.compose(statement, people=people))
