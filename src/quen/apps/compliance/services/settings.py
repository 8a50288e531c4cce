"""The sending settings of a workspace, and the acceptance of the anti-spam policy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import ChannelRules, SendingSettings, TermsAcceptance
from quen.apps.compliance.types import TERMS_VERSION, ChannelRuleValues
from quen.apps.team import services as team
from quen.core.actors import Actor

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def update_sending_settings(
    *,
    permission_reminders: Mapping[str, str],
    bot_open_seconds: int,
    channels: Mapping[str, ChannelRuleValues] = MappingProxyType({}),
    actor: Actor,
    now: datetime,
) -> SendingSettings:
    """Change the sending settings. channels: new rules by channel; the others stay as they are."""
    settings = queries.sending_settings()
    values = {
        "permission_reminders": {
            language: text.strip() for language, text in permission_reminders.items() if text.strip()
        },
        "bot_open_seconds": bot_open_seconds,
    }
    changed = [key for key, value in values.items() if getattr(settings, key) != value]
    changed += [channel for channel, rules in channels.items() if _update_channel_rules(channel, rules)]
    if not changed:
        return settings
    for key, value in values.items():
        setattr(settings, key, value)
    settings.pk, settings.updated_at = settings.pk or 1, now
    settings.save()
    team.audit(actor, "compliance.settings_changed", now=now, data={"fields": changed})
    return settings


def _update_channel_rules(channel: str, values: ChannelRuleValues) -> bool:
    rules = queries.channel_rules(channel)
    if (rules.daily_cap, rules.label) == (values.daily_cap, values.label.strip()):
        return False
    ChannelRules.objects.update_or_create(
        channel=channel, defaults={"daily_cap": values.daily_cap, "label": values.label.strip()}
    )
    return True


@transaction.atomic
def accept_terms(*, actor: Actor, now: datetime) -> TermsAcceptance:
    """Record that a member accepts the current anti-spam policy, once per version and member (ACC-15)."""
    existing = queries.acceptances().filter(version=TERMS_VERSION, member_id=actor.member_id or 0).first()
    if existing is not None:
        return existing
    accepted = TermsAcceptance.objects.create(
        version=TERMS_VERSION, member_id=actor.member_id or 0, member_name=actor.name, at=now
    )
    team.audit(actor, "compliance.terms_accepted", now=now, data={"version": TERMS_VERSION})
    return accepted
