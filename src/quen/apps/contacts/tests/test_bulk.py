"""Actions on many contacts, and their undo."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from itertools import product
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChange, BulkChangeRow, ConsentEntry, Contact, ContactTag
from quen.apps.contacts.rules.statuses import email_consent_for, next_status
from quen.apps.contacts.tests.factories import (
    GROUND,
    contacts_relation,
    kinds_on_timeline,
    make_contact,
    make_contacts,
)
from quen.apps.contacts.types import BulkAction, BulkOutcome, Consent, ProofMissing, Status, TooLateToUndo
from quen.apps.events import queries as events
from quen.apps.events.models import Event
from quen.apps.team.models import Progress
from quen.apps.team.types import ProgressState
from quen.core import clock, jobs, schemas
from quen.core.actors import SYSTEM


def change_of(outcome: BulkOutcome) -> BulkChange:
    return queries.get_change(outcome.change_id)


class TestBulkTag:
    def test_tags_everyone_and_counts_who_had_them(self, workspace: Any, an: Any) -> None:
        a, b = make_contact(tags=["VIP"]), make_contact()
        gone = make_contact(deleted_at=NOW)
        outcome = services.bulk_tag(
            contacts=contacts_relation(a, b, gone), add=["vip"], actor=an.actor, now=NOW
        )
        assert (outcome.requested, outcome.changed, outcome.skipped) == (2, 1, {"already": 1})
        assert queries.tags_of_many([a.pk, b.pk]) == {a.pk: ["VIP"], b.pk: ["VIP"]}
        assert events.timeline(b.pk)[0].data == {"tags": ["VIP"], "by": an.name}
        assert len(events.timeline(a.pk)) == 1

    def test_adds_and_removes_together(self, workspace: Any, an: Any) -> None:
        a = make_contact(tags=["mới"])
        services.bulk_tag(contacts=contacts_relation(a), add=["VIP"], remove=["Mới"], actor=an.actor, now=NOW)
        assert queries.tags_of_many([a.pk]) == {a.pk: ["VIP"]}

    def test_nobody_is_no_mistake(self, workspace: Any, an: Any) -> None:
        outcome = services.bulk_tag(contacts=contacts_relation(), add=["VIP"], actor=an.actor, now=NOW)
        assert (outcome.requested, outcome.changed) == (0, 0)

    def test_undo_takes_off_only_what_the_change_put_on(self, workspace: Any, an: Any) -> None:
        a, b = make_contact(tags=["VIP"]), make_contact(tags=["mới"])
        outcome = services.bulk_tag(
            contacts=contacts_relation(a, b), add=["VIP"], remove=["mới"], actor=an.actor, now=NOW
        )
        services.add_tags(contact=b, names=["sau"], actor=an.actor, now=NOW)
        undone = services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW + timedelta(days=29))
        assert undone.changed == 1
        assert queries.tags_of_many([a.pk, b.pk]) == {a.pk: ["VIP"], b.pk: ["mới", "sau"]}

    def test_undo_works_once_and_for_30_days(self, workspace: Any, an: Any) -> None:
        outcome = services.bulk_tag(
            contacts=contacts_relation(make_contact()), add=["VIP"], actor=an.actor, now=NOW
        )
        with pytest.raises(TooLateToUndo):
            services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW + timedelta(days=30))
        services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW)
        with pytest.raises(TooLateToUndo):
            services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW)
        assert not ContactTag.objects.exists()


class TestBulkSetStatus:
    def test_follows_the_rule_for_every_pair(self, workspace: Any, an: Any) -> None:
        befores = (None, Status.UNSUBSCRIBED, Status.NON_SUBSCRIBED)
        for wanted in Status:
            contacts = {}
            for held, before, consent in product(Status, befores, Consent):
                contact = make_contact(
                    status=held,
                    status_before_saved=before if held == Status.SAVED else None,
                    consent_email=consent,
                )
                contacts[contact.pk] = contact
            outcome = services.bulk_set_status(
                contacts=contacts_relation(*contacts.values()),
                status=wanted,
                proof=GROUND,
                actor=an.actor,
                now=NOW,
            )
            left: dict[str, int] = {}
            for pk, now in Contact.objects.in_bulk(list(contacts)).items():
                was = contacts[pk]
                after = next_status(was.status, wanted, before_saved=was.status_before_saved)
                if not isinstance(after, Status):
                    left[after] = left.get(after, 0) + 1
                    assert (now.status, now.consent_email) == (was.status, was.consent_email)
                    continue
                assert now.status == after
                assert now.consent_email == email_consent_for(after, was.consent_email)
                assert now.status_before_saved == (was.status if after == Status.SAVED else None)
            assert outcome.skipped == left
            assert outcome.changed == outcome.requested - sum(left.values())

    def test_reports_contacts_whom_the_question_no_longer_finds(self, workspace: Any, an: Any) -> None:
        a, _b = make_contacts(2)
        contacts = queries.relation_of(queries.contacts().filter(status=Status.NON_SUBSCRIBED))
        assert queries.count_contacts(contacts) == 2
        services.bulk_set_status(contacts=contacts, status=Status.SAVED, actor=an.actor, now=NOW)
        assert queries.count_contacts(contacts) == 0
        assert kinds_on_timeline(a) == ["status_changed"]

    def test_needs_a_ground_to_subscribe(self, workspace: Any, an: Any) -> None:
        with pytest.raises(ProofMissing):
            services.bulk_set_status(
                contacts=contacts_relation(), status=Status.SUBSCRIBED, actor=an.actor, now=NOW
            )

    def test_writes_the_consent_log_and_events(self, workspace: Any, an: Any) -> None:
        a, b = make_contacts(2)
        services.bulk_set_status(
            contacts=contacts_relation(a, b), status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW
        )
        entries = ConsentEntry.objects.select_related("proof")
        assert {entry.contact_id for entry in entries} == {a.pk, b.pk}
        assert {entry.proof.ground for entry in entries} == {GROUND.ground}
        assert len({entry.proof_id for entry in entries}) == 1
        assert events.timeline(a.pk)[0].data == {"to": 1, "by": an.name}

    def test_undo_leaves_alone_who_changed_since(self, workspace: Any, an: Any) -> None:
        a, b = make_contacts(2)
        outcome = services.bulk_set_status(
            contacts=contacts_relation(a, b), status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW
        )
        services.set_status(contact=b, status=Status.UNSUBSCRIBED, actor=an.actor, now=NOW)
        undone = services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW + timedelta(hours=1))
        a.refresh_from_db()
        b.refresh_from_db()
        assert (undone.changed, undone.skipped) == (1, {"changed_since": 1})
        assert (a.status, a.consent_email) == (Status.NON_SUBSCRIBED, Consent.NEVER_ASKED)
        assert (b.status, b.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)

    def test_the_consent_log_lists_what_many_and_one_answered_in_the_order_of_their_answers(
        self, workspace: Any, an: Any
    ) -> None:
        a, b = make_contacts(2)
        outcome = services.bulk_set_status(
            contacts=contacts_relation(b), status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW
        )
        services.set_status(contact=a, status=Status.UNSUBSCRIBED, actor=an.actor, now=NOW)
        services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW)
        services.set_status(contact=b, status=Status.UNSUBSCRIBED, actor=an.actor, now=NOW)
        newest_first = queries.consent_log(queries.ConsentLogFilter())
        assert list(newest_first.values_list("contact_id", "consent")) == [
            (b.pk, Consent.WITHDRAWN),
            (b.pk, Consent.NEVER_ASKED),
            (a.pk, Consent.WITHDRAWN),
            (b.pk, Consent.GRANTED),
        ]

    def test_waits_for_who_unsubscribes_at_this_moment(self, committed_workspace: Any) -> None:
        contact = make_contact()
        unsubscribed, outcomes = threading.Event(), []

        def colleague() -> None:
            with schemas.use(committed_workspace.schema_name):
                unsubscribed.wait(PATIENCE_SECONDS)
                try:
                    outcomes.append(
                        services.bulk_set_status(
                            contacts=contacts_relation(contact),
                            status=Status.SUBSCRIBED,
                            proof=GROUND,
                            actor=SYSTEM,
                            now=NOW,
                        )
                    )
                finally:
                    connection.close()

        other = threading.Thread(target=colleague)
        other.start()
        with transaction.atomic():
            services.set_status(contact=contact, status=Status.UNSUBSCRIBED, actor=SYSTEM, now=NOW)
            unsubscribed.set()
            other.join(0.5)
            assert other.is_alive()
        other.join(PATIENCE_SECONDS)
        assert [(each.requested, each.changed) for each in outcomes] == [(1, 0)]
        contact.refresh_from_db()
        assert (contact.status, contact.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)


class TestBulkDelete:
    def test_hides_contacts_and_brings_them_back(self, workspace: Any, an: Any) -> None:
        a, b = make_contacts(2)
        outcome = services.bulk_delete(contacts=contacts_relation(a, b), actor=an.actor, now=NOW)
        assert (outcome.changed, Contact.objects.count()) == (2, 0)
        services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW)
        assert Contact.objects.count() == 2
        assert kinds_on_timeline(a) == ["contact_restored", "contact_deleted"]

    def test_does_not_bring_back_a_phone_that_is_taken(self, workspace: Any, an: Any) -> None:
        a, b = make_contacts(2)
        outcome = services.bulk_delete(contacts=contacts_relation(a, b), actor=an.actor, now=NOW)
        make_contact(phone=a.phone)
        undone = services.undo_change(change=change_of(outcome), actor=an.actor, now=NOW)
        assert (undone.changed, undone.skipped) == (1, {"in_use": 1})


class TestBulkUpdate:
    def test_does_little_at_once(self, workspace: Any, an: Any) -> None:
        outcome = services.bulk_update(
            action=BulkAction.ADD_TAGS,
            contacts=contacts_relation(*make_contacts(3)),
            tags=["VIP"],
            actor=an.actor,
            now=NOW,
        )
        assert isinstance(outcome, BulkOutcome)
        assert outcome.changed == 3

    def test_does_much_as_a_job_in_batches(self, workspace: Any, an: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 3, 2
        contacts = make_contacts(5)
        progress = services.bulk_update(
            action=BulkAction.ADD_TAGS,
            contacts=contacts_relation(*contacts),
            tags=["VIP"],
            actor=an.actor,
            now=NOW,
        )
        assert isinstance(progress, Progress)
        assert not ContactTag.objects.exists()
        assert jobs.unfinished_count() == 1
        change_id = progress.data["change_id"]
        for _twice in range(2):
            services.run_bulk_job(change_id=change_id, progress_id=progress.pk, clock=clock.now)
        progress.refresh_from_db()
        assert (progress.state, progress.done, progress.data["changed"]) == (ProgressState.DONE, 5, 5)
        assert ContactTag.objects.count() == BulkChangeRow.objects.count() == 5
        assert Event.objects.count() == 5
        undone = services.undo_change(change=queries.get_change(change_id), actor=an.actor, now=NOW)
        assert undone.changed == 5


class TestBatches:
    """A job and its undo take their contacts in parts, however many they are."""

    ACTIONS: ClassVar[dict[str, dict[str, Any]]] = {
        BulkAction.ADD_TAGS: {"tags": ["VIP", "mới"]},
        BulkAction.REMOVE_TAGS: {"tags": ["cũ"]},
        BulkAction.SET_STATUS: {"status": Status.SUBSCRIBED, "proof": GROUND},
        BulkAction.DELETE: {},
    }

    @pytest.fixture(autouse=True)
    def small(self, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT, settings.BULK_BATCH_CONTACTS = 3, 2

    def change(self, action: str, actor: Any) -> tuple[list[Contact], BulkChange]:
        contacts = [make_contact(tags=["cũ"]) for _number in range(5)]
        progress = services.bulk_update(
            action=action, contacts=contacts_relation(*contacts), actor=actor, now=NOW, **self.ACTIONS[action]
        )
        assert isinstance(progress, Progress)
        services.run_bulk_job(change_id=progress.data["change_id"], progress_id=progress.pk, clock=clock.now)
        return contacts, queries.get_change(progress.data["change_id"])

    @pytest.mark.parametrize("action", ACTIONS)
    def test_undo_brings_everybody_back(self, workspace: Any, an: Any, action: str) -> None:
        contacts, change = self.change(action, an.actor)
        undone = services.undo_change(change=change, actor=an.actor, now=NOW + timedelta(days=1))
        assert (undone.changed, undone.skipped) == (5, {})
        now = list(Contact.objects.order_by("pk").values_list("pk", "status", "consent_email"))
        assert now == [(each.pk, each.status, each.consent_email) for each in contacts]
        assert set(map(tuple, queries.tags_of_many([each.pk for each in contacts]).values())) == {("cũ",)}

    @pytest.mark.parametrize("action", ACTIONS)
    def test_kept_rows_are_never_compared_all_with_all(self, workspace: Any, an: Any, action: str) -> None:
        """The server knows nothing yet of rows that were just written, so a join of them may take minutes."""
        with CaptureQueriesContext(connection) as captured:
            _contacts, change = self.change(action, an.actor)
            services.undo_change(change=change, actor=an.actor, now=NOW + timedelta(days=1))
        reads = [
            query["sql"]
            for query in captured
            if re.search(r"(FROM|JOIN) contacts_bulkchangerow r\b", query["sql"])
        ]
        assert reads
        assert [text for text in reads if "unnest(" in text or "contact_id = ANY" not in text] == []
