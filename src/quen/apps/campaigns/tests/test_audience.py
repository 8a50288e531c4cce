"""Whom a campaign targets: items combine, exclusion wins, each contact counts once (R-10)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN, NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.types import Audience, AudienceItem, AudienceItemKind, CampaignState
from quen.apps.contacts import registry as contact_registry
from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import make_field, make_tag
from quen.apps.groups import queries as group_queries
from quen.apps.groups import services as groups
from quen.apps.groups.tests.factories import make_group
from quen.apps.groups.types import GroupInUse, GroupNotInUse
from quen.apps.segments import services as segments
from quen.apps.segments.types import SegmentNotWhole
from quen.core import sql
from quen.core.errors import NotFound

pytestmark = pytest.mark.django_db
VIP_TREE = {"field": "tags", "op": "any", "value": ["VIP"]}


def found(workspace: Any, audience: Audience) -> list[int]:
    rows = sql.rows(queries.contacts_in(audience, now=NOW, zone=workspace.zone))
    return sorted(row[0] for row in rows)


def test_conditions_within_a_sentence_begin_with_a_small_letter_and_names_stay(workspace: Any) -> None:
    tag, tree = (
        AudienceItem(AudienceItemKind.TAG, make_tag("Sỉ").pk),
        {"field": "status", "op": "is", "value": ["subscribed"]},
    )
    audience = Audience((tag,), (tag, AudienceItem(AudienceItemKind.TREE, tree)))
    names = queries.AudienceNames([audience], now=NOW, zone=workspace.zone)
    assert queries.describe_audience(audience, names) == "Sỉ, trừ Sỉ, khách đã đăng ký"
    alone = Audience((AudienceItem(AudienceItemKind.TREE, tree),))
    assert queries.describe_audience(alone, names) == "Khách đã đăng ký"


class TestContactsIn:
    def test_an_empty_audience_has_no_contacts(self, workspace: Any) -> None:
        make_subscriber(1)
        assert found(workspace, Audience()) == []

    def test_combines_items_and_counts_each_contact_once(self, workspace: Any, an: Any) -> None:
        lan, mai, hoa, cuc = (make_subscriber(number) for number in range(4))
        tag = make_tag("VIP")
        for contact in (lan, mai):
            contacts.add_tags(contact=contact, names=["VIP"], actor=an.actor, now=NOW)
        segment = segments.create_segment(name="Khách VIP", tree=VIP_TREE, actor=an.actor, now=NOW)
        segments.recompute_segment(segment, now=NOW)
        include = (
            AudienceItem(AudienceItemKind.TAG, tag.pk),
            AudienceItem(AudienceItemKind.SEGMENT, segment.pk),
            AudienceItem(AudienceItemKind.TREE, {"field": "email", "op": "is", "value": hoa.email}),
            AudienceItem(AudienceItemKind.CONTACT, lan.pk),
        )
        assert found(workspace, Audience(include)) == sorted([lan.pk, mai.pk, hoa.pk])
        assert cuc.pk not in found(workspace, Audience(include))

    def test_exclusion_wins(self, workspace: Any) -> None:
        lan, mai = make_subscriber(1), make_subscriber(2)
        audience = Audience(
            (AudienceItem(AudienceItemKind.EVERYONE, True),),
            (AudienceItem(AudienceItemKind.CONTACT, lan.pk),),
        )
        assert found(workspace, audience) == [mai.pk]

    def test_a_segment_that_lost_a_condition_excludes_too_few_and_is_refused(
        self, workspace: Any, an: Any
    ) -> None:
        make_subscriber(1)
        field = make_field(name="Cỡ", format="number")
        tree = {"field": "custom.co", "op": "at_least", "value": 40}
        segment = segments.create_segment(name="Cỡ lớn", tree=tree, actor=an.actor, now=NOW)
        segments.flush(now=NOW)
        everyone = AudienceItem(AudienceItemKind.EVERYONE, True)
        audience = Audience((everyone,), (AudienceItem(AudienceItemKind.SEGMENT, segment.pk),))
        assert len(found(workspace, audience)) == 1
        contacts.archive_field(field=field, actor=an.actor, now=NOW)
        segments.flush(now=NOW)
        with pytest.raises(SegmentNotWhole):
            found(workspace, audience)

    def test_a_field_lists_the_campaigns_that_ask_for_it(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Cỡ", format="number")
        tree = {"not": {"field": "custom.co", "op": "at_least", "value": 40}}
        make_campaign(name="Giày lớn", include=[AudienceItem(AudienceItemKind.TREE, tree)])
        make_campaign(name="Trà mới")
        assert [use.name for use in contact_registry.uses_of_field(field.key)] == ["Giày lớn"]

    def test_a_missing_item_is_refused_not_ignored(self, workspace: Any) -> None:
        with pytest.raises(NotFound):
            found(workspace, Audience((AudienceItem(AudienceItemKind.SEGMENT, 999),)))


class TestItems:
    def test_an_item_is_on_one_side_only(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(1)
        campaign = make_campaign([lan])
        services.add_items(
            campaign=campaign, side="exclude", items=[AudienceItem(AudienceItemKind.CONTACT, lan.pk)], now=NOW
        )
        audience = queries.audience_of(queries.get_campaign(campaign.pk))
        assert (audience.include, len(audience.exclude)) == ((), 1)

    def test_the_confirmation_is_reset_when_everyone_is_removed(self, workspace: Any) -> None:
        campaign = make_campaign(include=[AudienceItem(AudienceItemKind.EVERYONE, True)])
        services.confirm_everyone(campaign=campaign, confirmed=True, now=NOW)
        services.remove_item(campaign=campaign, side="include", position=0, now=NOW)
        assert not queries.audience_of(queries.get_campaign(campaign.pk)).confirmed

    def test_a_segment_lists_the_drafts_that_use_it(self, workspace: Any, an: Any) -> None:
        from quen.apps.segments import queries as segment_queries

        make_tag("VIP")
        segment = segments.create_segment(name="Khách VIP", tree=VIP_TREE, actor=an.actor, now=NOW)
        campaign = make_campaign(include=[AudienceItem(AudienceItemKind.SEGMENT, segment.pk)])
        (use,) = segment_queries.uses(segment)
        assert (use.name, use.path) == (campaign.name, f"/campaigns/{campaign.pk}/")


class TestEstimate:
    def test_counts_who_is_skipped_by_reason(self, workspace: Any, an: Any) -> None:
        from quen.apps.compliance.types import ExclusionReason
        from quen.apps.contacts.types import Consent

        enable_sending(workspace, an)
        contacts = [
            make_subscriber(1),
            make_subscriber(2, email=None),
            make_subscriber(3, consent_email=Consent.NEVER_ASKED),
        ]
        estimate = queries.estimate(make_campaign(contacts), workspace=workspace, now=NOW)
        assert estimate is not None
        assert (estimate.matched, estimate.eligible) == (3, 1)
        assert dict(estimate.skipped_by_reason) == {
            ExclusionReason.NO_ADDRESS: 1,
            ExclusionReason.NO_CONSENT: 1,
        }
        page = queries.skipped_contacts(
            make_campaign(contacts), ExclusionReason.NO_CONSENT, workspace=workspace, now=NOW
        )
        assert page.rows == (contacts[2].pk,)


class TestGroups:
    def test_members_are_targets_and_exclusions_and_count_once(self, workspace: Any) -> None:
        lan, mai, hoa = (make_subscriber(number) for number in range(3))
        sale, fair = make_group("Sỉ", lan, mai), make_group("Hội chợ", mai, hoa)
        include = tuple(AudienceItem(AudienceItemKind.GROUP, group.pk) for group in (sale, fair))
        assert found(workspace, Audience(include)) == sorted([lan.pk, mai.pk, hoa.pk])
        assert found(workspace, Audience(include[:1], include[1:])) == [lan.pk]
        campaign = make_campaign(include=list(include))
        assert queries.audience_of(campaign).include == include

    def test_one_that_is_not_in_use_is_neither_offered_nor_added(
        self, workspace: Any, an: Any, client_of: Any
    ) -> None:
        group, other = make_group("Khách sỉ"), make_group("Hội chợ")
        campaign = make_campaign([make_subscriber(1)])
        groups.set_active(group=group, active=False, actor=an.actor, now=NOW)
        shown = client_of(AN).get(f"/w/tra-sen/campaigns/{campaign.pk}/audience/choices/").content.decode()
        assert f"group:{other.pk}" in shown
        assert f"group:{group.pk}" not in shown
        with pytest.raises(GroupNotInUse):
            services.add_items(
                campaign=campaign,
                side="include",
                items=[AudienceItem(AudienceItemKind.GROUP, group.pk)],
                now=NOW,
            )

    @pytest.mark.parametrize("in_condition", [False, True])
    def test_one_that_a_scheduled_campaign_uses_is_not_deleted(
        self, workspace: Any, an: Any, in_condition: bool
    ) -> None:
        group = make_group("Khách sỉ")
        tree = {"any": [{"not": {"field": "group", "op": "in", "value": [group.pk]}}, VIP_TREE]}
        item = (
            AudienceItem(AudienceItemKind.TREE, tree)
            if in_condition
            else AudienceItem(AudienceItemKind.GROUP, group.pk)
        )
        make_tag("VIP")
        campaign = make_campaign(include=[item], state=CampaignState.SCHEDULED)
        with pytest.raises(GroupInUse):
            groups.delete_group(group=group, actor=an.actor, now=NOW)
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.DRAFT)
        assert [(use.name, use.blocks) for use in group_queries.uses(group)] == [(campaign.name, False)]
        groups.delete_group(group=group, actor=an.actor, now=NOW)
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.SENT)
        assert group_queries.uses(group) == []
