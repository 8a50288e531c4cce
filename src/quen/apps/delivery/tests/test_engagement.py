"""Opens and clicks: people and bots told apart, everything counted once."""

from __future__ import annotations

import pytest
from django.db import connection
from tests.cast import GOM_VIET, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.compliance import queries as compliance
from quen.apps.compliance import services as compliance_services
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery import queries
from quen.apps.delivery.models import EngagementEvent, Message
from quen.apps.delivery.services.engagement import process_opens_and_clicks, record_unsubscribes
from quen.apps.delivery.tests.engagement_factories import (
    APPLE,
    GMAIL,
    PHONE,
    SCANNER,
    SHOP,
    click_event,
    engagement_counters,
    event_kinds,
    make_active_dispatch,
    make_sent_message,
    open_event,
    seconds_later,
    state_counters,
)
from quen.apps.delivery.types import EngagementKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events import services as events_services
from quen.apps.events.models import Event
from quen.apps.ingest.types import StoredEvent
from quen.core import schemas
from quen.core.sql import Relation

pytestmark = pytest.mark.usefixtures("workspace")


class TestOpens:
    def test_an_open_is_counted_once_everywhere(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks(
            [open_event(message, 600), open_event(message, 300), open_event(message, 900)], now=NOW
        )
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.bot_opened_at) == (seconds_later(300), 3, None)
        assert engagement_counters(dispatch) == {"opened": 1}
        assert event_kinds(message) == ["message_opened"]
        event = Event.objects.get(ref=message.pk)
        assert (event.contact_id, event.at, event.data) == (
            message.contact_id,
            seconds_later(300),
            {"name": dispatch.name},
        )

    def test_only_real_engagement_moves_last_activity(self) -> None:
        contact, scanned = make_contact(), make_contact()
        dispatch = make_active_dispatch()
        read, scanned_message = (
            make_sent_message(dispatch, contact_id=each.pk) for each in (contact, scanned)
        )
        before = scanned.last_activity_at
        process_opens_and_clicks(
            [open_event(read, 600), open_event(scanned_message, 600, user_agent=SCANNER)], now=NOW
        )
        contact.refresh_from_db()
        scanned.refresh_from_db()
        assert (contact.last_activity_at, scanned.last_activity_at) == (seconds_later(600), before)

    @pytest.mark.parametrize(
        ("seconds", "agent"),
        [(0, PHONE), (29.9, PHONE), (3600, APPLE), (3600, SCANNER), (3600, "curl/8.5.0")],
    )
    def test_a_bot_open_is_not_an_open(self, seconds: float, agent: str) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([open_event(message, seconds, user_agent=agent)], now=NOW)
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.bot_opened_at) == (None, 0, seconds_later(seconds))
        assert engagement_counters(dispatch) == {"opened_by_bot": 1}
        assert event_kinds(message) == []

    @pytest.mark.parametrize(
        "agent", [PHONE, GMAIL, "YahooMailProxy; https://help.yahoo.com/kb/", "CUBOT_X18", ""]
    )
    def test_image_proxies_of_mail_apps_count_as_opens(self, agent: str) -> None:
        dispatch = make_active_dispatch()
        process_opens_and_clicks([open_event(make_sent_message(dispatch), 30, user_agent=agent)], now=NOW)
        assert engagement_counters(dispatch) == {"opened": 1}

    def test_bot_open_seconds_is_a_workspace_setting(self) -> None:
        rules = compliance.sending_settings()
        rules.bot_open_seconds = 120
        rules.save()
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([open_event(message, 119)], now=NOW)
        process_opens_and_clicks([open_event(message, 120)], now=NOW)
        assert engagement_counters(dispatch) == {"opened": 1, "opened_by_bot": 1}

    def test_an_open_before_the_send_result_is_a_bot_open(self) -> None:
        dispatch = make_active_dispatch()
        handing = make_sent_message(dispatch, sent_at=None, state=MessageState.IN_FLIGHT)
        uncertain = make_sent_message(dispatch, sent_at=None, state=MessageState.UNKNOWN_OUTCOME)
        process_opens_and_clicks([open_event(handing, 1), open_event(uncertain, 500)], now=NOW)
        assert engagement_counters(dispatch) == {"opened": 1, "opened_by_bot": 1}
        assert state_counters(dispatch) == {"queued": 1, "sent": 1}

    @pytest.mark.parametrize("agent", [PHONE, SCANNER])
    def test_an_open_resolves_an_uncertain_message(self, agent: str) -> None:
        dispatch = make_active_dispatch()
        read, unread = (
            make_sent_message(dispatch, sent_at=None, state=MessageState.UNKNOWN_OUTCOME)
            for _each in range(2)
        )
        for seconds in (600, 900):
            process_opens_and_clicks([open_event(read, seconds, user_agent=agent)], now=NOW)
        states = Message.objects.in_bulk([read.pk, unread.pk])
        assert states[read.pk].state == MessageState.ACCEPTED
        assert states[unread.pk].state == MessageState.UNKNOWN_OUTCOME
        assert state_counters(dispatch) == {"sent": 1, "uncertain": 1}
        assert event_kinds(read).count("message_sent") == 1

    def test_events_of_a_deleted_message_are_ignored(self) -> None:
        dispatch = make_active_dispatch()
        gone, there = make_sent_message(dispatch), make_sent_message(dispatch)
        Message.objects.filter(pk=gone.pk).delete()
        process_opens_and_clicks(
            [open_event(gone, 60), click_event(gone, 61), open_event(there, 60)], now=NOW
        )
        assert engagement_counters(dispatch) == {"opened": 1}
        assert not EngagementEvent.objects.filter(message_id=gone.pk).exists()

    def test_a_test_message_records_no_event(self) -> None:
        message = make_sent_message(make_active_dispatch(source="test"), contact_id=0)
        process_opens_and_clicks([open_event(message, 60)], now=NOW)
        message.refresh_from_db()
        assert message.opens == 1
        assert not Event.objects.filter(ref=message.pk).exists()

    def test_stores_at_most_a_thousand_events_per_message(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        many = [open_event(message, 60 + second) for second in range(1200)]
        process_opens_and_clicks(many[:700], now=NOW)
        process_opens_and_clicks(many[700:], now=NOW)
        message.refresh_from_db()
        assert message.opens == 1000

    def test_other_workspaces_are_untouched(self) -> None:
        message = make_sent_message(make_active_dispatch())
        process_opens_and_clicks([open_event(message, 60)], now=NOW)
        with schemas.use(accounts.get_workspace(GOM_VIET).schema_name):
            assert not EngagementEvent.objects.exists()


class TestClicks:
    def test_a_click_counts_as_opening_too(self) -> None:
        """R-39: a click by a person counts as an open."""
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([open_event(message, 2), click_event(message, 60, "sen")], now=NOW)
        message.refresh_from_db()
        assert (message.opened_at, message.opens, message.clicked_at, message.clicks) == (
            seconds_later(60),
            1,
            seconds_later(60),
            1,
        )
        assert engagement_counters(dispatch) == {"clicked": 1, "opened": 1, "opened_by_bot": 1}
        assert event_kinds(message) == ["message_opened", "message_clicked"]

    def test_links_count_clicks_and_unique_clicks(self) -> None:
        dispatch = make_active_dispatch()
        first, second = make_sent_message(dispatch), make_sent_message(dispatch)
        process_opens_and_clicks(
            [click_event(first, 60, "a"), click_event(first, 70, "a"), click_event(first, 80, "b")], now=NOW
        )
        process_opens_and_clicks([click_event(second, 90, "a")], now=NOW)
        assert [(row.url, row.clicks, row.unique_clicks) for row in queries.link_stats(dispatch.pk)] == [
            (SHOP + "a", 3, 2),
            (SHOP + "b", 1, 1),
        ]
        assert event_kinds(first) == ["message_opened", "message_clicked", "message_clicked"]

    def test_a_scanner_following_all_links_is_not_counted(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([click_event(message, 3 + i / 10, f"{i}") for i in range(5)], now=NOW)
        message.refresh_from_db()
        assert (message.clicks, message.clicked_at, message.opened_at) == (0, None, None)
        assert engagement_counters(dispatch) == {}
        assert event_kinds(message) == []

    def test_a_scanner_split_over_two_batches_is_not_counted_either(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([click_event(message, 3, "a"), click_event(message, 3.5, "b")], now=NOW)
        process_opens_and_clicks([click_event(message, 4, "c")], now=NOW)
        message.refresh_from_db()
        assert (message.clicks, message.opened_at, engagement_counters(dispatch)) == (0, None, {})
        assert {(row.clicks, row.unique_clicks) for row in queries.link_stats(dispatch.pk)} == {(0, 0)}

    def test_links_are_right_when_clicks_of_two_messages_cancel_out(self) -> None:
        dispatch = make_active_dispatch()
        scanned, *read = (make_sent_message(dispatch) for _each in range(3))
        events = [
            click_event(scanned, 3, "b"),
            click_event(scanned, 3.1, "b"),
            click_event(scanned, 3.2, "a"),
        ]
        process_opens_and_clicks(events, now=NOW)
        events = [click_event(scanned, 3.4, "c"), *(click_event(message, 60, "b") for message in read)]
        process_opens_and_clicks(events, now=NOW)
        links = {row.url: (row.clicks, row.unique_clicks) for row in queries.link_stats(dispatch.pk)}
        assert links[SHOP + "b"] == (2, 2)

    @pytest.mark.parametrize(
        "events",
        [
            [(40, "a"), (40.5, "b"), (41, "c")],
            [(3, "a"), (6, "b"), (9, "c")],
            [(3, "a"), (3.5, "a"), (4, "b")],
        ],
        ids=["long_after_hand_over", "one_after_the_other", "two_links"],
    )
    def test_quick_clicks_of_a_person_count(self, events: list[tuple[float, str]]) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        process_opens_and_clicks([click_event(message, seconds, path) for seconds, path in events], now=NOW)
        message.refresh_from_db()
        assert message.clicks == 3

    def test_a_known_scanner_never_counts(self) -> None:
        dispatch = make_active_dispatch()
        process_opens_and_clicks(
            [click_event(make_sent_message(dispatch), 4000, "a", user_agent=SCANNER)], now=NOW
        )
        assert engagement_counters(dispatch) == {}


class TestUnsubscribed:
    def test_is_recorded_once_on_the_message_that_caused_it(self) -> None:
        dispatch = make_active_dispatch()
        message = make_sent_message(dispatch)
        code = kinds.get("unsubscribed").code
        events_services.record(
            "unsubscribed",
            contact_id=message.contact_id,
            at=seconds_later(90),
            ref=message.pk,
            data={"method": "link"},
        )
        events_services.record("unsubscribed", contact_id=5, at=seconds_later(90), data={"method": "staff"})
        batch = Relation(
            "SELECT contact_id, kind, at, id AS event_id, ref, data FROM events_event WHERE kind = %(kind)s",
            {"kind": code},
            ("contact_id", "kind", "at", "event_id", "ref", "data"),
        )
        record_unsubscribes(batch, now=NOW)
        record_unsubscribes(batch, now=NOW)
        message.refresh_from_db()
        assert message.unsubscribed_at == seconds_later(90)
        assert engagement_counters(dispatch) == {"unsubscribed": 1}
        assert EngagementEvent.objects.get(message_id=message.pk).kind == EngagementKind.UNSUBSCRIBED

    def test_resolves_an_uncertain_message(self) -> None:
        dispatch = make_active_dispatch()
        contact = make_contact(email="lan@example.vn")
        message = make_sent_message(dispatch, contact_id=contact.pk, state=MessageState.UNKNOWN_OUTCOME)
        compliance_services.unsubscribe(
            contact_id=contact.pk,
            channel="email",
            method="link",
            all_channels=False,
            message_id=message.pk,
            now=seconds_later(90),
        )
        events_services.drain("delivery.unsubscribed", now=NOW)
        assert state_counters(dispatch) == {"sent": 1}
        assert engagement_counters(dispatch) == {"unsubscribed": 1}
        assert "message_sent" in event_kinds(message)

    def test_an_unsubscribe_of_the_contact_reaches_the_message(self) -> None:
        dispatch = make_active_dispatch()
        contact = make_contact(email="lan@example.vn")
        message = make_sent_message(dispatch, contact_id=contact.pk)
        compliance_services.unsubscribe(
            contact_id=contact.pk,
            channel="email",
            method="link",
            all_channels=False,
            message_id=message.pk,
            now=seconds_later(90),
        )
        assert events_services.drain("delivery.unsubscribed", now=NOW) == 1
        assert engagement_counters(dispatch) == {"unsubscribed": 1}


def test_a_large_batch_uses_the_indexes() -> None:
    """5,000 events among 20,000 messages with events of their own."""
    dispatch = make_active_dispatch()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_message (dispatch_id, contact_id, attempt, scheduled_for, address, language, state,"
            " tries, sent_at, code, provider_message, provider_id, opens, clicks)"
            " SELECT %s, i, 1, %s, '', 'vi', 2, 1, %s, '', '', '', 0, 0 FROM generate_series(1, 20000) i RETURNING id",
            [dispatch.pk, NOW, NOW],
        )
        ids = [number for (number,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO delivery_engagementevent (message_id, kind, at, url, user_agent)"
            " SELECT id, 2, %s, '', '' FROM delivery_message CROSS JOIN generate_series(1, 3)",
            [NOW],
        )
        cursor.execute("ANALYZE delivery_engagementevent, delivery_message")
    events = [
        StoredEvent(
            10**9 + place,
            seconds_later(60 + place % 50),
            {"message": ids[place * 4], "user_agent": PHONE, "url": f"{SHOP}{place % 7}"},
        )
        for place in range(5000)
    ]
    process_opens_and_clicks(events, now=NOW)
    assert engagement_counters(dispatch)["clicked"] == 5000
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(clicks), sum(unique_clicks) FROM delivery_dispatchlink WHERE dispatch_id = %s",
            [dispatch.pk],
        )
        assert cursor.fetchone() == (5000, 5000)
