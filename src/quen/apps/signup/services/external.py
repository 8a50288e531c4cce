"""Calls of other systems' forms: read tolerantly, and never lost, also when nobody can be made of them."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction

from quen.apps.ingest.types import NewRawEvent, StoredEvent
from quen.apps.signup import queries
from quen.apps.signup.models import FormVersion, SignupForm, Submission
from quen.apps.signup.rules.external import ExternalLead, read_lead
from quen.apps.signup.services.applying import apply
from quen.apps.signup.services.mapping import agreed_boxes, external_values
from quen.apps.signup.types import SubmissionState, Way

ENDPOINT = "signup.external"
#: of a call's body; more is refused before it is read
MAX_BYTES = 64 * 1024
_TYPE_CHARS = 200
#: a call that says the same again within this time is dropped
_REPEAT = timedelta(minutes=10)


def external_event(token: str, *, body: bytes, content_type: str, now: datetime) -> NewRawEvent | None:
    """Return the raw event of a call; None for an address that was never given out. Uses no database."""
    found = queries.decode_external(token)
    if found is None:
        return None
    stored = {
        "form": found.row_id,
        "secret": found.secret,
        "type": content_type[:_TYPE_CHARS],
        **_stored_body(body),
    }
    return NewRawEvent(found.workspace_id, ENDPOINT, now, stored)


def lead_of(values: Mapping[str, str]) -> ExternalLead:
    """Return a call with these fields, as another system would send it."""
    return read_lead(urlencode(values).encode(), "application/x-www-form-urlencoded")


def process_external(raw_events: Sequence[StoredEvent], *, now: datetime) -> list[int]:
    """Process stored calls; return the ids of those to a form that is gone or has another address by now."""
    gone = []
    for event in raw_events:
        form = queries.find_form(int(event.body["form"]))
        if form is None or form.secret != event.body["secret"] or form.closed_at is not None:
            gone.append(event.id)
            continue
        lead = read_lead(_body_of(event.body), event.body["type"])
        take_lead(form=form, lead=lead, at=event.at, now=now)
    return gone


@transaction.atomic
def take_lead(*, form: SignupForm, lead: ExternalLead, at: datetime, now: datetime) -> Submission | None:
    """Write a call down and do what follows from it; None for one that says the same again within minutes.

    A half-filled form changes nobody and is never a consent; a call without a usable phone or email waits to be seen.
    """
    digest = _digest(form, lead)
    if Submission.objects.filter(digest=digest, at__gt=at - _REPEAT, at__lte=at).exists():
        return None
    values = external_values(form, lead.values)
    state = SubmissionState.RECEIVED
    if lead.capture:
        state = SubmissionState.CAPTURE
    elif not values.phone and not values.email:
        state = SubmissionState.REVIEW
    version = FormVersion.objects.filter(pk=form.published_id).first() if form.published_id else None
    known = {item.key for item in form.content.consents}
    submission = Submission.objects.create(
        form=form,
        key=secrets.token_hex(16),
        state=state,
        at=at,
        answers=lead.values,
        phone=values.phone,
        email=values.email,
        ticked=[] if lead.capture else [box for box in agreed_boxes(form, lead.values) if box in known],
        field_notes=values.unusable,
        way=Way.EXTERNAL,
        language="vi",
        page=lead.page,
        utm=lead.utm,
        digest=digest,
        version=version,
    )
    if state == SubmissionState.RECEIVED:
        apply(submission, now=now)
    return submission


@transaction.atomic
def read_again(*, submission: Submission, now: datetime) -> bool:
    """Try a call that belonged to nobody once more, after its fields were matched; return whether it now counts."""
    found = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("form", "version")
        .get(pk=submission.pk)
    )
    values = external_values(found.form, found.answers)
    if found.state != SubmissionState.REVIEW or not (values.phone or values.email):
        return False
    found.state, found.phone, found.email = SubmissionState.RECEIVED, values.phone, values.email
    known = {item.key for item in found.form.content.consents}
    found.ticked = [box for box in agreed_boxes(found.form, found.answers) if box in known]
    found.save(update_fields=["state", "phone", "email", "ticked"])
    apply(found, now=now)
    return True


def _stored_body(body: bytes) -> dict[str, str]:
    """Return the body as text where it is text: what waits is searched for the addresses of people who are erased."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"body": b64encode(body).decode()}


def _body_of(stored: Mapping[str, str]) -> bytes:
    return stored["text"].encode() if "text" in stored else b64decode(stored["body"])


def _digest(form: SignupForm, lead: ExternalLead) -> str:
    said = json.dumps([form.pk, lead.form, lead.capture, lead.values], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.casefold().encode()).hexdigest()
