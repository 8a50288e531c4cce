"""Reads of the compliance app."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.advertisers import queries as advertisers
from quen.apps.compliance import registry
from quen.apps.compliance.models import (
    ChannelRules,
    PurposeAnswer,
    SendingSettings,
    Suppression,
    TermsAcceptance,
    Topic,
    TopicChoice,
    Unsubscribe,
)
from quen.apps.compliance.rules import tokens
from quen.apps.compliance.rules.shared_hash import shared_hash
from quen.apps.compliance.rules.tokens import UnsubscribeToken
from quen.apps.compliance.types import (
    TERMS_VERSION,
    DataUse,
    ExclusionReason,
    LinkedAdvertiser,
    MessageClass,
    SenderBlock,
    SuppressionCause,
)
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts.types import Channel, Consent
from quen.core import clock, crypto, schemas, sql
from quen.core.errors import NotFound
from quen.core.keyed_hash import paddings
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_NOBODY = Relation("SELECT NULL::bigint AS contact_id WHERE false", {}, ("contact_id",))
#: in the order of their reasons, starting at ExclusionReason.SUPPRESSED_BOUNCE
_CAUSES = [
    SuppressionCause.BOUNCE.value,
    SuppressionCause.COMPLAINT.value,
    SuppressionCause.OPT_OUT.value,
    SuppressionCause.MANUAL.value,
    SuppressionCause.ERASED.value,
]
#: causes that stop transactional messages, too
_BLOCKING_ALL = [
    cause.value for cause in (SuppressionCause.BOUNCE, SuppressionCause.MANUAL, SuppressionCause.ERASED)
]


# Eligibility


def eligibility(
    contacts: Relation,
    *,
    channel: str,
    message_class: str,
    topic_id: int | None = None,
    now: datetime,
    capped: Relation | None = None,
    linked: Sequence[LinkedAdvertiser] | None = None,
) -> Relation:
    """Return for each contact whether it may be sent a message: contact_id, address, language, reason.

    reason: NULL if eligible, else the first ExclusionReason that applies.  language: empty if the contact has none.
    topic_id: what the advertising is about; who left it is skipped.
    capped: contact_id of contacts at the frequency cap.  now: the instant to decide for.
    linked: the result of ``linked_advertisers``, if the caller knows it.
    Marketing requires status and consent (R-15) and no archived status (R-19); a transactional message requires an
    address and no block. One SELECT that can be composed; addresses are hashed only if the channel has suppressions.
    """
    marketing = message_class == MessageClass.MARKETING
    composed = sql.compose(
        sql.text("compliance/eligibility"),
        contacts=contacts,
        channel_status=contact_queries.channel_status(channel),
        capped=_NOBODY if capped is None else capped,
        channel=str(Channel(channel).value),
        causes=_CAUSES,
        blocking_causes=[*_CAUSES, SuppressionCause.REGISTER.value] if marketing else _BLOCKING_ALL,
        marketing=marketing,
        by_status=registry.policy(channel).needs_subscribed_status,
    )
    if marketing and topic_id is not None:
        composed = sql.compose(
            sql.text("compliance/eligibility_with_topic"),
            eligibility=composed,
            channel=str(Channel(channel).value),
            topic=topic_id,
            withdrawn=Consent.WITHDRAWN,
            left_topic=ExclusionReason.LEFT_TOPIC,
            capped=ExclusionReason.FREQUENCY_CAP,
        )
    if marketing and (linked := linked_advertisers() if linked is None else linked):
        pads = [paddings(advertisers.hash_key(each.token)) for each in linked]
        composed = sql.compose(
            sql.text("compliance/eligibility_with_advertiser"),
            eligibility=composed,
            channel=str(Channel(channel).value),
            cause=SuppressionCause.ADVERTISER.value,
            outers=[outer for outer, _inner in pads],
            inners=[inner for _outer, inner in pads],
            refused=ExclusionReason.REFUSED_ADVERTISER,
            capped=ExclusionReason.FREQUENCY_CAP,
        )
    return Relation(composed.text, composed.params, ("contact_id", "address", "language", "reason"))


#: the advertiser a workspace shares with, and former ones, whose copied refusals stay; rows of LinkedAdvertiser
LINKED_ADVERTISERS = Relation(
    # As SQL, because every claim of a batch reads it: as a prepared statement it costs next to nothing.
    "SELECT advertiser_id, token, ended_at IS NULL FROM compliance_advertiserlink ORDER BY id"
)


def linked_advertisers() -> list[LinkedAdvertiser]:
    """Return the advertiser this workspace shares with, and former ones, whose copied refusals stay."""
    return [LinkedAdvertiser(*row) for row in sql.rows(LINKED_ADVERTISERS)]


def shared_hashes(channel: str, address: str) -> list[bytes]:
    """Return the keyed hashes of an address with the advertisers of ``linked_advertisers``."""
    keys = [advertisers.hash_key(each.token) for each in linked_advertisers()]
    return [shared_hash(key, Channel(channel).value, address) for key in keys]


def this_workspace() -> Workspace:
    """Return the workspace whose schema is in use."""
    return accounts.current_workspace()


def this_workspace_id() -> int:
    """Return the id of the workspace whose schema is in use; a schema never changes its workspace."""
    return _workspace_id(schemas.current())


@cache
def _workspace_id(_schema: str) -> int:
    return this_workspace().pk


def address_hash(channel: str, address: str, *, salt: bytes | None = None) -> bytes:
    """Return the SHA-256 of an address with the workspace's salt. salt: pass it to hash many addresses."""
    salt = hash_salt() if salt is None else salt
    return hashlib.sha256(salt + f"{Channel(channel).value}:{address.lower()}".encode()).digest()


