"""What the workspace says and keeps to whenever it sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import SendingRules, TermsAcceptance
from quen.apps.compliance.types import TERMS_VERSION
from quen.apps.team import services as team

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.team.models import Member


@transaction.atomic
def change_rules(
    *,
    reminders: Mapping[str, str],
    email_label: str,
    email_cap: int,
    machine_open_seconds: int,
    actor: Member,
    now: datetime,
) -> SendingRules:
    """Change what holds for every message. email_label: empty switches it off."""
    held = queries.rules()
    given = {
        "reminders": {language: words.strip() for language, words in reminders.items() if words.strip()},
        "email_label": email_label.strip(),
        "email_cap": email_cap,
        "machine_open_seconds": machine_open_seconds,
    }
    changed = [key for key, value in given.items() if getattr(held, key) != value]
    if not changed:
        return held
    for key, value in given.items():
        setattr(held, key, value)
    held.pk, held.updated_at = held.pk or 1, now
    held.save()
    team.log_action(actor, "compliance.rules_changed", now=now, data={"fields": changed})
    return held


@transaction.atomic
def accept_terms(*, actor: Member, now: datetime) -> TermsAcceptance:
    """Record that a colleague accepts the anti-spam policy as it reads now; once a version and colleague (ACC-15)."""
    held = queries.acceptances().filter(version=TERMS_VERSION, member_id=actor.pk).first()
    if held is not None:
        return held
    accepted = TermsAcceptance.objects.create(
        version=TERMS_VERSION, member_id=actor.pk, member_name=actor.name, at=now
    )
    team.log_action(actor, "compliance.terms_accepted", now=now, data={"version": TERMS_VERSION})
    return accepted
