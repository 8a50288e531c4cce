"""Which changes make which messages: none without a change, none of what one's own key did, one for one act."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW

from quen.apps.api import services as api
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.queries.feed import versions_of
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import ContactInput
from quen.apps.events import registry as event_kinds
from quen.apps.events import services as events
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.webhooks import registry, services
from quen.apps.webhooks.models import WebhookMessage
from quen.apps.webhooks.tests.receivers import CONTACT_KINDS, LIMITS, deliver, make_endpoint, receiving
from quen.apps.webhooks.types import WebhookKind, WebhookMessageState
from quen.core.actors import SYSTEM, Actor, ActorKind

PHONE = "+84901000001"


@pytest.fixture
def key(workspace: Any) -> Any:
    return api.create_key(name="Kho hàng", scopes=["contacts.write"], actor=SYSTEM, now=NOW).key


def actor_of(key: Any) -> Actor:
    return Actor(ActorKind.API_KEY, key.pk, key.name)


def lan(workspace: Any, *, actor: Actor = SYSTEM, **values: Any) -> Contact:
    values = {"full_name": "Lan", "phone": PHONE, **values}
    return contacts.create_contact(workspace=workspace, values=values, actor=actor, now=NOW)


def change(workspace: Any, contact: Contact, *, actor: Actor = SYSTEM, **values: Any) -> None:
    contacts.update_contact(workspace=workspace, contact=contact, values=values, actor=actor, now=NOW)


def written() -> list[tuple[str, int | None]]:
    events.drain(services.CONSUMER, now=NOW)
    return list(WebhookMessage.objects.order_by("id").values_list("kind", "contact_id"))


class TestNoChangeNoMessage:
    def test_equal_values_make_none(self, workspace: Any) -> None:
        contact = lan(workspace)
        with receiving() as receiver:
            make_endpoint(receiver)
            change(workspace, contact, full_name="Lan", phone="0901 000 001")
            again = ContactInput(full_name="Lan", phone=PHONE)
            contacts.upsert(
                workspace=workspace, rows=[again], policy=ConflictPolicy.OVERWRITE, actor=SYSTEM, now=NOW
            )
            assert written() == []

    def test_what_was_rolled_back_makes_none(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            with pytest.raises(RuntimeError), transaction.atomic():
                lan(workspace)
                raise RuntimeError
            assert written() == []

    def test_a_workspace_without_endpoints_queues_nothing(self, workspace: Any) -> None:
        lan(workspace)
        assert services.CONSUMER not in events.pending_consumers()

    def test_only_chosen_kinds_are_sent(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver, ["contact.deleted"])
            contact = lan(workspace)
            change(workspace, contact, full_name="Lan Anh")
            contacts.delete_contacts(ids=[contact.pk], actor=SYSTEM, now=NOW)
            assert written() == [("contact.deleted", contact.pk)]


class TestWhatBelongsTogether:
    def test_changes_of_one_act_are_one_message(self, workspace: Any) -> None:
        contact = lan(workspace)
        with receiving() as receiver:
            make_endpoint(receiver)
            change(workspace, contact, company="Trà Sen")
            contacts.add_tags(contact=contact, names=["VIP"], actor=SYSTEM, now=NOW)
            deliver()
        (message,) = receiver.received
        assert message.type == "contact.updated"
        assert message.json["data"]["changed"] == ["company", "tags"]
        assert message.json["data"]["by"] is None

    def test_changes_by_two_people_are_two(self, workspace: Any, an: Any) -> None:
        contact = lan(workspace)
        with receiving() as receiver:
            make_endpoint(receiver)
            change(workspace, contact, full_name="Lan Anh", actor=an.actor)
            contacts.add_tags(
                contact=contact, names=["VIP"], actor=Actor(ActorKind.API_KEY, 7, "Kho"), now=NOW
            )
            deliver()
        told = [each.json["data"]["by"] for each in receiver.received]
        assert sorted(told, key=lambda by: by["api_key_id"] or 0) == [
            {"name": an.name, "api_key_id": None},
            {"name": "Kho", "api_key_id": 7},
        ]

    def test_each_kind_says_what_it_is_about(self, workspace: Any) -> None:
        contact = lan(workspace)
        names = [kind.name for kind in registry.kinds() if kind.events and kind.name.startswith("tag.")]
        with receiving() as receiver:
            make_endpoint(receiver, names)
            contacts.add_tags(contact=contact, names=["VIP"], actor=SYSTEM, now=NOW)
            contacts.remove_tags(contact=contact, names=["VIP"], actor=SYSTEM, now=NOW)
            deliver()
        told = sorted((each.type, each.json["data"]["tags"]) for each in receiver.received)
        assert told == [("tag.added", ["VIP"]), ("tag.removed", ["VIP"])]

    def test_a_merge_names_both(self, workspace: Any) -> None:
        kept, merged = lan(workspace), lan(workspace, phone="+84901000002")
        with receiving() as receiver:
            make_endpoint(receiver, ["contact.merged", "contact.unmerged"])
            merge = contacts.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
            deliver()
            contacts.undo_merge(merge=merge, actor=SYSTEM, now=NOW)
            deliver()
        told = [(each.type, each.contact_id, each.json["data"]["merged_id"]) for each in receiver.received]
        assert told[0] == ("contact.merged", kept.pk, merged.pk)
        assert sorted(told[1:]) == [
            ("contact.unmerged", kept.pk, merged.pk),
            ("contact.unmerged", merged.pk, merged.pk),
        ]

    def test_a_new_customer_is_not_also_told_as_changed(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            values = {"full_name": "Lan", "phone": PHONE}
            contacts.create_contact(workspace=workspace, values=values, tags=["VIP"], actor=SYSTEM, now=NOW)
            deliver()
            assert receiver.types == ["contact.created"]

    def test_an_import_tells_new_customers_from_known_ones(self, workspace: Any, an: Any) -> None:
        lan(workspace)
        text = "Họ và tên | Điện thoại\nLan Anh | 0901000001\nHoa | 0901000002"
        with receiving() as receiver:
            make_endpoint(receiver)
            draft = draft_import(text, actor=an.actor, now=NOW, conflict_policy="overwrite")
            run_draft(draft, actor=an.actor, now=NOW)
            deliver()
        assert sorted(receiver.types) == ["contact.created", "contact.updated"]

    def test_a_tag_that_becomes_another_changes_its_people(self, workspace: Any) -> None:
        contact = lan(workspace)
        contacts.add_tags(contact=contact, names=["vip cũ", "VIP"], actor=SYSTEM, now=NOW)
        with receiving() as receiver:
            make_endpoint(receiver)
            tags = contact_queries.find_tags(["vip cũ", "VIP"])
            contacts.merge_tags(tag=tags["VIP CŨ"], into=tags["VIP"], actor=SYSTEM, now=NOW)
            assert written() == [("contact.updated", contact.pk)]

    def test_recomputed_figures_are_no_change_of_a_person(self, workspace: Any) -> None:
        contact = lan(workspace)
        with receiving() as receiver:
            make_endpoint(receiver)
            about = contact_queries.relation_of_ids([contact.pk])
            events.notify_changed(about, fields=["spent"], at=NOW)
            events.notify_changed(about, fields=["status"], at=NOW)
            events.notify_changed(about, fields=[], at=NOW)
            assert written() == []


class TestOwnKey:
    """Two systems that follow each other must not answer each other for ever."""

    def test_its_changes_are_left_out(self, workspace: Any, key: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver, own_key_id=key.pk)
            contact = lan(workspace, actor=actor_of(key))
            change(workspace, contact, full_name="Lan Anh", actor=actor_of(key))
            rows = [ContactInput(full_name="Hoa", phone="+84901000009", tags=["VIP"])]
            contacts.upsert(
                workspace=workspace, rows=rows, policy=ConflictPolicy.OVERWRITE, actor=actor_of(key), now=NOW
            )
            assert written() == []

    def test_those_of_others_are_sent(self, workspace: Any, key: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver, own_key_id=key.pk)
            contact = lan(workspace)
            written()
            other = Actor(ActorKind.API_KEY, key.pk + 1, "Khác")
            change(workspace, contact, full_name="Lan Anh", actor=other)
            assert written() == [("contact.created", contact.pk), ("contact.updated", contact.pk)]

    def test_they_are_sent_where_they_are_wanted(self, workspace: Any, key: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver, own_key_id=key.pk, include_own=True)
            contact = lan(workspace, actor=actor_of(key))
            assert written() == [("contact.created", contact.pk)]

    def test_other_endpoints_are_told(self, workspace: Any, key: Any) -> None:
        with receiving() as one, receiving() as two:
            make_endpoint(one, own_key_id=key.pk)
            make_endpoint(two)
            lan(workspace, actor=actor_of(key))
            deliver()
        assert (len(one.received), len(two.received)) == (0, 1)


class TestSets:
    def test_a_bulk_change_is_one_statement_for_all_endpoints(self, workspace: Any) -> None:
        """More events than are queued one by one, so that they come as a bulk marker."""
        people = 2_500
        Contact.objects.bulk_create(
            Contact(
                full_name=f"Lan {number}",
                phone=f"+8490{number:07d}",
                created_at=NOW,
                updated_at=NOW,
                member_since=NOW,
                last_activity_at=NOW,
            )
            for number in range(people)
        )
        everybody = contact_queries.relation_of(Contact.objects.all())
        with receiving() as one, receiving() as two:
            make_endpoint(one)
            make_endpoint(two)
            events.record_relation("contact_changed", everybody, at=NOW, data={"fields": ["note"]})
            with CaptureQueriesContext(
                connection,
            ) as queries:
                events.drain(services.CONSUMER, now=NOW)
        inserts = [each for each in queries.captured_queries if "INSERT INTO webhooks" in each["sql"]]
        assert len(inserts) == 1
        assert WebhookMessage.objects.count() == 2 * people
        assert not WebhookMessage.objects.exclude(body="").exists()


class TestKinds:
    def test_each_follows_events_that_there_are(self) -> None:
        registry.validate()
        assert {kind.name for kind in registry.kinds()} >= {*CONTACT_KINDS, "consent.changed", "tag.added"}

    def test_one_that_follows_an_unknown_event_is_refused(self, registrations: Any) -> None:
        registrations(registry)
        broken = WebhookKind(name="x.y", label="x", description="x", group="x", events=("gone",))
        registry.register_kind(broken)
        with pytest.raises(ValueError, match="gone"):
            registry.validate()

    def test_events_of_people_have_a_kind_or_a_reason(self) -> None:
        """Whoever adds a kind of event decides whether other systems may be told."""
        followed = {key for kind in registry.kinds() for key in kind.events}
        open_kinds = {
            kind.key
            for kind in event_kinds.all_kinds()
            if kind.group == "record" and kind.key not in followed
        }
        assert open_kinds <= {
            "segment_entered",
            "segment_left",
            "topic_joined",
            "topic_left",
            "unsubscribed",
            "resubscribed",
        }


class TestVersions:
    """Trap 24: whoever keeps the higher version ends with the latest, in whatever order messages come."""

    def test_each_message_has_a_higher_one_than_those_before(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(
                receiver, [kind.name for kind in registry.kinds() if kind.name.startswith("contact.")]
            )
            contact, other = lan(workspace), lan(workspace, phone="+84901000002")
            deliver()
            change(workspace, contact, company="Trà Sen")
            deliver()
            contacts.merge_contacts(kept=other, merged=contact, actor=SYSTEM, now=NOW)
            deliver()
            contacts.delete_contacts(ids=[other.pk], actor=SYSTEM, now=NOW)
            deliver()
            contacts.erase_contact(contact=other, reason="request", actor=SYSTEM, now=NOW)
            deliver()
        of_other = [each for each in receiver.received if each.contact_id == other.pk]
        kinds = [each.json["data"]["kind"] for each in of_other]
        assert kinds == ["changed", "changed", "changed", "deleted", "erased"]
        versions = [each.version for each in of_other if each.type != "contact.merged"]
        assert versions == sorted(set(versions))
        assert [each.json["data"]["kind"] for each in receiver.received if each.contact_id == contact.pk][
            -1
        ] == ("erased")

    def test_the_version_is_not_older_than_what_the_message_shows(self, workspace: Any) -> None:
        """The order of changes has handled nothing yet when the message is sent."""
        with receiving() as receiver:
            make_endpoint(receiver)
            contact = lan(workspace)
            deliver()
            change(workspace, contact, company="Trà Sen")
            deliver()
        first, second = receiver.received
        assert second.json["data"]["contact"]["company"] == "Trà Sen"
        assert second.version > first.version > 0
        assert second.version == versions_of([contact.pk])[contact.pk]

    def test_a_message_that_waited_shows_the_contact_as_it_is_when_it_is_sent(self, workspace: Any) -> None:
        with receiving() as receiver:
            make_endpoint(receiver)
            contact = lan(workspace)
            events.drain(services.CONSUMER, now=NOW)
            change(workspace, contact, company="Trà Sen")
            services.send_due(clock=lambda: NOW, limits=LIMITS)
        (message,) = receiver.received
        assert (message.type, message.json["data"]["contact"]["company"]) == ("contact.created", "Trà Sen")


class TestErased:
    """Trap 13, as to stored bodies."""

    def test_stored_bodies_and_answers_go_and_the_number_is_told(self, workspace: Any) -> None:
        contact = lan(workspace, full_name="Trần zqxLan", email="zqx@khach.vn")
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            change(workspace, contact, full_name="Trần Thị zqxLan")
            deliver()
            change(workspace, contact, note="zqx thích trà")
            events.drain(services.CONSUMER, now=NOW)
            contacts.erase_contact(contact=contact, reason="request", actor=SYSTEM, now=NOW)
            deliver()
        assert receiver.types == ["contact.updated", "contact.erased"]
        assert receiver.received[-1].contact_id == contact.pk
        assert b"zqx" not in receiver.received[-1].body
        (left,) = WebhookMessage.objects.filter(endpoint=endpoint)
        assert (left.kind, left.state) == ("contact.erased", WebhookMessageState.DELIVERED)
        with connection.cursor() as cursor:
            for table in ("webhooks_webhookmessage", "webhooks_deliveryattempt"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%zqx%'")
                assert cursor.fetchone() == (0,)

    def test_those_merged_into_the_person_are_told_too(self, workspace: Any) -> None:
        kept, merged = lan(workspace), make_contact()
        contacts.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
        with receiving() as receiver:
            make_endpoint(receiver, ["contact.erased"])
            contacts.erase_contact(contact=kept, reason="request", actor=SYSTEM, now=NOW)
            deliver()
        assert {each.contact_id for each in receiver.received} == {kept.pk, merged.pk}