def hash_salt() -> bytes:
    """Return the salt of this workspace's hashes; empty before the first one is written."""
    return bytes(sending_settings().salt) if SendingSettings.objects.exists() else b""


# Sending settings


def sending_settings() -> SendingSettings:
    """Return the sending settings; unsaved defaults if nobody changed them."""
    return SendingSettings.objects.order_by("pk").first() or SendingSettings()


def channel_rules(channel: str) -> ChannelRules:
    """Return what applies to advertising on a channel: the workspace's rules, else unsaved defaults of its policy."""
    policy = registry.policy(channel)
    default = ChannelRules(channel=policy.channel, daily_cap=policy.daily_cap, label=policy.advertising_label)
    return ChannelRules.objects.filter(channel=policy.channel).first() or default


def sender_block(workspace: Workspace) -> SenderBlock:
    """Return who advertises (Decree 91/2020 Art. 19); the website is optional."""
    required = {
        "phone": workspace.sender_phone,
        "email": workspace.sender_email,
        "address": workspace.sender_address,
    }
    return SenderBlock(
        name=workspace.advertiser or workspace.brand or workspace.name,
        website=workspace.sender_website,
        missing=tuple(key for key, value in required.items() if not value.strip()),
        **required,
    )


def permission_reminder(language: str, *, override: Mapping[str, str], workspace: Workspace) -> str:
    """Return why recipients get a message: the campaign's own text, else the workspace's (ACC-14).

    Falls back to another language, then to an empty string. ``{shop}`` is replaced by the brand.
    """
    sources = [override, sending_settings().permission_reminders]
    in_language = [texts.get(language, "").strip() for texts in sources]
    in_others = [str(text).strip() for texts in sources for text in texts.values()]
    text = next(filter(None, [*in_language, *in_others]), "")
    return text.replace("{shop}", workspace.brand or workspace.name)


def terms_accepted() -> bool:
    """Return whether a member accepted the current anti-spam policy (ACC-15)."""
    return TermsAcceptance.objects.filter(version=TERMS_VERSION).exists()


def acceptances() -> QuerySet[TermsAcceptance]:
    """Return who accepted which version when, newest first."""
    return TermsAcceptance.objects.all()


# Topics


def topics() -> list[Topic]:
    """Return the topics in use, in their order."""
    return list(Topic.objects.filter(archived_at=None))


def archived_topics() -> list[Topic]:
    """Return the archived topics, in their order."""
    return list(Topic.objects.exclude(archived_at=None))


def topics_on(channel: str) -> list[Topic]:
    """Return the topics in use that are sent on a channel, in their order."""
    return [topic for topic in topics() if str(channel) in topic.channels]


def get_topic(topic_id: int) -> Topic:
    """Return a topic, archived or not. Raises NotFound."""
    found = Topic.objects.filter(pk=topic_id).first()
    if found is None:
        raise NotFound()
    return found


def purpose_labels() -> Mapping[str, str | Promise]:
    """Return the purposes of this app in the consent log by key: other uses, and topics, archived ones too."""
    return dict(DataUse.choices) | {topic_purpose(topic.pk): topic.name for topic in Topic.objects.all()}


def topic_purpose(topic_id: int) -> str:
    """Return the purpose under which answers about a topic are in the consent log."""
    return f"topic-{topic_id}"


def topic_choices(contact_id: int) -> dict[tuple[int, str], int]:
    """Return what a person chose, by topic and channel; what is missing follows the consent for the channel."""
    found = TopicChoice.objects.filter(contact_id=contact_id)
    return {(each.topic_id, each.channel): each.consent for each in found}


def purpose_answers(contact_id: int) -> dict[str, Consent]:
    """Return what a person said about other uses of their data, by DataUse; what is missing they were never asked."""
    found = PurposeAnswer.objects.filter(contact_id=contact_id)
    return {each.purpose: Consent(each.consent) for each in found}


