"""Submissions arrive: stored raw before anything is looked up, then processed once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from quen.apps.ingest import services as ingest
from quen.apps.ingest.types import NewRawEvent, StoredEvent
from quen.apps.signup import queries
from quen.apps.signup.models import FormVersion, FormViews, SignupForm, Submission
from quen.apps.signup.rules import spam
from quen.apps.signup.rules.answers import read_answers
from quen.apps.signup.services.applying import apply
from quen.apps.signup.services.reading import values_of
from quen.apps.signup.types import Received, SpamSign, SubmissionState, Way
from quen.apps.team import services as team
from quen.core.actors import Actor
from quen.core.errors import NotFound

#: sources of the views of a form on one day that are counted apart; anybody may write one into the address
_MOST_SOURCES = 200

if TYPE_CHECKING:
    from datetime import date


ENDPOINT = "signup.form"


@transaction.atomic
def receive(*, workspace_id: int, received: Received, now: datetime) -> None:
    """Store a submission as it arrived; it is processed by a job, in the order of arrival."""
    ingest.store([NewRawEvent(workspace_id, ENDPOINT, now, received.as_json(), received.key)])


def process_received(raw_events: Sequence[StoredEvent], *, now: datetime) -> list[int]:
    """Process stored submissions; return the ids of those whose form is gone."""
    gone = []
    for event in raw_events:
        received = Received(**event.body)
        form = queries.find_form(received.form_id)
        version = FormVersion.objects.filter(pk=received.version_id, form=form).first() if form else None
        if form is None or version is None:
            gone.append(event.id)
        else:
            take(form=form, version=version, received=received, at=event.at, now=now)
    return gone


@transaction.atomic
def take(
    *,
    form: SignupForm,
    version: FormVersion,
    received: Received,
    at: datetime,
    now: datetime,
    actor: Actor | None = None,
) -> Submission:
    """Write a submission down, and what follows from it unless it looks like spam. Returns it; twice is once.

    actor: the member who typed it in at the counter.
    """
    known = queries.submission_with_key(form, received.key)
    if known is not None:
        return known
    signs = list(received.signs)
    # What was taken while nothing could be read of the workspace is as it was sent.
    given = {key: each if isinstance(each, list) else [str(each)] for key, each in received.answers.items()}
    answers, _errors = read_answers(version.parsed, given, formats=queries.field_formats())
    digest = _digest(form.pk, answers, received.ticked)
    if Submission.objects.filter(digest=digest, at__gt=at - spam.REPEAT, at__lte=at).exists():
        signs.append(SpamSign.DUPLICATE.value)
    is_held = actor is None and spam.is_held(signs)
    values = values_of(version.parsed, answers)
    submission = Submission.objects.create(
        form=form,
        version=version,
        key=received.key,
        state=SubmissionState.HELD if is_held else SubmissionState.RECEIVED,
        at=at,
        answers=answers,
        phone=values.phone,
        email=values.email,
        ticked=[item.key for item in version.parsed.consents if item.key in received.ticked],
        way=Way(received.way).value,
        language=received.language,
        page=received.page,
        utm=received.utm,
        signs=signs,
        visitor=received.visitor,
        digest=digest,
        member_name=actor.name if actor else "",
    )
    if not is_held:
        apply(submission, now=now, actor=actor)
    return submission


@transaction.atomic
def release(*, submission: Submission, actor: Actor, now: datetime) -> None:
    """Let a submission that was held back count after all, dated as sent. Locks the submission. Raises NotFound."""
    found = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("form", "version")
        .get(pk=submission.pk)
    )
    if found.state != SubmissionState.HELD:
        raise NotFound()
    found.state, found.released_at, found.member_name = SubmissionState.RECEIVED, now, actor.name
    found.save(update_fields=["state", "released_at", "member_name"])
    team.audit(actor, "signup.released", now=now, target=found, data={"name": found.form.name})
    apply(found, now=now)


def count_view(*, form: SignupForm, version_id: int, way: str, source: str, day: date) -> None:
    """Count that a form was shown. From so many sources of a day on, further ones are counted as none."""
    sources = FormViews.objects.filter(form=form, day=day)
    if sources.count() >= _MOST_SOURCES and not sources.filter(source=source[:100]).exists():
        source = ""
    values: dict[str, Any] = {
        "form": form,
        "day": day,
        "version_id": version_id,
        "way": way,
        "source": source[:100],
    }
    row, _created = FormViews.objects.get_or_create(**values)
    FormViews.objects.filter(pk=row.pk).update(count=F("count") + 1)


def _digest(form_id: int, answers: Mapping[str, Any], ticked: Sequence[str]) -> str:
    said = json.dumps([form_id, answers, sorted(ticked)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.casefold().encode()).hexdigest()
