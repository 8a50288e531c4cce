"""What a submission changes: nothing that is known, until its sender has proved who they are (R-35).

An unconfirmed submission fills only empty fields of a known person; other values wait as proposals. A phone number of
one and an email of another person change neither. Consent is recorded all the same, except where the person refused
before: only they themselves end that (R-16), by a press on the link in their mail.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, SourceKind
from quen.apps.events import services as events
from quen.apps.groups import queries as groups
from quen.apps.groups import services as groups_services
from quen.apps.signup import queries
from quen.apps.signup.models import Proposal, Submission
from quen.apps.signup.services.consents import record_ticks
from quen.apps.signup.services.mails import ask_to_confirm
from quen.apps.signup.services.mapping import external_values
from quen.apps.signup.services.reading import ContactValues, values_of
from quen.apps.signup.types import FormContent, FormKind, Outcome, SubmissionState, Way
from quen.apps.website import services as website
from quen.apps.website.types import UnknownVisitor
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact, Source

_EMAIL = Channel.EMAIL.value


def apply(submission: Submission, *, now: datetime, actor: Actor | None = None) -> None:
    """Do what follows from a submission, in the caller's transaction, dated as sent.

    actor: the member who typed it in; they saw the person, which is not the same as a confirmed address.
    """
    content = content_of(submission)
    values = submission_values(submission)
    submission.field_notes = values.unusable
    phone_owner, email_owner = queries.owners_of(submission)
    if phone_owner is not None and email_owner is not None and phone_owner.pk != email_owner.pk:
        submission.outcome = Outcome.MIXED
        _finish(submission, content, phone_owner, email_owner, now)
        return
    contact = email_owner or phone_owner
    if contact is None:
        contact = _create(submission, content, values)
        if contact is None:
            return
        submission.outcome = Outcome.CREATED
        phone_owner, email_owner = contact, contact
    elif not content.repeat and _came_before(submission, contact):
        submission.contact_id, submission.outcome = contact.pk, Outcome.REFUSED
        _finish(submission, content, contact, contact, now, labels=False)
        return
    else:
        submission.outcome = Outcome.KNOWN
        _fill(submission, content, contact, values, now)
    submission.contact_id = contact.pk
    if submission.outcome == Outcome.CREATED:
        identify_visitor(submission, contact.pk, at=submission.at)
    _finish(submission, content, contact, contact, now)
    _announce(submission, contact, actor)


def content_of(submission: Submission) -> FormContent:
    """Return what the form said when the submission was sent."""
    return submission.form.content if submission.version is None else submission.version.parsed


def submission_values(submission: Submission) -> ContactValues:
    """Return the answers as values of a contact."""
    if submission.form.kind == FormKind.EXTERNAL:
        return external_values(submission.form, submission.answers)
    return values_of(content_of(submission), submission.answers)


def identify_visitor(submission: Submission, contact_id: int, *, at: datetime) -> None:
    """Join what the browser did on the shop's website before: its visitor is new because of this form, or confirmed."""
    if submission.visitor:
        with contextlib.suppress(UnknownVisitor):
            website.identify(submission.visitor, contact_id, at)


def put_labels(submission: Submission, content: FormContent, contact: Contact) -> None:
    """Give the contact the form's tags and groups."""
    actor, at = Actor.contact(contact.pk), submission.at
    if content.tags:
        contacts_services.add_tags(contact=contact, names=content.tags, actor=actor, now=at)
    chosen = [group for group in groups.groups() if group.pk in content.groups]
    if chosen:
        only: Relation = contacts.relation_of_ids([contact.pk])
        groups_services.add_members(groups=chosen, contacts=only, actor=actor, now=at)


