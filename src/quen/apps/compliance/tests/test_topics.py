"""Topics: a person may leave one and keep the others, and the gate knows."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.models import Topic, TopicChoice
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.types import (
    ExclusionReason,
    MessageClass,
    SuppressionCause,
    TopicInUse,
    TopicNameMissing,
    TopicNameTaken,
)
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Consent, ConsentProof
from quen.core import sql
from quen.core.actors import Actor

PROOF = ConsentProof(ground="", method="link", obtained_at=NOW)


def make_topic(an: Any, name: str = "Ưu đãi và quà", **changes: Any) -> Topic:
    """Create a topic that is sent by email and SMS."""
    given = {"names": {"vi": name}, "descriptions": {}, "channels": ["email", "sms"]}
    return services.create_topic(**given | changes, actor=an.actor, now=NOW)


def leave(contact: Any, topic: Topic, channel: str = "email", *, wants: bool = False) -> int:
    """Choose a topic on a channel as the contact."""
    return services.choose_topics(
        contact_id=contact.pk,
        wanted={(topic.pk, channel): wants},
        proof=PROOF,
        actor=Actor.contact(contact.pk),
        now=NOW,
    )


def reason_for(contact: Any, topic: Topic | None, channel: str = "email", **options: Any) -> Any:
    """Return why a contact does not get a message about a topic."""
    given: dict[str, Any] = {"message_class": MessageClass.MARKETING, "now": NOW}
    eligible = queries.eligibility(
        contacts.relation_of_ids([contact.pk]),
        channel=channel,
        topic_id=topic.pk if topic else None,
        **given | options,
    )
    ((_id, _address, _language, reason),) = sql.rows(eligible)
    return reason


@pytest.mark.django_db
class TestTheGate:
    def test_who_left_a_topic_gets_the_others(self, workspace: Any, an: Any) -> None:
        offers, tips = make_topic(an), make_topic(an, "Mẹo pha trà")
        lan = make_subscriber(consent_sms=Consent.GRANTED, phone="+84905777123")
        assert leave(lan, offers) == 1
        assert reason_for(lan, offers) == ExclusionReason.LEFT_TOPIC
        assert reason_for(lan, tips) is None
        assert reason_for(lan, offers, "sms") is None
        assert reason_for(lan, None) is None
        assert reason_for(lan, offers, message_class=MessageClass.TRANSACTIONAL) is None

    def test_choosing_it_again_counts(self, workspace: Any, an: Any) -> None:
        topic, lan = make_topic(an), make_subscriber()
        leave(lan, topic)
        assert leave(lan, topic, wants=True) == 1
        assert reason_for(lan, topic) is None

    def test_a_topic_never_overrules_a_refused_channel(self, workspace: Any, an: Any) -> None:
        topic, huy = make_topic(an), make_subscriber(consent_email=Consent.WITHDRAWN)
        leave(huy, topic)
        leave(huy, topic, wants=True)
        assert reason_for(huy, topic) == ExclusionReason.UNSUBSCRIBED

    def test_the_topic_is_named_rather_than_the_limit(self, workspace: Any, an: Any) -> None:
        topic, lan = make_topic(an), make_subscriber()
        leave(lan, topic)
        capped = contacts.relation_of_ids([lan.pk])
        assert reason_for(lan, topic, capped=capped) == ExclusionReason.LEFT_TOPIC

    def test_nothing_is_sent_to_whom_processing_is_restricted(self, workspace: Any) -> None:
        lan = make_subscriber(restricted_at=NOW)
        assert exclusion_reasons(lan) == [ExclusionReason.RESTRICTED]
        assert exclusion_reasons(lan, message_class=MessageClass.TRANSACTIONAL) == [
            ExclusionReason.RESTRICTED
        ]

    def test_the_register_stops_advertising_only(self, workspace: Any) -> None:
        lan = make_subscriber(phone="+84905777123", consent_call=Consent.GRANTED)
        services.suppress(channel="call", addresses=["0905777123"], cause=SuppressionCause.REGISTER, now=NOW)
        assert exclusion_reasons(lan, channel="call") == [ExclusionReason.SUPPRESSED_REGISTER]
        assert exclusion_reasons(lan, channel="call", message_class=MessageClass.TRANSACTIONAL) == [None]


@pytest.mark.django_db
class TestAnswers:
    def test_each_new_answer_is_one_line_of_the_log(self, workspace: Any, an: Any) -> None:
        topic, lan = make_topic(an), make_subscriber()
        assert leave(lan, topic, wants=True) == 0
        leave(lan, topic)
        assert leave(lan, topic) == 0
        (line,) = contacts.consent_entries(lan)
        assert (line.purpose, line.channel, line.consent) == (
            queries.topic_purpose(topic.pk),
            "email",
            Consent.WITHDRAWN,
        )
        assert line.proof.method == "link"

    def test_unblocking_restores_the_channel_and_not_the_topic(self, workspace: Any, an: Any) -> None:
        topic, lan = make_topic(an), make_subscriber(consent_email=Consent.NEVER_ASKED, status=3)
        contacts_services.set_consent(
            contact=lan,
            channel="email",
            consent=Consent.GRANTED,
            proof=PROOF,
            actor=Actor.contact(lan.pk),
            now=NOW,
        )
        leave(lan, topic)
        contacts_services.set_consent(
            contact=lan, channel="email", consent=Consent.BLOCKED, actor=an.actor, now=NOW
        )
        contacts_services.unblock(contact=lan, channel="email", actor=an.actor, now=NOW)
        lan.refresh_from_db()
        assert lan.consent_email == Consent.GRANTED

    @pytest.mark.parametrize("who", [0, 1])
    def test_a_topic_left_stays_left_on_both_when_a_merge_is_undone(
        self, workspace: Any, an: Any, who: int
    ) -> None:
        topic, pair = make_topic(an), (make_subscriber(), make_subscriber())
        leave(pair[who], topic)
        made = contacts_services.merge_contacts(kept=pair[0], merged=pair[1], actor=an.actor, now=NOW)
        assert reason_for(pair[0], topic) == ExclusionReason.LEFT_TOPIC
        contacts_services.undo_merge(merge=made, actor=an.actor, now=NOW)
        assert [reason_for(each, topic) for each in pair] == [ExclusionReason.LEFT_TOPIC] * 2

    def test_a_topic_left_in_between_stays_left_on_both(self, workspace: Any, an: Any) -> None:
        topic, pair = make_topic(an), (make_subscriber(), make_subscriber())
        leave(pair[1], topic)
        leave(pair[1], topic, wants=True)
        made = contacts_services.merge_contacts(kept=pair[0], merged=pair[1], actor=an.actor, now=NOW)
        leave(pair[0], topic)
        contacts_services.undo_merge(merge=made, actor=an.actor, now=NOW)
        assert [reason_for(each, topic) for each in pair] == [ExclusionReason.LEFT_TOPIC] * 2

    def test_choices_go_with_the_person(self, workspace: Any, an: Any) -> None:
        topic, lan = make_topic(an), make_subscriber()
        leave(lan, topic)
        contacts_services.erase_contact(contact=lan, reason="request", actor=an.actor, now=NOW)
        assert not TopicChoice.objects.exists()


@pytest.mark.django_db
class TestTopics:
    def test_needs_a_name_of_its_own(self, workspace: Any, an: Any) -> None:
        make_topic(an)
        with pytest.raises(TopicNameMissing):
            make_topic(an, "  ")
        with pytest.raises(TopicNameTaken):
            make_topic(an, "UU DAI VA QUA")

    def test_moves_up_and_down(self, workspace: Any, an: Any) -> None:
        names = [make_topic(an, name).name for name in ("A", "B", "C")]
        assert [topic.name for topic in queries.topics()] == names
        services.move_topic(topic=queries.topics()[2], up=True)
        services.move_topic(topic=queries.topics()[0], up=True)
        assert [topic.name for topic in queries.topics()] == ["A", "C", "B"]

    def test_is_not_archived_while_something_is_still_to_be_sent(
        self, workspace: Any, an: Any, registrations: Any
    ) -> None:
        topic = make_topic(an)
        registrations(registry)
        registry.register_topic_uses(lambda: {topic.pk: ["Quà 20/10"]})
        with pytest.raises(TopicInUse, match="Quà 20/10"):
            services.archive_topic(topic=topic, actor=an.actor, now=NOW)

    def test_is_archived_and_restored(self, workspace: Any, an: Any) -> None:
        topic = make_topic(an)
        services.archive_topic(topic=topic, actor=an.actor, now=NOW)
        assert (queries.topics(), [each.pk for each in queries.archived_topics()]) == ([], [topic.pk])
        services.restore_topic(topic=queries.get_topic(topic.pk), actor=an.actor, now=NOW)
        assert [each.pk for each in queries.topics()] == [topic.pk]