def refusals_copy(contact_id: int) -> list[dict[str, Any]]:
    """Return a person's unsubscribes and choices of topics, for the copy of their data."""
    names = {topic.pk: topic.name for topic in Topic.objects.all()}
    unsubscribes = [
        {
            _("When"): each.at.isoformat(),
            _("Channel"): _("All") if each.all_channels else str(Channel(each.channel).label),
            _("Address"): each.address,
        }
        for each in contact_unsubscribes(contact_id)
    ]
    choices = [
        {
            _("Topic"): names.get(each.topic_id, ""),
            _("Channel"): str(Channel(each.channel).label),
            _("Answer"): str(Consent(each.consent).label),
            _("When"): each.at.isoformat(),
        }
        for each in TopicChoice.objects.filter(contact_id=contact_id)
    ]
    uses = [
        {
            _("Purpose"): str(DataUse(each.purpose).label),
            _("Answer"): str(Consent(each.consent).label),
            _("When"): each.at.isoformat(),
        }
        for each in PurposeAnswer.objects.filter(contact_id=contact_id)
    ]
    return [*unsubscribes, *choices, *uses]


def people_who_left(topics: Sequence[Topic]) -> dict[int, int]:
    """Return how many people left each topic on at least one channel."""
    found = (
        TopicChoice.objects.filter(topic_id__in=[topic.pk for topic in topics], consent=Consent.WITHDRAWN)
        .values("topic_id")
        .annotate(people=Count("contact_id", distinct=True))
    )
    return {row["topic_id"]: row["people"] for row in found}


# Links in messages


def unsubscribe_url(
    *, workspace_id: int, contact_id: int, message_id: int | None, channel: str, on: date | None = None
) -> str:
    """Return the URL of the page where a contact chooses what they get. It needs no sign-in.

    Leaving never expires; the contact's data are shown there for 30 days from ``on``, by default today.
    """
    day = on or clock.now().date()
    payload = UnsubscribeToken(workspace_id, contact_id, message_id, channel, day)
    return f"{settings.BASE_URL}/u/{tokens.encode(payload, key=_token_key())}/"


def one_click_url(opt_out_url: str) -> str:
    """Return the URL for the header List-Unsubscribe, to which mail providers post (RFC 8058)."""
    return f"{opt_out_url}one-click/"


def decode_token(token: str) -> UnsubscribeToken | None:
    """Return what the token of such a URL stands for, or None if it is invalid."""
    return tokens.decode(token, key=_token_key())


@cache
def _token_key() -> bytes:
    return crypto.derive_key("compliance.unsubscribe")


# Unsubscribes and suppressions


def get_unsubscribe(unsubscribe_id: int) -> Unsubscribe:
    """Return an unsubscribe. Raises NotFound."""
    found = Unsubscribe.objects.filter(pk=unsubscribe_id).first()
    if found is None:
        raise NotFound()
    return found


def contact_unsubscribes(contact_id: int) -> QuerySet[Unsubscribe]:
    """Return a contact's unsubscribes, newest first."""
    return Unsubscribe.objects.filter(contact_id=contact_queries.survivor_of(contact_id))


def active_unsubscribe(contact_id: int, channel: str) -> Unsubscribe | None:
    """Return the contact's unsubscribe in force on a channel, or None."""
    return (
        contact_unsubscribes(contact_id)
        .filter(Q(channel=channel) | Q(all_channels=True), undone_at=None, resubscribed_at=None)
        .first()
    )


def suppressions(search: str = "", cause: str = "") -> QuerySet[Suppression]:
    """Return suppressions, newest first. An erased contact's is found only by the full address."""
    found = Suppression.objects.order_by("-id")
    if cause:
        found = found.filter(cause=cause)
    text = search.strip().lower()
    if text:
        salt = hash_salt()
        hashes = [address_hash(channel, text, salt=salt) for channel in Channel.values]
        hashes += [each for channel in Channel.values for each in shared_hashes(channel, text)]
        found = found.filter(Q(address__icontains=text) | Q(address_hash__in=hashes))
    return found


def suppressions_for(*, email: str | None, phone: str | None) -> list[Suppression]:
    """Return the suppressions of these addresses, whichever contact caused them."""
    salt = hash_salt()
    addresses = {"email": email, "phone": phone}
    hashes = [
        address_hash(policy.channel, address, salt=salt)
        for policy in registry.policies()
        if policy.address and (address := addresses[policy.address])
    ]
    hashes += [
        each
        for policy in registry.policies()
        if policy.address and (address := addresses[policy.address])
        for each in shared_hashes(policy.channel, address)
    ]
    return list(Suppression.objects.filter(address_hash__in=hashes).order_by("-id"))


def get_suppression(suppression_id: int) -> Suppression:
    """Return a suppression. Raises NotFound."""
    found = Suppression.objects.filter(pk=suppression_id).first()
    if found is None:
        raise NotFound()
    return found