def _create(submission: Submission, content: FormContent, values: ContactValues) -> Contact | None:
    """Return a new contact; None where nobody can be made of the values, which then wait for somebody to look."""
    workspace, given = accounts.current_workspace(), dict(values.values)
    kept = {key: raw for key, raw in given.items() if key in ("phone", "email")}
    attempts: list[dict[str, Any]] = [given, _usable(given), kept]
    for attempt in attempts:
        try:
            with transaction.atomic():
                made = contacts_services.create_contact_from_source(
                    workspace=workspace,
                    values=attempt,
                    source=source_of(submission, content),
                    actor=Actor.contact(0),
                    now=submission.at,
                )
        except (DomainError, KeyError):
            continue
        submission.field_notes = [*values.unusable, *(key for key in given if key not in attempt)]
        return made
    submission.state = SubmissionState.REVIEW
    submission.save()
    return None


def _usable(given: dict[str, Any]) -> dict[str, Any]:
    fields = {f"field_{field.pk}" for field in contacts.active_fields()}
    return {key: raw for key, raw in given.items() if not key.startswith("field_") or key in fields}


def _fill(
    submission: Submission, content: FormContent, contact: Contact, values: ContactValues, now: datetime
) -> None:
    given = dict(values.values)
    if needs_confirmation(submission, content):
        # The address is added once its owner has pressed the button.
        given.pop(_EMAIL, None)
    filled = contacts_services.fill_contact(
        workspace=accounts.current_workspace(),
        contact=contact,
        values=given,
        source=source_of(submission, content),
        actor=Actor.contact(contact.pk),
        now=now,
    )
    submission.field_notes = [*values.unusable, *filled.refused]
    Proposal.objects.bulk_create(
        Proposal(submission=submission, target=key, value=raw, at=submission.at)
        for key, raw in filled.differing.items()
    )


def needs_confirmation(submission: Submission, content: FormContent) -> bool:
    """Return whether a press on the link in a mail has to come first: double opt-in, with an address."""
    return content.double_opt_in and bool(submission.email) and submission.confirmed_at is None


def source_of(submission: Submission, content: FormContent) -> Source:
    """Return the source that the form sets, else one named after the form."""
    chosen = next((each for each in contacts.active_sources() if each.pk == content.source), None)
    form = submission.form
    return chosen or contacts_services.ensure_source(
        code=f"form-{form.pk}", name=form.name, kind=SourceKind.FORM
    )


def _came_before(submission: Submission, contact: Contact) -> bool:
    """Return whether the contact already sent this form."""
    earlier = Submission.objects.filter(form_id=submission.form_id, contact_id=contact.pk)
    return earlier.filter(state=SubmissionState.RECEIVED).exclude(pk=submission.pk).exists()


def _finish(
    submission: Submission,
    content: FormContent,
    phone_owner: Contact,
    email_owner: Contact,
    now: datetime,
    *,
    labels: bool = True,
) -> None:
    """Record the ticks, put the labels on, ask to confirm where that is needed, and save the submission."""
    submission.save()
    waits = record_ticks(submission, content, phone_owner=phone_owner, email_owner=email_owner, now=now)
    if labels and submission.contact_id is not None:
        put_labels(submission, content, email_owner)
    submission.waits = bool(submission.email) and (
        waits or (labels and content.double_opt_in and submission.outcome != Outcome.MIXED)
    )
    submission.save(update_fields=["waits", "refused", "outcome", "contact_id"])
    if submission.waits:
        ask_to_confirm(submission, now=now)


def _announce(submission: Submission, contact: Contact, actor: Actor | None) -> None:
    form = submission.form
    data: dict[str, Any] = {
        "form": form.name,
        "form_id": form.pk,
        "way": submission.way,
        "submission": submission.pk,
    }
    data |= actor.as_data() if actor else {}
    events.record("form_submitted", contact_id=contact.pk, at=submission.at, ref=form.pk, data=data)
    if submission.way == Way.COUNTER:
        events.record("counter_visited", contact_id=contact.pk, at=submission.at, ref=form.pk, data=data)
    contacts_services.touch_activity(
        Relation(
            "SELECT %(contact)s::bigint AS contact_id, %(at)s::timestamptz AS at",
            {"contact": contact.pk, "at": submission.at},
            ("contact_id", "at"),
        )
    )
