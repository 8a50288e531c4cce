"""A workspace that may send, and valid campaigns in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.cast import NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import AudienceItem, AudienceItemKind
from quen.apps.compliance import services as compliance
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.core.actors import SYSTEM

BODY = (
    '<p>Chào {{ call_name | default: "bạn" }}, <a href="https://tra-sen.example/moi">trà mới</a> đã về.</p>'
)


def enable_sending(workspace: Any, an: Any) -> None:
    """Fulfil what sending requires: terms, sender details, a permission reminder. The sandbox is connected."""
    compliance.accept_terms(actor=an.actor, now=NOW)
    for field, value in (
        ("sender_phone", "+842363888999"),
        ("sender_email", "chao@tra-sen.example"),
        ("sender_address", "12 Lê Lợi, Đà Nẵng"),
    ):
        setattr(workspace, field, value)
    workspace.save()
    compliance.update_sending_settings(
        permission_reminders={
            "vi": "Bạn nhận thư này vì đã đăng ký nhận tin.",
            "en": "You signed up for our news.",
        },
        bot_open_seconds=30,
        actor=an.actor,
        now=NOW,
    )


def make_subscriber(number: int, **changes: Any) -> Contact:
    """Create a contact who consented to email."""
    given = {
        "email": f"khach{number}@example.net",
        "status": Status.SUBSCRIBED,
        "consent_email": Consent.GRANTED,
    }
    return make_contact(**given | changes)


def make_campaign(
    contacts: Sequence[Contact] = (), *, actor: Any = SYSTEM, now: datetime = NOW, **changes: Any
) -> Campaign:
    """Create a draft with content, to single contacts."""
    include = changes.pop(
        "include", [AudienceItem(AudienceItemKind.CONTACT, contact.pk) for contact in contacts]
    )
    campaign = services.create_campaign(
        name=changes.pop("name", "Trà mới tháng Mười"),
        channel=changes.pop("channel", ""),
        include=include,
        actor=actor,
        now=now,
    )
    write_content(campaign)
    if changes:
        Campaign.objects.filter(pk=campaign.pk).update(**changes)
    return queries.get_campaign(campaign.pk)


def write_content(
    campaign: Campaign, subject: str = "Trà mới về", body: str = BODY, language: str = "vi"
) -> None:
    """Write one language version of the campaign's content."""
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language=language,
        subject=subject,
        preview="Ghé lấy nhé",
        format="rich",
        body=body,
        now=NOW,
    )
