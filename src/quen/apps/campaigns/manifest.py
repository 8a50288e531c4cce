"""What the campaigns app declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quen.apps.api.registry import Scope
from quen.apps.campaigns import command_palette, onboarding, panels, queries, registry, services
from quen.apps.campaigns.checks import CHECKS
from quen.apps.campaigns.types import CampaignRight, CampaignScope, CampaignState
from quen.apps.channels import registry as channels
from quen.apps.channels.registry import MessageOrigin
from quen.apps.compliance import registry as compliance
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import FieldUse, TagUse
from quen.apps.content import registry as content
from quen.apps.content.types import ContentPurpose
from quen.apps.delivery.types import DeliveryRight
from quen.apps.groups import registry as groups
from quen.apps.groups.types import GroupUse
from quen.apps.manifest import Manifest
from quen.apps.segments import registry as segments
from quen.apps.segments.types import SegmentUse
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import (
    AuditMessage,
    OnboardingItem,
    OverviewAction,
    OverviewPanel,
    PendingItems,
)
from quen.apps.team.types import EVERYBODY, MARKETING, DeclaredRight
from quen.ui.nav import NavEntry, NavGroup
from quen.ui.tags.filters import instant, num


def _scheduled(data: Mapping[str, Any]) -> str:
    try:
        at = instant(datetime.fromisoformat(str(data.get("at"))).astimezone(timezone.get_current_timezone()))
    except ValueError:
        at = "…"
    text = gettext("Scheduled the campaign “%(name)s” for %(at)s")
    return text % {"name": data.get("name", "…"), "at": at}


def _tested(data: Mapping[str, Any]) -> str:
    addresses = data.get("addresses")
    text = gettext("Sent a test of “%(name)s” to %(addresses)s")
    return text % {
        "name": data.get("name", "…"),
        "addresses": num(addresses) if isinstance(addresses, int) else "…",
    }


def _failed(data: Mapping[str, Any]) -> str:
    text = gettext("“%(name)s” couldn't be sent. Open it to see why.")
    return text % {"name": data.get("name", "…")}


def _segment_uses(segment_id: int) -> list[SegmentUse]:
    return [
        SegmentUse(kind=gettext("Campaign"), name=campaign.name, path=f"/campaigns/{campaign.pk}/")
        for campaign in queries.using_segment(segment_id)
    ]


def _tag_uses(tag_id: int) -> list[TagUse]:
    return [
        TagUse(gettext("Campaign"), campaign.name, f"/campaigns/{campaign.pk}/")
        for campaign in queries.using_tag(tag_id)
    ]


def _field_uses(key: str) -> list[FieldUse]:
    return [
        FieldUse(gettext("Campaign"), campaign.name, f"/campaigns/{campaign.pk}/")
        for campaign in queries.using_field(key)
    ]


def _group_uses(group_id: int) -> list[GroupUse]:
    return [
        GroupUse(
            kind=gettext("Campaign"),
            name=campaign.name,
            path=f"/campaigns/{campaign.pk}/",
            blocks=campaign.state != CampaignState.DRAFT,
        )
        for campaign in queries.using_group(group_id)
    ]


def _content_purpose(content_id: int) -> ContentPurpose | None:
    campaign = queries.find_by_content(content_id)
    if campaign is None:
        return None
    return ContentPurpose(campaign.message_class, campaign.permission_reminders)


def _message_origins(message_ids: Collection[int]) -> dict[int, MessageOrigin]:
    campaigns = queries.campaigns_of_messages(message_ids)
    return {
        message_id: MessageOrigin(source_name=each.name, source_url=workspace_path(f"/campaigns/{each.pk}/"))
        for message_id, each in campaigns.items()
    }


MANIFEST = Manifest(
    pages="campaigns/",
    manual_page="campaigns",
    api_scopes=(Scope(CampaignScope.READ, _("Read campaigns and their reports"), _("Campaigns")),),
    rights=(
        DeclaredRight(CampaignRight.VIEW, _("See campaigns and their reports"), EVERYBODY),
        DeclaredRight(CampaignRight.EDIT, _("Write campaigns"), MARKETING),
    ),
    navigation=(
        NavGroup("outreach", _("Outreach"), "megaphone", 30),
        NavEntry(
            key="campaigns",
            label=_("Campaigns"),
            icon="megaphone",
            url_name="campaigns:campaign_list",
            group="outreach",
            order=10,
            right=CampaignRight.VIEW,
            active_for=("campaigns:",),
            shortcut="d",
            mobile=True,
        ),
    ),
    audit_messages={
        "campaigns.created": AuditMessage(_("Created the campaign “%(name)s”"), _("Created a campaign")),
        "campaigns.duplicated": AuditMessage(
            _("Duplicated the campaign “%(source)s”"), _("Duplicated a campaign")
        ),
        "campaigns.tested": AuditMessage(_tested, _("Sent a test of a campaign")),
        "campaigns.scheduled": AuditMessage(_scheduled, _("Scheduled a campaign")),
        "campaigns.unscheduled": AuditMessage(
            _("Returned the campaign “%(name)s” to draft"), _("Returned a campaign to draft")
        ),
        "campaigns.sent": AuditMessage(_("Sent the campaign “%(name)s”"), _("Sent a campaign")),
        "campaigns.paused": AuditMessage(_("Paused the campaign “%(name)s”"), _("Paused a campaign")),
        "campaigns.resumed": AuditMessage(_("Resumed the campaign “%(name)s”"), _("Resumed a campaign")),
        "campaigns.cancelled": AuditMessage(
            _("Cancelled the campaign “%(name)s”"), _("Cancelled a campaign")
        ),
        "campaigns.failed": AuditMessage(
            _("The campaign “%(name)s” couldn't be sent"), _("A campaign couldn't be sent")
        ),
        "campaigns.retried": AuditMessage(_("Retried the campaign “%(name)s”"), _("Retried a campaign")),
        "campaigns.deleted": AuditMessage(_("Deleted the campaign “%(name)s”"), _("Deleted a campaign")),
        "campaigns.restored": AuditMessage(
            _("Restored the campaign “%(name)s”"), _("Restored a deleted campaign")
        ),
        "campaigns.archived": AuditMessage(_("Archived the campaign “%(name)s”"), _("Archived a campaign")),
        "campaigns.unarchived": AuditMessage(
            _("Unarchived the campaign “%(name)s”"), _("Unarchived a campaign")
        ),
    },
    notifications={"campaigns.failed": _failed},
    onboarding=(OnboardingItem("campaigns.first", 60, DeliveryRight.SEND, onboarding.first_campaign),),
    overview_actions=(
        OverviewAction(
            "campaign", 10, CampaignRight.EDIT, _("New campaign"), "plus", "campaigns:campaign_new"
        ),
    ),
    pending=(PendingItems("campaigns", 20, CampaignRight.EDIT, panels.pending_campaigns),),
    overview_panels=(OverviewPanel("campaigns-latest", 15, CampaignRight.VIEW, panels.latest_campaigns),),
    command_palette=command_palette.search,
    workspace_counts={
        "campaigns": "SELECT count(*) FROM {schema}.campaigns_campaign WHERE deleted_at IS NULL"
    },
    on_restore=services.reset_after_restore,
    on_archive=services.reset_after_restore,
)


def register() -> None:
    """Register the checks, uses of segments, actions on segments and contact filters, and the purpose of a content.

    And the campaigns of messages in the sandbox.
    """
    for check in CHECKS:
        registry.register_check(check)
    groups.register_uses(_group_uses)
    groups.register_action(
        _("Send a campaign"),
        "megaphone",
        lambda group_id: workspace_path(f"/campaigns/new/?group={group_id}"),
        CampaignRight.EDIT,
    )
    segments.register_uses(_segment_uses)
    contacts.register_tag_references("campaigns", _tag_uses, services.replace_tag)
    contacts.register_field_uses("campaigns", _field_uses)
    compliance.register_topic_uses(queries.using_topics)
    segments.register_action(
        _("Send a campaign"),
        "megaphone",
        lambda segment_id: workspace_path(f"/campaigns/new/?segment={segment_id}"),
        CampaignRight.EDIT,
    )
    contacts.declare_merge_columns({"campaigns_campaign.audience": "an old id is read as the contact kept"})
    contacts.register_filter_action(
        "campaigns",
        label=_("Send a campaign"),
        icon="megaphone",
        right=CampaignRight.EDIT,
        url=lambda tree: f"{reverse('campaigns:campaign_new')}?{urlencode({'rules': tree})}",
    )
    content.register_purpose(_content_purpose)
    channels.register_origins(_message_origins)
