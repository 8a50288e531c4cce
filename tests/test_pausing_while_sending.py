"""A pause while a campaign is sent: it stops after the batch, goes on by itself, and obeys who refused meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.types import PauseReason
from quen.apps.campaigns import queries as campaigns
from quen.apps.campaigns import services as campaign_services
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels.models import SandboxMessage
from quen.apps.compliance import queries as compliance
from quen.apps.contacts.models import Contact
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.services.turns import SendSlots
from quen.apps.team import queries as team
from quen.core import clock, schemas
from quen.core.database.base import PUBLIC
from tests.cast import AN, NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(committed_workspace: Any) -> Any:
    user = accounts.find_user(AN)
    assert user is not None
    enable_sending(committed_workspace, team.find_member(user.pk))
    return committed_workspace


def pause(shop: Any) -> None:
    accounts_services.pause_workspace(
        workspace=shop, reason=PauseReason.MOVING, by="Vận hành", now=NOW, wait_seconds=0
    )


def resume(shop: Any) -> None:
    accounts_services.resume_workspace(workspace=shop, by="Vận hành", now=NOW)


def fanned_out(shop: Any, people: list[Contact]) -> Dispatch:
    """Start a campaign and create its messages; nothing is sent yet."""
    campaign = make_campaign(people, now=clock.now())
    campaign_services.send_now(
        campaign=campaign,
        workspace=shop,
        estimate=None,
        actor=team.members().get(email=AN).actor,
        now=clock.now(),
    )
    campaign_services.start(campaign_id=campaign.pk, now=clock.now())
    dispatch_id = campaigns.get_campaign(campaign.pk).dispatch_id
    assert dispatch_id is not None
    delivery_services.fan_out(dispatch_id=dispatch_id, clock=clock.now)
    return delivery.get_dispatch(dispatch_id)


def recipients() -> set[str]:
    return set(SandboxMessage.objects.values_list("recipient", flat=True))


def run_due() -> list[str]:
    """Run the jobs that are due now, each once; return their names."""
    ran = []
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)"
            " RETURNING task_name, args"
        )
        due = cursor.fetchall()
    for name, text in due:
        arguments = json.loads(text) if isinstance(text, str) else text
        app.tasks[name].func(**arguments)
        ran.append(name)
    return ran


class TestPausedSending:
    def test_nothing_is_sent_and_it_goes_on_by_itself(self, shop: Any) -> None:
        dispatch = fanned_out(shop, [make_subscriber(n) for n in range(3)])
        pause(shop)
        assert "delivery.send_bulk" in run_due()
        assert recipients() == set()
        assert run_due() == []  # put back for later
        resume(shop)
        run_queue()
        assert len(recipients()) == 3
        assert campaigns.get_campaign(dispatch.source_id).state == CampaignState.SENT
        assert SandboxMessage.objects.count() == 3

    def test_a_turn_in_progress_ends_after_its_batch(self, shop: Any) -> None:
        dispatch = fanned_out(shop, [make_subscriber(n) for n in range(130)])
        slots, asked = SendSlots(), []

        def clock_that_pauses() -> Any:
            """Pause the workspace when the first batch is committed."""
            if SandboxMessage.objects.exists() and not asked:
                asked.append(True)
                with schemas.use(PUBLIC):
                    type(shop).objects.filter(pk=shop.pk).update(paused_at=NOW)
            return clock.now()

        more = delivery_services.deliver(
            connection_id=dispatch.connection_id,
            clock=clock_that_pauses,
            seconds=60,
            render_in_subprocess=False,
            slots=slots,
        )
        assert asked and more
        # Two batches take turns: the one on its way ends, no other begins.
        sent = len(recipients())
        assert 0 < sent <= 100
        assert delivery.counts(dispatch.pk).queued == 130 - sent
        resume(shop)
        run_queue()
        assert len(recipients()) == 130
        assert SandboxMessage.objects.count() == 130


class TestRefusals:
    def test_who_unsubscribes_during_the_pause_is_sent_nothing_afterwards(self, shop: Any) -> None:
        stays, leaves, clicks = (make_subscriber(n) for n in range(3))
        dispatch = fanned_out(shop, [stays, leaves, clicks])
        pause(shop)
        for contact, scope in ((leaves, ""), (clicks, "one-click/")):
            url = compliance.unsubscribe_url(
                workspace_id=shop.pk, contact_id=contact.pk, message_id=None, channel="email"
            )
            path = "/" + url.split("/", 3)[3] + scope
            with schemas.use(PUBLIC):
                assert Client().post(path, {"scope": "channel"}).status_code in (200, 302)
        resume(shop)
        # The sender itself looks for them: no other job has run since.
        delivery_services.deliver(
            connection_id=dispatch.connection_id, clock=clock.now, render_in_subprocess=False
        )
        assert recipients() == {"khach0@example.net"}
        run_queue()
        assert "khach1@example.net" not in {
            each.recipient for each in SandboxMessage.objects.filter(subject="Trà mới về")
        }
        assert delivery.counts(dispatch.pk).sent == 1
