"""What the segments app declares."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from quen.apps.api.registry import Scope
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import ContactRight, FieldUse, TagUse
from quen.apps.events.types import Consumer, EventKind, EventPhrases
from quen.apps.groups import registry as groups
from quen.apps.groups.types import GroupUse
from quen.apps.manifest import Manifest
from quen.apps.segments import (
    command_palette,
    conditions,
    onboarding,
    panels,
    queries,
    registry,
    services,
    workspace_copy,
)
from quen.apps.segments.types import SegmentRight, SegmentScope, SegmentUse
from quen.apps.team.registry import AuditMessage, OverviewPanel
from quen.apps.team.types import MARKETING, DeclaredRight
from quen.core.sql import Relation
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import num


def _segment_uses(segment_id: int) -> list[SegmentUse]:
    return [
        SegmentUse(gettext("segment"), segment.name, f"/segments/{segment.pk}/")
        for segment in queries.segments_naming(segment_id)
    ]


def _tag_uses(tag_id: int) -> list[TagUse]:
    return [
        TagUse(gettext("segment"), segment.name, f"/segments/{segment.pk}/")
        for segment in queries.segments_with_tag(tag_id)
    ]


def _field_uses(key: str) -> list[FieldUse]:
    return [
        FieldUse(gettext("segment"), segment.name, f"/segments/{segment.pk}/")
        for segment in queries.segments_with_field(key)
    ]


def _group_uses(group_id: int) -> list[GroupUse]:
    return [
        GroupUse(gettext("segment"), segment.name, f"/segments/{segment.pk}/")
        for segment in queries.segments_with_group(group_id)
    ]


def _segment_choices() -> list[tuple[int, str]]:
    return [(segment.pk, segment.name) for segment in queries.segments() if not segment.computing]


def _members_of_segment(segment_id: int) -> Relation:
    return queries.members(queries.get_segment(segment_id).pk)


def _segment_changes(count: int) -> str:
    return ngettext("%(count)s segment change", "%(count)s segment changes", count) % {"count": num(count)}


MANIFEST = Manifest(
    pages="segments/",
    manual_page="segments",
    api_scopes=(Scope(SegmentScope.READ, _("Read segments and count conditions"), _("Segments")),),
    rights=(DeclaredRight(SegmentRight.EDIT, _("Save and change segments"), MARKETING),),
    navigation=(
        NavEntry(
            key="segments",
            label=_("Segments"),
            icon="chart-pie",
            url_name="segments:segment_list",
            group="customers",
            order=30,
            right=ContactRight.VIEW,
            active_for=("segments:",),
            shortcut="p",
        ),
    ),
    event_codes=range(400, 500),
    event_kinds=(
        EventKind(
            400,
            "segment_entered",
            _("Entered a segment"),
            _("Entered the segment %(segment)s"),
            "circle-plus",
            "record",
            summary=_segment_changes,
            phrases=EventPhrases(
                _("who entered a segment"), _("who never entered a segment"), _("who did not enter a segment")
            ),
        ),
        EventKind(
            401,
            "segment_left",
            _("Left a segment"),
            _("Left the segment %(segment)s"),
            "circle-minus",
            "record",
            summary=_segment_changes,
            phrases=EventPhrases(
                _("who left a segment"), _("who never left a segment"), _("who did not leave a segment")
            ),
        ),
    ),
    consumers=(Consumer(services.CONSUMER, services.refresh, drain_after_seconds=1),),
    audit_messages={
        "segments.created": AuditMessage(_("Created the segment “%(name)s”"), _("Created a segment")),
        "segments.changed": AuditMessage(_("Changed the segment “%(name)s”"), _("Changed a segment")),
        "segments.archived": AuditMessage(_("Archived the segment “%(name)s”"), _("Archived a segment")),
        "segments.restored": AuditMessage(_("Restored the segment “%(name)s”"), _("Restored a segment")),
    },
    overview_panels=(OverviewPanel("segments", 30, ContactRight.VIEW, panels.changing_segments, lazy=True),),
    contact_panels=(
        contacts.ContactPanel(
            "segments",
            title=_("Segments"),
            order=10,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("segments:contact_segments", args=[contact_id]),
            slot="profile",
        ),
    ),
    command_palette=command_palette.search,
    prepare_workspace=onboarding.create_default_segments,
    copy_workspace=workspace_copy.copy_segments,
)


def _kept(contact_id: int) -> list[dict[str, Any]]:
    return [
        {gettext("Segment"): segment.name, gettext("Since"): since.isoformat()}
        for segment, since in queries.segments_of(contact_id)
    ]


def register() -> None:
    """Register the condition, uses of segments, the action on contact filters, and the erasure of contacts."""
    conditions.register()
    registry.register_uses(_segment_uses)
    contacts.register_filter_action(
        "segments",
        label=_("Save as a segment"),
        icon="chart-pie",
        right=SegmentRight.EDIT,
        url=lambda tree: f"{reverse('segments:segment_new')}?{urlencode({'rules': tree})}",
    )
    groups.register_uses(_group_uses)
    groups.register_member_source(
        groups.MemberSource("segment", _("Segments"), _segment_choices, _members_of_segment)
    )
    contacts.on_erase("segments", services.remove_erased_contacts)
    contacts.register_personal_data("segments", _("Segments"), _kept)
    contacts.register_tag_uses("segments", queries.tags_asked_for)
    contacts.register_tag_references("segments", _tag_uses, services.replace_tag)
    contacts.register_field_uses("segments", _field_uses, services.recompute_with_field)
    contacts.declare_merge_columns({"segments_segmentmember.contact_id": "computed again for both contacts"})
