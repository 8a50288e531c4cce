"""The sending settings of a workspace, and the acceptance of the anti-spam policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import SendingSettings, TermsAcceptance
from quen.apps.compliance.types import TERMS_VERSION
from quen.apps.team import services as team
from quen.core.actors import Actor

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def update_sending_settings(
    *,
    permission_reminders: Mapping[str, str],
    email_label: str,
    email_cap: int,
    bot_open_seconds: int,
    actor: Actor,
    now: datetime,
) -> SendingSettings:
    """Change the sending settings. email_label: empty for no label."""
    settings = queries.sending_settings()
    values = {
        "permission_reminders": {
            language: text.strip() for language, text in permission_reminders.items() if text.strip()
        },
        "email_label": email_label.strip(),
        "email_cap": email_cap,
        "bot_open_seconds": bot_open_seconds,
    }
    changed = [key for key, value in values.items() if getattr(settings, key) != value]
    if not changed:
        return settings
    for key, value in values.items():
        setattr(settings, key, value)
    settings.pk, settings.updated_at = settings.pk or 1, now
    settings.save()
    team.audit(actor, "compliance.settings_changed", now=now, data={"fields": changed})
    return settings


@transaction.atomic
def accept_terms(*, actor: Actor, now: datetime) -> TermsAcceptance:
    """Record that a colleague accepts the anti-spam policy as it reads now; once a version and colleague (ACC-15)."""
    existing = queries.acceptances().filter(version=TERMS_VERSION, member_id=actor.member_id or 0).first()
    if existing is not None:
        return existing
    accepted = TermsAcceptance.objects.create(
        version=TERMS_VERSION, member_id=actor.member_id or 0, member_name=actor.name, at=now
    )
    team.audit(actor, "compliance.terms_accepted", now=now, data={"version": TERMS_VERSION})
    return accepted
