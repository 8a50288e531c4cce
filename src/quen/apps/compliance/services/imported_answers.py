"""What files say about other uses of people's data: agreements, their end, refusals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from quen.apps.compliance.models import PurposeAnswer
from quen.apps.compliance.types import DataUse
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import Consent, ConsentProof, ImportAnswer
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.core.actors import Actor

#: the ids of the answers, as labels of an import have
ANSWER_IDS = {answer.value: number for number, answer in enumerate(ImportAnswer, start=1)}
_BY_ID = {number: ImportAnswer(answer) for answer, number in ANSWER_IDS.items()}


def new_answers(pairs: Collection[tuple[int, int]], *, use: DataUse) -> dict[int, Consent]:
    """Return what contacts would say newly. pairs: contact and id of the answer.

    A refusal holds, whatever a file says; of several answers in it the stricter counts. A plain No only ends a Yes.
    """
    known = dict(
        PurposeAnswer.objects.filter(
            purpose=use.value, contact_id__in=[contact_id for contact_id, _answer in pairs]
        ).values_list("contact_id", "consent")
    )
    found: dict[int, Consent] = {}
    for contact_id, answer_id in sorted(pairs):
        before, answer = known.get(contact_id, Consent.NEVER_ASKED), _BY_ID[answer_id]
        if before == Consent.WITHDRAWN:
            continue
        if answer is ImportAnswer.YES and before == Consent.NEVER_ASKED:
            found[contact_id] = Consent.GRANTED
        elif answer is ImportAnswer.REFUSED or (answer is ImportAnswer.NO and before == Consent.GRANTED):
            found[contact_id] = Consent.WITHDRAWN
    return found


def import_answers(
    pairs: Collection[tuple[int, int]], *, use: DataUse, change_id: int | None, actor: Actor, now: datetime
) -> set[int]:
    """Record what a file says; return the contacts for whom it is new."""
    found = new_answers(pairs, use=use)
    PurposeAnswer.objects.bulk_create(
        [
            PurposeAnswer(contact_id=pk, purpose=use.value, consent=consent, at=now)
            for pk, consent in sorted(found.items())
        ],
        update_conflicts=True,
        unique_fields=["contact_id", "purpose"],
        update_fields=["consent", "at"],
        batch_size=1_000,
    )
    for consent, kind in ((Consent.GRANTED, "use_agreed"), (Consent.WITHDRAWN, "use_refused")):
        ids = sorted(pk for pk, answer in found.items() if answer == consent)
        if not ids:
            continue
        contacts.record_answers(
            contact_ids=ids, purpose=use.value, consent=consent, change_id=change_id, actor=actor, now=now
        )
        data = {"purpose": use.value} | actor.as_data()
        events.record_many([NewEvent(kind, pk, now, data=dict(data)) for pk in ids])
    return set(found)


def undo_answers(*, use: DataUse, change_id: int, actor: Actor, now: datetime) -> None:
    """Take back the agreements that an import recorded and that still stand; refusals stay."""
    agreed = contacts.answers_of_change(change_id=change_id, purpose=use.value, consent=Consent.GRANTED)
    found = PurposeAnswer.objects.filter(purpose=use.value, consent=Consent.GRANTED, contact_id__in=agreed)
    standing = [each for each in found if each.at == agreed[each.contact_id]]
    PurposeAnswer.objects.filter(pk__in=[each.pk for each in standing]).delete()
    contacts.record_answers(
        contact_ids=sorted(each.contact_id for each in standing),
        purpose=use.value,
        consent=Consent.NEVER_ASKED,
        proof=ConsentProof(ground="", method="undo", data={"undoes": change_id}),
        actor=actor,
        now=now,
    )
