"""What follows when two contacts are merged: messages, links, segments, topics, audiences of campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import NOW

from quen.apps.campaigns import queries as campaigns
from quen.apps.campaigns.tests.factories import make_campaign, make_subscriber
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.models import TopicChoice, Unsubscribe
from quen.apps.contacts import services
from quen.apps.contacts.models import Contact, ContactMerge
from quen.apps.contacts.types import Consent, Status
from quen.apps.delivery.models import Message
from quen.apps.delivery.types import MessageState
from quen.apps.events import services as events
from quen.apps.segments.services import CONSUMER
from quen.apps.segments.tests.factories import make_segment, member_ids
from quen.core import sql
from quen.core.actors import SYSTEM

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def two(workspace: Any) -> tuple[Contact, Contact]:
    return make_subscriber(1), make_subscriber(2)


def merge(two: tuple[Contact, Contact]) -> ContactMerge:
    return services.merge_contacts(kept=two[0], merged=two[1], actor=SYSTEM, now=NOW)


def undo(made: ContactMerge) -> None:
    services.undo_merge(merge=made, actor=SYSTEM, now=LATER)


def message(contact: Contact, dispatch: int = 7) -> Message:
    return Message.objects.create(
        dispatch_id=dispatch, contact_id=contact.pk, scheduled_for=NOW, state=MessageState.ACCEPTED
    )


def owners(*messages: Message) -> list[tuple[int, int]]:
    return [
        (each.contact_id, each.attempt)
        for each in Message.objects.filter(pk__in=[m.pk for m in messages]).order_by("pk")
    ]


class TestMessages:
    def test_both_messages_of_one_sending_stay_and_return(self, two: tuple[Contact, Contact]) -> None:
        kept, merged = two
        messages = [message(kept), message(merged), message(merged, dispatch=8)]
        before = owners(*messages)
        made = merge(two)
        assert owners(*messages) == [(kept.pk, 1), (kept.pk, 2), (kept.pk, 1)]
        undo(made)
        assert owners(*messages) == before


class TestLinkInAMailToTheMerged:
    def test_it_stops_mail_for_the_kept_and_after_undo_for_both(
        self, workspace: Any, two: tuple[Contact, Contact]
    ) -> None:
        kept, merged = two
        link = compliance.unsubscribe_url(
            workspace_id=workspace.pk, contact_id=merged.pk, message_id=None, channel="email"
        )
        made = merge(two)
        response = Client().post(link[link.index("/", 9) :], {"scope": "channel", "action": "unsubscribe"})
        assert response.status_code in (200, 302)
        kept.refresh_from_db()
        assert kept.status == Status.UNSUBSCRIBED
        assert Unsubscribe.objects.get().contact_id == kept.pk
        undo(made)
        for each in two:
            each.refresh_from_db()
            assert (each.status, each.consent("email")) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)


class TestTopics:
    def test_the_refusal_of_a_topic_stays_on_both(self, two: tuple[Contact, Contact]) -> None:
        kept, merged = two
        for contact, consent in ((kept, Consent.GRANTED), (merged, Consent.WITHDRAWN)):
            TopicChoice.objects.create(
                contact_id=contact.pk, topic_id=3, channel="email", consent=consent, at=NOW
            )
        made = merge(two)
        choice = TopicChoice.objects.get()
        assert (choice.contact_id, choice.consent) == (kept.pk, Consent.WITHDRAWN)
        undo(made)
        refused = TopicChoice.objects.filter(consent=Consent.WITHDRAWN)
        assert set(refused.values_list("contact_id", flat=True)) == {kept.pk, merged.pk}


class TestSegments:
    def test_the_kept_is_in_where_the_merged_was(self, two: tuple[Contact, Contact]) -> None:
        kept, merged = two
        Contact.objects.filter(pk=merged.pk).update(province="48", updated_at=LATER)
        merged.refresh_from_db()
        segment = make_segment()
        assert member_ids(segment) == {merged.pk}
        made = merge(two)
        events.drain(CONSUMER, now=LATER)
        assert member_ids(segment) == {kept.pk}
        undo(made)
        events.drain(CONSUMER, now=LATER)
        assert member_ids(segment) == {merged.pk}


class TestAudiences:
    def test_a_campaign_to_the_merged_goes_to_the_kept(
        self, workspace: Any, two: tuple[Contact, Contact]
    ) -> None:
        kept, merged = two
        campaign = make_campaign([merged])
        made = merge(two)

        def targeted() -> list[int]:
            found = campaigns.contacts_of(campaign, now=NOW, zone=workspace.zone)
            return [pk for (pk,) in sql.rows(found)]

        assert targeted() == [kept.pk]
        undo(made)
        assert targeted() == [merged.pk]
