"""The condition on a campaign: who received, opened, clicked; segments that use it follow what customers do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.audience.types import InvalidTree
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import make_campaign, make_subscriber
from quen.apps.campaigns.types import CampaignState
from quen.apps.contacts.models import Contact
from quen.apps.delivery.models import Message
from quen.apps.delivery.services.engagement import process_opens_and_clicks
from quen.apps.delivery.tests.engagement_factories import (
    APPLE,
    click_event,
    make_active_dispatch,
    make_sent_message,
    open_event,
)
from quen.apps.delivery.types import MessageState
from quen.apps.segments import services as segments
from quen.apps.segments.tests.factories import make_segment, member_ids
from quen.core import sql

pytestmark = pytest.mark.usefixtures("workspace")
#: minutes after sending, when nobody takes an open for a bot's
LATE = 3_600
OPERATORS = ("received", "opened", "not_opened", "clicked", "not_clicked", "bounced")


def sent_campaign(contacts: Sequence[Contact], name: str = "Trà mới") -> tuple[Campaign, list[Message]]:
    """Return a campaign that was sent to contacts, and its messages."""
    dispatch = make_active_dispatch(name=name)
    campaign = make_campaign(name=name, dispatch_id=dispatch.pk, state=CampaignState.SENT, started_at=NOW)
    return campaign, [make_sent_message(dispatch, contact_id=contact.pk) for contact in contacts]


def tree(op: str, *campaigns: Campaign) -> dict[str, Any]:
    return {"field": "campaign", "op": op, "value": [campaign.pk for campaign in campaigns]}


def found(op: str, *campaigns: Campaign) -> set[int]:
    parsed = audience.parse(tree(op, *campaigns))
    return {
        pk for (pk,) in sql.rows(audience.relation(parsed, now=NOW, zone=accounts.current_workspace().zone))
    }


class TestCampaignCondition:
    def test_tells_readers_from_the_rest_and_bots_from_both(self) -> None:
        people = [make_subscriber(number) for number in range(6)]
        reader, clicker, unread, machine, bounced, stranger = people
        campaign, messages = sent_campaign(people[:5])
        Message.objects.filter(pk=messages[4].pk).update(state=MessageState.BOUNCED, bounced_at=NOW)
        process_opens_and_clicks(
            [
                open_event(messages[0], LATE),
                click_event(messages[1], LATE),
                open_event(messages[3], 2, user_agent=APPLE),
            ],
            now=NOW + timedelta(days=1),
        )
        answers = {op: found(op, campaign) for op in OPERATORS}
        assert answers == {
            "received": {reader.pk, clicker.pk, unread.pk, machine.pk},
            "opened": {reader.pk, clicker.pk},
            "not_opened": {unread.pk},
            "clicked": {clicker.pk},
            "not_clicked": {reader.pk},
            "bounced": {bounced.pk},
        }
        assert found("not_received", campaign) == {bounced.pk, stranger.pk}

    def test_not_opened_of_several_means_none_of_them(self) -> None:
        faithful, absent = make_subscriber(1), make_subscriber(2)
        first, messages = sent_campaign([faithful, absent])
        second, _others = sent_campaign([faithful, absent], "Trà sen")
        process_opens_and_clicks([open_event(messages[0], LATE)], now=NOW + timedelta(days=1))
        assert found("not_opened", second) == {faithful.pk, absent.pk}
        assert found("not_opened", first, second) == {absent.pk}

    def test_a_campaign_never_sent_cannot_be_chosen(self) -> None:
        draft = make_campaign(name="Nháp")
        with pytest.raises(InvalidTree):
            found("opened", draft)

    def test_reads_as_a_sentence_in_vietnamese(self) -> None:
        campaign, _messages = sent_campaign([make_subscriber(1)])
        described = audience.describe(
            audience.parse(tree("not_opened", campaign)), now=NOW, zone=accounts.current_workspace().zone
        )
        assert "nhận Trà mới mà chưa mở" in str(described)


class TestSegmentsFollow:
    @pytest.mark.parametrize("opened_by", ["a person", "a bot"])
    def test_whoever_opens_leaves_those_who_have_not(self, opened_by: str) -> None:
        people = [make_subscriber(1), make_subscriber(2)]
        campaign, messages = sent_campaign(people)
        segment = make_segment("Chưa mở", tree("not_opened", campaign))
        assert member_ids(segment) == {each.pk for each in people}
        event = (
            open_event(messages[0], LATE)
            if opened_by == "a person"
            else open_event(messages[0], 2, user_agent=APPLE)
        )
        process_opens_and_clicks([event], now=NOW + timedelta(days=1))
        segments.flush(now=NOW + timedelta(days=1))
        assert member_ids(segment) == {people[1].pk}
