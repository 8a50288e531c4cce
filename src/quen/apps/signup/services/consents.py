"""Ticks become consent, with the words that were read as their proof."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, Consent, ConsentMethod, ConsentProof
from quen.apps.signup import queries
from quen.apps.signup.models import Agreement, ConsentWording, Submission
from quen.apps.signup.types import FormContent, Way
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

_EMAIL = Channel.EMAIL.value


def record_ticks(
    submission: Submission,
    content: FormContent,
    *,
    phone_owner: Contact,
    email_owner: Contact,
    now: datetime,
) -> bool:
    """Record what was ticked for whoever has the address of its channel; return whether a tick waits for a press.

    A tick on email waits with double opt-in. A tick on a channel that the person refused waits for them: by email it is
    confirmed there, on other channels it stays a note on the submission.
    """
    if not submission.ticked or submission.version is None:
        return False
    wordings = queries.wordings_in(submission.version, submission.language)
    waits = False
    for box in submission.ticked:
        wording = wordings.get(box)
        if wording is None:
            continue
        # Locked, so that a refusal at this moment is either seen here or comes after.
        contact = contacts_services.lock_contact(email_owner if wording.channel == _EMAIL else phone_owner)
        if wording.channel == _EMAIL and not submission.email:
            continue  # without an address there is nothing to agree to
        agreement = Agreement.objects.create(
            wording=wording, submission=submission, contact_id=contact.pk, at=submission.at
        )
        if _has_refused(contact, wording.channel):
            submission.refused = [*submission.refused, wording.channel]
            waits |= wording.channel == _EMAIL
        elif wording.channel == _EMAIL and content.double_opt_in:
            waits = True
        else:
            grant(agreement, contact, now=submission.at)
    return waits


def grant(agreement: Agreement, contact: Contact, *, now: datetime, confirmed: bool = False) -> None:
    """Record the consent of an agreement in the consent log; its proof names the wording and the submission.

    confirmed: by a press on the link in a mail, which also ends the person's own refusal.
    """
    wording, submission = agreement.wording, agreement.submission
    proof = ConsentProof(
        ground=submission.form.name,
        wording=wording.text,
        obtained_at=now,
        method=ConsentMethod.WEB.value,
        data={
            "form": submission.form_id,
            "submission": submission.pk,
            "wording": wording.pk,
            "wording_number": wording.number,
            "language": wording.language,
            "confirmed": confirmed,
            "at_counter": submission.way == Way.COUNTER,
        },
    )
    was_granted = contact.consent(wording.channel) == Consent.GRANTED
    actor = Actor.contact(contact.pk)
    contact = contacts_services.set_consent(
        contact=contact, channel=wording.channel, consent=Consent.GRANTED, proof=proof, actor=actor, now=now
    )
    if confirmed:
        compliance.resubscribe(
            contact_id=contact.pk, channel=wording.channel, wording=wording.text, message_id=None, now=now
        )
    wanted = _topics(wording, submission, was_granted=was_granted)
    if wanted:
        compliance.choose_topics(contact_id=contact.pk, wanted=wanted, proof=proof, actor=actor, now=now)
    agreement.granted_at = now
    agreement.save(update_fields=["granted_at"])


def _topics(
    wording: ConsentWording, submission: Submission, *, was_granted: bool
) -> dict[tuple[int, str], bool]:
    """Return what the words name, by topic and channel: who agrees to one topic has not agreed to the others."""
    if not wording.topic_id:
        return {}
    channel = wording.channel
    on_channel = Agreement.objects.filter(submission=submission, wording__channel=channel)
    ticked = set(on_channel.values_list("wording__topic_id", flat=True))
    if 0 in ticked or was_granted:
        return {(wording.topic_id, channel): True} if _is_topic(wording.topic_id) else {}
    return {(topic.pk, channel): topic.pk in ticked for topic in compliance_queries.topics_on(channel)}


def _is_topic(topic_id: int) -> bool:
    return any(topic.pk == topic_id for topic in compliance_queries.topics())


def _has_refused(contact: Contact, channel: str) -> bool:
    """Return whether the person said no, here or under another record with the same address."""
    return contact.consent(channel) == Consent.BLOCKED or compliance.has_said_no(contact, channel)
