"""The check list: checks of other apps, lines of the channel, and what a channel does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.cast import NOW
from tests.registries import Registrations

from quen.apps.campaigns import queries, registry
from quen.apps.campaigns.forms import CampaignTestForm
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber, write_content
from quen.apps.campaigns.types import CampaignCheckContext
from quen.apps.channels import registry as channels
from quen.apps.channels import services as channel_services
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db


def connect(channel: str, sender: str) -> None:
    channel_services.set_connection(
        channel=channel,
        adapter="sandbox",
        settings={},
        secret="",
        rate_per_second=None,
        actor=SYSTEM,
        now=NOW,
    )
    channel_services.add_sender(channel=channel, name=sender, actor=SYSTEM, now=NOW)


def keys(campaign: Campaign, workspace: Any) -> list[str]:
    return [line.key for line in queries.checklist(campaign, workspace=workspace, now=NOW)]


class TestChecks:
    def test_another_app_adds_a_line(self, workspace: Any, an: Any, registrations: Registrations) -> None:
        def check_stock(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
            yield ChecklistLine(
                "stock",
                CheckSeverity.ERROR,
                "%(name)s: not in stock, 100%%",
                params={"name": context.campaign.name},
            )

        registrations(registry)
        registry.register_check(check_stock)
        enable_sending(workspace, an)
        lines = queries.checklist(make_campaign([make_subscriber(1)]), workspace=workspace, now=NOW)
        assert [(line.key, line.message) for line in lines if line.severity is CheckSeverity.ERROR] == [
            ("stock", "Trà mới tháng Mười: not in stock, 100%")
        ]

    def test_a_channel_without_footer_needs_no_reminder_and_no_sender_details(
        self, workspace: Any, an: Any
    ) -> None:
        connect("sms", "TRASEN")
        email, sms = make_campaign(), make_campaign(channel="sms")
        assert {"sender_block", "no_reminder"} <= set(keys(email, workspace))
        assert not {"sender_block", "no_reminder"} & set(keys(sms, workspace))

    def test_the_channel_adds_its_lines(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        connect("sms", "TRASEN")
        campaign = make_campaign(channel="sms")
        write_content(campaign, body="Trà mới đã về. " * 10)
        lines = {each.key: each for each in queries.checklist(campaign, workspace=workspace, now=NOW)}
        assert "3" in lines["sms_parts"].message
        assert "149" in lines["sms_parts"].explanation
        assert "[QC]" in lines["label"].message

    def test_a_channel_that_was_disconnected_blocks_sending(self, workspace: Any, an: Any) -> None:
        campaign = make_campaign(channel="sms")
        lines = {each.key: each for each in queries.checklist(campaign, workspace=workspace, now=NOW)}
        assert lines["no_connection"].severity is CheckSeverity.ERROR
        assert "SMS" in lines["no_connection"].message


class TestTestAddresses:
    @pytest.mark.parametrize(
        ("channel", "typed", "addresses"),
        [
            ("email", "lan@khach.vn mai@khach.vn; lan@khach.vn", ["lan@khach.vn", "mai@khach.vn"]),
            ("sms", "0905 318 274, +84905318275", ["+84905318274", "+84905318275"]),
        ],
    )
    def test_are_read_as_the_channel_writes_them(
        self, channel: str, typed: str, addresses: list[str]
    ) -> None:
        form = CampaignTestForm(
            {"addresses": typed}, channel=channels.channel(channel), languages=[], initial={}
        )
        assert form.is_valid(), form.errors
        assert form.cleaned_data["addresses"] == addresses
