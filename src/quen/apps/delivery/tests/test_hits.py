"""What readers do: people and machines told apart, everything counted once."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.cast import GOM_VIET, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery import queries
from quen.apps.delivery.models import Hit, Message
from quen.apps.delivery.services.hits import note_unsubscribed, understand_hits
from quen.apps.delivery.tests.readers import (
    APPLE,
    GMAIL,
    PHONE,
    SCANNER,
    SHOP,
    clicked,
    later,
    make_launch,
    make_message,
    opened,
    standing,
    tallied,
    told,
)
from quen.apps.delivery.types import HitKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events import services as events_services
from quen.apps.events.models import Event
from quen.apps.ingest.types import Kept
from quen.core import schemas
from quen.core.sql import Relation

pytestmark = pytest.mark.usefixtures("workspace")


class TestOpens:
    def test_a_person_opens_and_every_count_moves_once(self) -> None:
        launch = make_launch()
        message = make_message(launch)
        understand_hits([opened(message, 600), opened(message, 300), opened(message, 900)], now=NOW)
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.machine_opened_at) == (later(300), 3, None)
        assert tallied(launch) == {"opened": 1}
        assert told(message) == ["message_opened"]
        event = Event.objects.get(ref=message.pk)
        assert (event.contact_id, event.at, event.data) == (
            message.contact_id,
            later(300),
            {"name": launch.name},
        )

    def test_only_people_s_own_acts_are_their_last_activity(self) -> None:
        reader, scanned = make_contact(), make_contact()
        launch = make_launch()
        read, looked_at = (make_message(launch, contact_id=each.pk) for each in (reader, scanned))
        before = scanned.last_activity_at
        understand_hits([opened(read, 600), opened(looked_at, 600, agent=SCANNER)], now=NOW)
        reader.refresh_from_db()
        scanned.refresh_from_db()
        assert (reader.last_activity_at, scanned.last_activity_at) == (later(600), before)

    @pytest.mark.parametrize(
        ("seconds", "agent"),
        [(0, PHONE), (29.9, PHONE), (3600, APPLE), (3600, SCANNER), (3600, "curl/8.5.0")],
    )
    def test_a_machine_opens_and_nobody_has(self, seconds: float, agent: str) -> None:
        launch = make_launch()
        message = make_message(launch)
        understand_hits([opened(message, seconds, agent=agent)], now=NOW)
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.machine_opened_at) == (None, 0, later(seconds))
        assert tallied(launch) == {"opened_by_machine": 1}
        assert told(message) == []

    @pytest.mark.parametrize(
        "agent", [PHONE, GMAIL, "YahooMailProxy; https://help.yahoo.com/kb/", "CUBOT_X18", ""]
    )
    def test_proxies_that_fetch_when_somebody_reads_are_people(self, agent: str) -> None:
        launch = make_launch()
        understand_hits([opened(make_message(launch), 30, agent=agent)], now=NOW)
        assert tallied(launch) == {"opened": 1}

    def test_the_workspace_says_how_long_machines_are_expected(self) -> None:
        rules = compliance.rules()
        rules.machine_open_seconds = 120
        rules.save()
        launch = make_launch()
        message = make_message(launch)
        understand_hits([opened(message, 119)], now=NOW)
        understand_hits([opened(message, 120)], now=NOW)
        assert tallied(launch) == {"opened": 1, "opened_by_machine": 1}

    def test_before_the_result_of_the_hand_over_is_known_it_is_a_machine(self) -> None:
        launch = make_launch()
        handing = make_message(launch, handed_at=None, state=MessageState.HANDING)
        uncertain = make_message(launch, handed_at=None, state=MessageState.UNCERTAIN)
        understand_hits([opened(handing, 1), opened(uncertain, 500)], now=NOW)
        assert tallied(launch) == {"opened": 1, "opened_by_machine": 1}
        assert standing(launch) == {"queued": 1, "handed_over": 1}

    @pytest.mark.parametrize("agent", [PHONE, SCANNER])
    def test_whatever_was_read_has_arrived(self, agent: str) -> None:
        launch = make_launch()
        read, unread = (
            make_message(launch, handed_at=None, state=MessageState.UNCERTAIN) for _each in range(2)
        )
        for seconds in (600, 900):
            understand_hits([opened(read, seconds, agent=agent)], now=NOW)
        states = Message.objects.in_bulk([read.pk, unread.pk])
        assert states[read.pk].state == MessageState.ACCEPTED
        assert states[unread.pk].state == MessageState.UNCERTAIN
        assert standing(launch) == {"handed_over": 1, "uncertain": 1}
        assert told(read).count("message_sent") == 1

    def test_a_message_that_is_gone_says_nothing(self) -> None:
        launch = make_launch()
        gone, there = make_message(launch), make_message(launch)
        Message.objects.filter(pk=gone.pk).delete()
        understand_hits([opened(gone, 60), clicked(gone, 61), opened(there, 60)], now=NOW)
        assert tallied(launch) == {"opened": 1}
        assert not Hit.objects.filter(message_id=gone.pk).exists()

    def test_a_test_to_a_colleague_is_no_event(self) -> None:
        message = make_message(make_launch(source="test"), contact_id=0)
        understand_hits([opened(message, 60)], now=NOW)
        message.refresh_from_db()
        assert message.opens == 1
        assert not Event.objects.filter(ref=message.pk).exists()

    def test_a_thousand_reloads_are_enough(self) -> None:
        launch = make_launch()
        message = make_message(launch)
        many = [opened(message, 60 + second) for second in range(1200)]
        understand_hits(many[:700], now=NOW)
        understand_hits(many[700:], now=NOW)
        message.refresh_from_db()
        assert message.opens == 1000

    def test_the_other_workspace_has_none_of_it(self) -> None:
        message = make_message(make_launch())
        understand_hits([opened(message, 60)], now=NOW)
        with schemas.use(accounts.get_workspace(GOM_VIET).schema_name):
            assert not Hit.objects.exists()


class TestClicks:
    def test_a_click_counts_as_opening_too(self) -> None:
        """R-39: a click by a person counts as opening."""
        launch = make_launch()
        message = make_message(launch)
        understand_hits([opened(message, 2), clicked(message, 60, "sen")], now=NOW)
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.clicked_at, message.clicks) == (
            later(60),
            1,
            later(60),
            1,
        )
        assert tallied(launch) == {"clicked": 1, "opened": 1, "opened_by_machine": 1}
        assert told(message) == ["message_opened", "message_clicked"]

    def test_links_know_their_clicks_and_people(self) -> None:
        launch = make_launch()
        first, second = make_message(launch), make_message(launch)
        understand_hits([clicked(first, 60, "a"), clicked(first, 70, "a"), clicked(first, 80, "b")], now=NOW)
        understand_hits([clicked(second, 90, "a")], now=NOW)
        assert [(row.url, row.clicks, row.people) for row in queries.links(launch.pk)] == [
            (SHOP + "a", 3, 2),
            (SHOP + "b", 1, 1),
        ]
        assert told(first) == ["message_opened", "message_clicked", "message_clicked"]

    def test_a_scanner_that_runs_through_the_links_is_nobody(self) -> None:
        launch = make_launch()
        message = make_message(launch)
        understand_hits([clicked(message, 3 + i / 10, f"{i}") for i in range(5)], now=NOW)
        message.refresh_from_db()
        assert (message.clicks, message.clicked_at, message.opened_at) == (0, None, None)
        assert tallied(launch) == {}
        assert told(message) == []

    def test_a_scanner_split_over_two_batches_is_nobody_either(self) -> None:
        launch = make_launch()
        message = make_message(launch)
        understand_hits([clicked(message, 3, "a"), clicked(message, 3.5, "b")], now=NOW)
        understand_hits([clicked(message, 4, "c")], now=NOW)
        message.refresh_from_db()
        assert (message.clicks, message.opened_at, tallied(launch)) == (0, None, {})
        assert {(row.clicks, row.people) for row in queries.links(launch.pk)} == {(0, 0)}

    @pytest.mark.parametrize(
        "hits",
        [
            [(40, "a"), (40.5, "b"), (41, "c")],
            [(3, "a"), (6, "b"), (9, "c")],
            [(3, "a"), (3.5, "a"), (4, "b")],
        ],
        ids=["long_after_hand_over", "one_after_the_other", "two_links"],
    )
    def test_a_quick_person_is_still_a_person(self, hits: list[tuple[float, str]]) -> None:
        launch = make_launch()
        message = make_message(launch)
        understand_hits([clicked(message, seconds, path) for seconds, path in hits], now=NOW)
        message.refresh_from_db()
        assert message.clicks == 3

    def test_a_known_scanner_is_nobody_whenever_it_comes(self) -> None:
        launch = make_launch()
        understand_hits([clicked(make_message(launch), 4000, "a", agent=SCANNER)], now=NOW)
        assert tallied(launch) == {}


class TestUnsubscribed:
    def test_is_noted_once_on_the_message_that_caused_it(self) -> None:
        launch = make_launch()
        message = make_message(launch)
        code = kinds.get("unsubscribed").code
        events_services.record(
            "unsubscribed", contact_id=message.contact_id, at=later(90), ref=message.pk, data={"way": "link"}
        )
        events_services.record("unsubscribed", contact_id=5, at=later(90), data={"way": "staff"})
        batch = Relation(
            "SELECT contact_id, kind, at, id AS event_id, ref, data FROM events_event WHERE kind = %(kind)s",
            {"kind": code},
            ("contact_id", "kind", "at", "event_id", "ref", "data"),
        )
        note_unsubscribed(batch, now=NOW)
        note_unsubscribed(batch, now=NOW)
        message.refresh_from_db()
        assert message.unsubscribed_at == later(90)
        assert tallied(launch) == {"unsubscribed": 1}
        assert Hit.objects.get(message_id=message.pk).kind == HitKind.UNSUBSCRIBED

    def test_proves_that_an_uncertain_one_arrived(self) -> None:
        launch = make_launch()
        person = make_contact(email="lan@example.vn")
        message = make_message(launch, contact_id=person.pk, state=MessageState.UNCERTAIN)
        compliance_services.refuse(
            contact_id=person.pk,
            channel="email",
            way="link",
            everything=False,
            message_id=message.pk,
            now=later(90),
        )
        events_services.drain("delivery.unsubscribed", now=NOW)
        assert standing(launch) == {"handed_over": 1}
        assert tallied(launch) == {"unsubscribed": 1}
        assert "message_sent" in told(message)

    def test_reaches_the_message_from_the_persons_own_act(self) -> None:
        launch = make_launch()
        person = make_contact(email="lan@example.vn")
        message = make_message(launch, contact_id=person.pk)
        compliance_services.refuse(
            contact_id=person.pk,
            channel="email",
            way="link",
            everything=False,
            message_id=message.pk,
            now=later(90),
        )
        assert events_services.drain("delivery.unsubscribed", now=NOW) == 1
        assert tallied(launch) == {"unsubscribed": 1}


def test_a_large_batch_rides_the_indexes() -> None:
    """5,000 hits among 20,000 messages with hits of their own."""
    launch = make_launch()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_message (launch_id, contact_id, attempt, origin_at, address, language, state, tries,"
            " handed_at, code, told, provider_id, opens, clicks)"
            " SELECT %s, i, 1, %s, '', 'vi', 2, 1, %s, '', '', '', 0, 0 FROM generate_series(1, 20000) i RETURNING id",
            [launch.pk, NOW, NOW],
        )
        ids = [number for (number,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO delivery_hit (message_id, kind, at, url, agent) SELECT id, 2, %s, '', '' FROM delivery_message"
            " CROSS JOIN generate_series(1, 3)",
            [NOW],
        )
        cursor.execute("ANALYZE delivery_hit, delivery_message")
    hits = [
        Kept(
            10**9 + place,
            later(60 + place % 50),
            {"message": ids[place * 4], "agent": PHONE, "url": f"{SHOP}{place % 7}"},
        )
        for place in range(5000)
    ]
    understand_hits(hits, now=NOW)
    assert tallied(launch)["clicked"] == 5000
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(clicks), sum(people) FROM delivery_link WHERE launch_id = %s", [launch.pk])
        assert cursor.fetchone() == (5000, 5000)
