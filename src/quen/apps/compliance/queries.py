"""Reads of the compliance room."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet

from quen.apps.compliance.models import SendingSettings, Suppression, TermsAcceptance, Unsubscribe
from quen.apps.compliance.rules import tokens
from quen.apps.compliance.types import (
    TERMS_VERSION,
    MessageClass,
    SenderBlock,
    SuppressionCause,
)
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts.types import Channel
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_NOBODY = Relation("SELECT NULL::bigint AS contact_id WHERE false", {}, ("contact_id",))
#: in the order of their reasons, from Reason.SUPPRESSED_BOUNCE on
_CAUSES = [
    SuppressionCause.BOUNCE.value,
    SuppressionCause.COMPLAINT.value,
    SuppressionCause.OPT_OUT.value,
    SuppressionCause.MANUAL.value,
    SuppressionCause.ERASED.value,
]
#: what keeps even a message about one's own order back
BLOCKS_ALL = (SuppressionCause.BOUNCE, SuppressionCause.MANUAL, SuppressionCause.ERASED)


# Eligibility


def eligibility(
    contacts: Relation, *, channel: str, message_class: str, now: datetime, capped: Relation | None = None
) -> Relation:
    """Say of everybody of ``people`` whether they may be written to: contact_id, address, language, reason.

    reason: NULL when they may, else the first Reason that holds.  language: empty where the person has none.
    capped: contact_id of who has had enough in 24 hours.  now: the instant asked for.
    Marketing asks status and consent both (R-15), Saved gets none (R-19); a transactional message asks for an address
    and no block. One SELECT that composes; nothing is hashed while no address is suppressed.
    """
    marketing = message_class == MessageClass.MARKETING
    composed = sql.compose(
        sql.text("compliance/eligibility"),
        contacts=contacts,
        channel_status=contact_queries.channel_status(channel),
        capped=_NOBODY if capped is None else capped,
        channel=str(Channel(channel).value),
        causes=_CAUSES,
        blocking_causes=_CAUSES if marketing else [cause.value for cause in BLOCKS_ALL],
        marketing=marketing,
        by_status=channel == Channel.EMAIL,
    )
    return Relation(composed.text, composed.params, ("contact_id", "address", "language", "reason"))


def address_hash(channel: str, address: str, *, salt: bytes | None = None) -> bytes:
    """Give what stays of a suppressed address: SHA-256 with the workspace's salt. salt: asked for once for many."""
    used = hash_salt() if salt is None else salt
    return hashlib.sha256(used + f"{Channel(channel).value}:{address.lower()}".encode()).digest()


def hash_salt() -> bytes:
    """Give the salt of this workspace's hashes; empty while nothing was ever written."""
    return bytes(sending_settings().salt) if SendingSettings.objects.exists() else b""


# What the workspace says whenever it sends


def sending_settings() -> SendingSettings:
    """Give the rules of sending; what holds by default while nobody changed them."""
    return SendingSettings.objects.order_by("pk").first() or SendingSettings()


def sender_block(workspace: Workspace) -> SenderBlock:
    """Give who advertises (Decree 91/2020 Art. 19); a website only if there is one."""
    asked = {
        "phone": workspace.sender_phone,
        "email": workspace.sender_email,
        "address": workspace.sender_address,
    }
    return SenderBlock(
        name=workspace.advertiser or workspace.brand or workspace.name,
        website=workspace.sender_website,
        missing=tuple(key for key, value in asked.items() if not value.strip()),
        **asked,
    )


def permission_reminder(language: str, *, override: Mapping[str, str], workspace: Workspace) -> str:
    """Give why people receive mail, in a language: the campaign's own words, else the workspace's (ACC-14).

    Empty when neither says anything in any language. ``{shop}`` in it becomes the brand.
    """
    said = [override, sending_settings().permission_reminders]
    own = [each.get(language, "").strip() for each in said]
    others = [str(words).strip() for each in said for words in each.values()]
    words = next(filter(None, [*own, *others]), "")
    return words.replace("{shop}", workspace.brand or workspace.name)


def terms_accepted() -> bool:
    """Say whether somebody accepted the anti-spam policy as it reads now (ACC-15)."""
    return TermsAcceptance.objects.filter(version=TERMS_VERSION).exists()


def acceptances() -> QuerySet[TermsAcceptance]:
    """Give who accepted which version when, newest first."""
    return TermsAcceptance.objects.all()


# Links in mails


def unsubscribe_url(*, workspace_id: int, contact_id: int, message_id: int | None, channel: str) -> str:
    """Give the address of the page where a person decides. It needs no sign-in and has no end."""
    token = tokens.encode(
        workspace_id=workspace_id, contact_id=contact_id, message_id=message_id, channel=channel
    )
    return f"{settings.BASE_URL}/u/{token}/"


def one_click_url(*, workspace_id: int, contact_id: int, message_id: int | None, channel: str) -> str:
    """Give the address for the header List-Unsubscribe, which mail providers post to (RFC 8058)."""
    token = tokens.encode(
        workspace_id=workspace_id, contact_id=contact_id, message_id=message_id, channel=channel
    )
    return f"{settings.BASE_URL}/u/{token}/one-click/"


# Refusals and suppressed addresses


def get_unsubscribe(unsubscribe_id: int) -> Unsubscribe:
    """Give a refusal. Raises NotFound."""
    found = Unsubscribe.objects.filter(pk=unsubscribe_id).first()
    if found is None:
        raise NotFound()
    return found


def contact_unsubscribes(contact_id: int) -> QuerySet[Unsubscribe]:
    """Give a person's refusals, newest first."""
    return Unsubscribe.objects.filter(contact_id=contact_id)


def active_unsubscribe(contact_id: int, channel: str) -> Unsubscribe | None:
    """Give the refusal that holds on a channel, if the person said one here."""
    return (
        contact_unsubscribes(contact_id)
        .filter(Q(channel=channel) | Q(all_channels=True), undone_at=None, resubscribed_at=None)
        .first()
    )


def suppressions(search: str = "", cause: str = "") -> QuerySet[Suppression]:
    """Give suppressed addresses, newest first; an erased person's is found by typing it whole."""
    found = Suppression.objects.order_by("-id")
    if cause:
        found = found.filter(cause=cause)
    typed = search.strip().lower()
    if typed:
        salt = hash_salt()
        hashes = [address_hash(channel, typed, salt=salt) for channel in Channel.values]
        found = found.filter(Q(address__icontains=typed) | Q(address_hash__in=hashes))
    return found


def suppressions_for(*, email: str | None, phone: str | None) -> list[Suppression]:
    """Give where a person's addresses are suppressed, whoever they belonged to before."""
    salt = hash_salt()
    mail = [address_hash(Channel.EMAIL.value, email, salt=salt)] if email else []
    numbers = [address_hash(channel, phone, salt=salt) for channel in Channel.values] if phone else []
    return list(Suppression.objects.filter(address_hash__in=[*mail, *numbers]).order_by("-id"))


def get_suppression(suppression_id: int) -> Suppression:
    """Give a suppressed address. Raises NotFound."""
    found = Suppression.objects.filter(pk=suppression_id).first()
    if found is None:
        raise NotFound()
    return found
