"""Workspaces of one advertiser share the limit of 24 hours and refusals, at the moment of sending (R-58)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, connections, transaction
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.accounts.models import Workspace
from quen.apps.advertisers import services as advertisers
from quen.apps.advertisers.models import TakenPlace
from quen.apps.channels.services import pacing
from quen.apps.channels.tests.sink import Script, Sink
from quen.apps.compliance import services as compliance
from quen.apps.compliance.models import AdvertiserLink
from quen.apps.compliance.tests.sharing import join, synchronise, workspaces
from quen.apps.compliance.types import ChannelRuleValues, ExclusionReason
from quen.apps.contacts.models import Contact
from quen.apps.delivery import queries, services
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.services.throttle import send_throttle
from quen.apps.delivery.tests.factories import (
    deliver_all,
    make_connection,
    make_dispatch,
    make_subscriber,
    recount,
    run_dispatch,
)
from quen.apps.delivery.types import MessageState
from quen.core import schemas
from quen.core.actors import SYSTEM
from quen.core.postgres.processes import wait_until

pytestmark = pytest.mark.django_db

RACING_ADDRESSES = scaled(300, least=100)


class Shop:
    """One of the two workspaces, with its sink."""

    def __init__(self, workspace: Workspace, sink: Sink) -> None:
        self.workspace, self.schema, self.sink = workspace, workspace.schema_name, sink
        self.sources = iter(range(1, 1000))
        with schemas.use(self.schema):
            self.connection_id = make_connection(sink.port).pk

    def add(self, addresses: Sequence[str]) -> list[Contact]:
        with schemas.use(self.schema):
            return [make_subscriber(email=address, phone=None) for address in addresses]

    def limit(self, daily_cap: int) -> None:
        with schemas.use(self.schema):
            compliance.update_sending_settings(
                permission_reminders={},
                bot_open_seconds=30,
                channels={"email": ChannelRuleValues(daily_cap, "[QC]")},
                actor=SYSTEM,
                now=NOW,
            )

    def queue(self, contacts: Sequence[Contact], now: datetime = NOW) -> Dispatch:
        with schemas.use(self.schema):
            dispatch = make_dispatch(contacts, source_id=next(self.sources), scheduled_for=now, now=now)
            services.fan_out(dispatch_id=dispatch.pk, clock=lambda: now)
            return dispatch

    def send(self, contacts: Sequence[Contact], now: datetime = NOW) -> dict[int, int]:
        """Send one message to each and return how many were left out, by reason."""
        dispatch = self.queue(contacts, now)
        return self.deliver(dispatch, now)

    def deliver(self, dispatch: Dispatch, now: datetime = NOW) -> dict[int, int]:
        with schemas.use(self.schema):
            deliver_all(self.connection_id, now=now)
            return recount(dispatch.pk).skipped_by_reason

    def deliver_in_a_thread(self) -> None:
        with schemas.use(self.schema):
            deliver_all(self.connection_id)
        connections.close_all()


@pytest.fixture
def sink(transactional_db: None) -> Iterator[Sink]:
    with Sink() as made:
        yield made
    send_throttle.reset()
    pacing.reset()


@pytest.fixture
def shops(sink: Sink) -> tuple[Shop, Shop]:
    """Trà Sen and Gốm Việt, not joined, sending through one sink."""
    here, there = workspaces()
    return Shop(here, sink), Shop(there, sink)


CAPPED = {int(ExclusionReason.FREQUENCY_CAP): 1}
LAN = ["lan@thu.vn"]


class TestTheLimit:
    def test_counts_the_messages_of_both_shops(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        lan, lan_there = here.add(LAN), there.add(LAN)
        assert [here.send(lan), there.send(lan_there), here.send(lan)] == [{}, {}, {}]
        assert there.send(lan_there) == CAPPED
        assert here.send(lan) == CAPPED
        assert len(here.sink.mails) == 3
        assert there.send(lan_there, NOW + timedelta(hours=25)) == {}

    def test_shops_of_two_advertisers_count_for_themselves(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace)
        join(there.workspace)
        lan, lan_there = here.add(LAN), there.add(LAN)
        for _message in range(3):
            assert (here.send(lan), there.send(lan_there)) == ({}, {})
        assert not TakenPlace.objects.exists()

    def test_a_stricter_limit_of_one_shop_counts_all_messages(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        there.limit(1)
        lan, lan_there = here.add(LAN), there.add(LAN)
        assert here.send(lan) == {}
        assert there.send(lan_there) == CAPPED
        assert here.send(lan) == {}

    def test_joining_counts_the_last_24_hours(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        lan, lan_there = here.add(LAN), there.add(LAN)
        for _message in range(2):
            assert here.send(lan, NOW - timedelta(hours=20)) == {}
        assert there.send(lan_there, NOW - timedelta(hours=2)) == {}
        join(here.workspace, there.workspace)
        assert there.send(lan_there) == CAPPED
        assert here.send(lan) == CAPPED
        assert here.send(lan, NOW + timedelta(hours=5)) == {}

    def test_what_is_queued_when_they_join_obeys_it(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        lan, lan_there = here.add(LAN), there.add(LAN)
        queued = [
            each.queue(contacts) for each, contacts in ((here, lan), (there, lan_there)) for _two in range(2)
        ]
        join(here.workspace, there.workspace)
        for shop in shops:
            shop.deliver(queued[0 if shop is here else 2])
        assert len(here.sink.mails) == 3

    def test_a_refused_message_gives_its_place_back(self, shops: tuple[Shop, Shop], sink: Sink) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        for shop in shops:
            shop.limit(1)
        lan, lan_there = here.add(LAN), there.add(LAN)
        sink.script = Script(
            answer=lambda command, _line, _mail: b"550 5.7.1 refused\r\n" if command == "RCPT" else None
        )
        assert here.send(lan) == {}
        sink.script = Script()
        assert there.send(lan_there) == {}
        assert len(sink.mails) == 1

    def test_transactional_messages_take_no_place(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        (lan,) = here.add(LAN)
        with schemas.use(here.schema):
            run_dispatch(make_dispatch([lan], message_class="transactional"))
        assert len(here.sink.mails) == 1
        assert not TakenPlace.objects.exists()

    def test_old_places_are_deleted(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        here.send(here.add(LAN))
        advertisers.delete_expired(now=NOW + timedelta(hours=30))
        assert TakenPlace.objects.count() == 1
        advertisers.delete_expired(now=NOW + timedelta(days=3))
        assert not TakenPlace.objects.exists()

    def test_a_batch_being_claimed_while_they_join_is_counted(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        lan, lan_there = here.add(LAN), there.add(LAN)
        for shop in shops:
            shop.limit(1)
        dispatch = here.queue(lan)
        joining = threading.Thread(target=_join_in_a_thread, args=(here.workspace, there.workspace))
        with schemas.use(here.schema), transaction.atomic():
            # What a sender does that read the workspace's advertisers a moment before they changed.
            Dispatch.objects.select_for_update(no_key=True, of=("self",)).get(pk=dispatch.pk)
            joining.start()
            assert wait_until(_somebody_waits_for_a_lock, PATIENCE_SECONDS)
            assert not AdvertiserLink.objects.exists()
            Message.objects.filter(dispatch_id=dispatch.pk).update(state=MessageState.IN_FLIGHT)
        joining.join(PATIENCE_SECONDS)
        assert there.send(lan_there) == CAPPED


def _join_in_a_thread(here: Workspace, there: Workspace) -> None:
    join(here, there)
    connections.close_all()


def _somebody_waits_for_a_lock() -> bool:
    with psycopg.connect(_dsn()) as session:
        row = session.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
        ).fetchone()
    return bool(row and row[0])


def _dsn() -> str:
    settings = {key: quote(str(value or ""), safe="") for key, value in connection.settings_dict.items()}
    return (
        f"postgresql://{settings['USER']}:{settings['PASSWORD']}@/{settings['NAME']}"
        f"?host={settings['HOST']}&port={settings['PORT']}"
    )


class TestRefusing:
    def test_a_refusal_in_one_shop_stops_what_the_other_has_queued(self, shops: tuple[Shop, Shop]) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        (lan,) = here.add(LAN)
        queued = there.queue(there.add([*LAN, "mai@thu.vn"]))
        with schemas.use(here.schema):
            compliance.unsubscribe(
                contact_id=lan.pk,
                channel="email",
                method="link",
                all_channels=False,
                message_id=None,
                now=NOW,
            )
        synchronise(here.workspace, there.workspace)
        assert there.deliver(queued) == {int(ExclusionReason.REFUSED_ADVERTISER): 1}
        assert [mail.recipient for mail in there.sink.mails if b"mai@" in mail.recipient.encode()] == [
            "mai@thu.vn"
        ]
        assert "lan@thu.vn" not in there.sink.recipients


class TestRace:
    @pytest.mark.parametrize("cap", [1, 3])
    @proof("Two shops of one advertiser race for the last permitted message", addresses=RACING_ADDRESSES)
    def test_the_last_permitted_message_is_sent_once(self, shops: tuple[Shop, Shop], cap: int) -> None:
        join(shops[0].workspace, shops[1].workspace)
        addresses = [f"khach{number}@example.net" for number in range(RACING_ADDRESSES)]
        for seed, shop in enumerate(shops):
            shop.limit(cap)
            # The same people, half of them in other batches than in the other shop.
            mixed = addresses[: len(addresses) // 2]
            random.Random(seed).shuffle(mixed)  # the same order in every run
            mixed += addresses[len(addresses) // 2 :]
            contacts = shop.add(mixed)
            for _dispatch in range(cap):
                shop.queue(contacts)
        threads = [threading.Thread(target=shop.deliver_in_a_thread) for shop in shops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS * 5)
            assert not thread.is_alive()
        mails = Counter(shops[0].sink.recipients)
        assert set(mails) == set(addresses)
        # Never more than the cap, and no place is left free while somebody waits for it.
        assert set(mails.values()) == {cap}
        sent = 0
        for shop in shops:
            with schemas.use(shop.schema):
                sent += sum(recount(each.pk).sent for each in Dispatch.objects.all())
        assert sent == len(addresses) * cap


class TestCrash:
    def test_killed_between_place_and_claim_wastes_places_and_exceeds_nothing(
        self, shops: tuple[Shop, Shop]
    ) -> None:
        here, there = shops
        join(here.workspace, there.workspace)
        for shop in shops:
            shop.limit(1)
        addresses = [f"khach{number}@example.net" for number in range(40)]
        dispatch, contacts_there = here.queue(here.add(addresses)), there.add(addresses)
        with psycopg.connect(_dsn()) as session:
            # The claim of these messages has to wait: the places are committed, the batch is not.
            session.execute(f"SELECT id FROM {here.schema}.delivery_message FOR UPDATE")
            worker = self.start(here)
            try:
                assert wait_until(lambda: TakenPlace.objects.count() == len(addresses), PATIENCE_SECONDS)
                assert worker.poll() is None
            finally:
                worker.kill()
                worker.wait()
            session.rollback()
        assert not here.sink.mails
        # Wasted: nobody else may use them, although nothing was sent.
        assert there.send(contacts_there) == {int(ExclusionReason.FREQUENCY_CAP): len(addresses)}
        # The messages themselves still have their places.
        assert wait_until(
            lambda: here.deliver(dispatch) == {} and len(here.sink.mails) >= len(addresses), PATIENCE_SECONDS
        )
        assert Counter(here.sink.recipients) == Counter(addresses)
        with schemas.use(here.schema):
            assert queries.counts(dispatch.pk).sent == len(addresses)

    @staticmethod
    def start(shop: Shop) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "quen.apps.delivery.tests.shared_limit_worker",
                shop.schema,
                str(shop.connection_id),
            ],
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(sys.path),
                "DJANGO_SETTINGS_MODULE": "quen.config.settings",
                "DATABASE_URL": _dsn(),
            },
        )
