"""A job that fails is said where people look, by the command line, and can be tried again.

The jobs really fail: a column that their statements need is away for a while.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import queries as campaigns
from quen.apps.campaigns import services as campaign_services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels.models import SandboxMessage
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import ContactTag
from quen.apps.contacts.tests.factories import contacts_relation, make_contact
from quen.apps.import_export import services as imports
from quen.apps.import_export.types import ImportStep
from quen.apps.segments import services as segments
from quen.apps.segments.models import Segment
from quen.apps.segments.tests.factories import DA_NANG
from quen.apps.team import queries as team
from quen.apps.team.models import Notification, Progress
from quen.apps.team.types import ProgressState
from quen.core import clock, jobs
from quen.core.actors import SYSTEM
from tests.cast import AN, BINH, NOW

pytestmark = pytest.mark.django_db(transaction=True)
SENTENCE = "Có trục trặc ở phía chúng tôi"
REFERENCE = re.compile(r"\b[0-9A-F]{8}\b")


@pytest.fixture
def shop(committed_workspace: Any) -> Any:
    user = accounts.find_user(AN)
    assert user is not None
    enable_sending(committed_workspace, team.find_member(user.pk))
    return committed_workspace


@pytest.fixture
def an(shop: Any) -> Any:
    return team.members().get(email=AN)


@contextmanager
def without(table: str, column: str) -> Iterator[None]:
    """Take a column away for the length of a block: every statement that names it fails."""
    for old, new in ((column, f"{column}_away"), (f"{column}_away", column)):
        # Jobs close the connection.
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
        if new != column:
            yield


def failing() -> None:
    """Run the queue, in which a job fails for good."""
    with pytest.raises(ProgrammingError):
        run_queue()


def started(shop: Any) -> Campaign:
    member = team.members().get(email=AN)
    campaign = make_campaign([make_subscriber(1), make_subscriber(2)], now=clock.now())
    campaign_services.send_now(
        campaign=campaign, workspace=shop, estimate=None, actor=member.actor, now=clock.now()
    )
    return campaign


def page_of(client: Client, path: str) -> str:
    response = client.get(f"/w/tra-sen{path}")
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


class TestCampaign:
    @pytest.mark.parametrize(
        ("table", "column", "state", "button"),
        [
            # its start, its fan-out, its sending
            ("delivery_dispatchrecipient", "position", CampaignState.FAILED, "retry"),
            ("delivery_dispatchrecipient", "scheduled_for", CampaignState.PAUSED, "resume"),
            ("delivery_queuerange", "first_id", CampaignState.PAUSED, "resume"),
            ("delivery_inflightbatch", "claimed_at", CampaignState.PAUSED, "resume"),
        ],
    )
    def test_says_so_and_goes_on_when_it_is_tried_again(
        self,
        shop: Any,
        client_of: Callable[[str], Client],
        table: str,
        column: str,
        state: str,
        button: str,
    ) -> None:
        campaign = started(shop)
        with without(table, column):
            failing()
        run_queue()  # the campaign follows its dispatch
        found = campaigns.get_campaign(campaign.pk)
        assert found.state == state
        text = campaigns.failure_text(found)
        assert SENTENCE in text and REFERENCE.search(text)
        client = client_of(AN)
        page = page_of(client, f"/campaigns/{campaign.pk}/")
        assert SENTENCE in page and f"/campaigns/{campaign.pk}/{button}/" in page
        if found.dispatch_id:
            assert SENTENCE in page_of(client, f"/messages/dispatches/{found.dispatch_id}/")
        assert Notification.objects.filter(member__email=AN).exists()
        assert client.post(f"/w/tra-sen/campaigns/{campaign.pk}/{button}/").status_code == 302
        run_queue()
        assert campaigns.get_campaign(campaign.pk).state == CampaignState.SENT
        assert SandboxMessage.objects.count() == 2

    def test_the_sweep_does_not_start_it_again_by_itself(self, shop: Any) -> None:
        started(shop)
        with without("delivery_dispatchrecipient", "position"):
            failing()
            campaign_services.sweep(now=clock.now())
            run_queue()


class TestSegment:
    @pytest.fixture
    def segment(self, shop: Any) -> Segment:
        make_contact(province="48")
        return segments.create_segment(name="Đà Nẵng", tree=DA_NANG, actor=SYSTEM, now=NOW)

    @pytest.mark.parametrize(
        ("table", "column"), [("contacts_contact", "province"), ("segments_segmentmember", "entered_at")]
    )
    def test_says_so_and_is_calculated_when_it_is_tried_again(
        self, segment: Segment, client_of: Callable[[str], Client], table: str, column: str
    ) -> None:
        with without(table, column):
            run_queue()
        segment.refresh_from_db()
        assert (segment.computing, segment.size) == (False, 0)
        client, path = client_of(AN), f"/segments/{segment.pk}/"
        page = page_of(client, path)
        assert SENTENCE in page and REFERENCE.search(page) and f"{path}recompute/" in page
        assert "Chưa tính được" in page_of(client, "/segments/")
        assert client_of(BINH).post(f"/w/tra-sen{path}recompute/").status_code == 403
        assert client.post(f"/w/tra-sen{path}recompute/").status_code == 302
        run_queue()
        segment.refresh_from_db()
        assert (segment.failure, segment.size) == ({}, 1)
        assert SENTENCE not in page_of(client, path)

    def test_a_job_that_fails_before_it_computes_is_said_too(self, segment: Segment) -> None:
        with without("events_subscription", "consumer"):
            failing()
        segment.refresh_from_db()
        assert segment.computing is False
        assert segment.failure["code"] == "unexpected"


class TestBulkChange:
    def test_says_so_and_finishes_when_it_is_tried_again(
        self, shop: Any, an: Any, settings: Any, client_of: Callable[[str], Client]
    ) -> None:
        settings.BULK_INLINE_LIMIT = 1
        people = [make_contact() for _each in range(3)]
        progress = contacts.bulk_update(
            action="add_tags", tags=["VIP"], contacts=contacts_relation(*people), actor=an.actor, now=NOW
        )
        assert isinstance(progress, Progress)
        with without("contacts_contacttag", "tag_id"):
            failing()
        progress.refresh_from_db()
        assert progress.state == ProgressState.FAILED
        client = client_of(AN)
        page = page_of(client, "/contacts/")
        retry = f"/progress/{progress.pk}/retry/"
        assert SENTENCE in page and retry in page
        assert Notification.objects.filter(member=an, kind="team.operation_failed").exists()
        assert client_of(BINH).post(f"/w/tra-sen{retry}").status_code == 403
        assert client.post(f"/w/tra-sen{retry}").status_code == 302
        assert client.post(f"/w/tra-sen{retry}").status_code == 409
        run_queue()
        progress.refresh_from_db()
        assert (progress.state, ContactTag.objects.count()) == (ProgressState.DONE, 3)


class TestTrialRun:
    def test_says_so_instead_of_running_for_ever(
        self, shop: Any, an: Any, client_of: Callable[[str], Client]
    ) -> None:
        import_ = imports.create_from_upload(
            content=io.BytesIO(b"name,email\nLan,lan@thu.vn\n"),
            filename="khach.csv",
            actor=an.actor,
            now=NOW,
            kind="contacts",
        )
        imports.auto_match(import_=import_)
        import_.step = ImportStep.DRY_RUN
        import_.save()
        imports.start_dry_run(import_=import_, actor=an.actor, now=NOW)
        with without("contacts_contact", "email"):
            failing()
        assert SENTENCE in page_of(client_of(AN), f"/imports/{import_.pk}/dry-run/")
        imports.start_dry_run(import_=import_, actor=an.actor, now=NOW)
        run_queue()
        import_.refresh_from_db()
        assert import_.dry_run_report["rows"] == 1


tried: list[int] = []


def stumble() -> None:
    tried.append(len(tried))
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$")


class TestRepeatedFailures:
    def test_a_deadlock_is_tried_five_times(self, committed_workspace: Any) -> None:
        jobs.task("tests.stumble")(stumble)
        jobs.enqueue("tests.stumble")
        tried.clear()
        with pytest.raises(OperationalError):
            run_queue()
        assert len(tried) == 5
