"""The order of changes: nothing that was committed is passed over, however late."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactChange
from quen.apps.contacts.queries.feed import ChangeKind, changes, versions_of
from quen.apps.contacts.services.feed import catch_up_with_changes, delete_old_changes
from quen.apps.contacts.types import ContactInput, ErasureReason
from quen.apps.import_export.types import ConflictPolicy
from quen.core import clock, schemas
from quen.core.actors import SYSTEM

PEOPLE = scaled(100_000)


numbers = count(1)


def last_change() -> int:
    """Return the place of the latest change."""
    return max(ContactChange.objects.values_list("seq", flat=True), default=0)


def make_person() -> Contact:
    return services.create_contact(
        workspace=accounts.current_workspace(),
        values={"full_name": "Nguyễn Thị Lan", "phone": f"09051{next(numbers):05d}"},
        actor=SYSTEM,
        now=clock.now(),
    )


def read(after: int = 0, limit: int = 100) -> list[tuple[int, ChangeKind]]:
    catch_up_with_changes(now=clock.now())
    return [(each.contact_id, each.kind) for each in changes(after=after, limit=limit)]


@pytest.mark.usefixtures("workspace")
class TestKinds:
    def test_each_contact_occurs_once_with_its_latest_change(self) -> None:
        lan, minh = make_person(), make_person()
        read()
        services.add_tags(contact=lan, names=["VIP"], actor=SYSTEM, now=clock.now())
        assert read() == [(minh.pk, ChangeKind.CHANGED), (lan.pk, ChangeKind.CHANGED)]
        versions = versions_of([lan.pk, minh.pk])
        assert versions[lan.pk] == last_change() > versions[minh.pk]

    def test_the_deleted_the_merged_and_the_erased_have_entries_of_their_own(self) -> None:
        kept, merged, deleted, erased = (make_person() for _ in range(4))
        read()
        before = last_change()
        services.delete_contacts(ids=[deleted.pk], actor=SYSTEM, now=clock.now())
        services.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=clock.now())
        services.erase_contact(contact=erased, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
        assert dict(read(before)) == {
            deleted.pk: ChangeKind.DELETED,
            kept.pk: ChangeKind.CHANGED,
            merged.pk: ChangeKind.MERGED,
            erased.pk: ChangeKind.ERASED,
        }
        survivor = {each.contact_id: each.survivor_id for each in changes(after=before, limit=9)}
        assert survivor[merged.pk] == kept.pk

    def test_entries_of_the_erased_end_after_30_days_and_numbers_go_on(self) -> None:
        first, second = make_person(), make_person()
        services.erase_contact(contact=first, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
        services.erase_contact(contact=second, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now())
        read()
        last = last_change()
        delete_old_changes(now=clock.now() + timedelta(days=29))
        assert len(read()) == 2
        delete_old_changes(now=clock.now() + timedelta(days=31))
        assert len(read()) == 1
        make_person()
        read()
        assert last_change() == last + 1

    def test_a_change_of_another_app_about_them_is_none_of_theirs(self) -> None:
        from quen.apps.events import services as events

        lan = make_person()
        read()
        before = last_change()
        events.notify_changed(queries.relation_of_ids([lan.pk]), fields=["groups.members"])
        assert read(before) == []
        events.notify_changed(queries.relation_of_ids([lan.pk]), fields=["spent"])
        assert read(before) == [(lan.pk, ChangeKind.CHANGED)]

    def test_since_leaves_out_what_was_entered_before(self) -> None:
        make_person()
        read()
        since = clock.now()
        later = make_person()
        catch_up_with_changes(now=clock.now())
        assert [each.contact_id for each in changes(since=since, limit=9)] == [later.pk]


class TestOrderOfCommit:
    def test_a_change_committed_late_is_in_the_next_read(self, committed_workspace: Any) -> None:
        lan, minh = make_person(), make_person()
        read()
        changed, reading_done = threading.Event(), threading.Event()

        def slow_writer() -> None:
            try:
                with schemas.use(committed_workspace.schema_name), transaction.atomic():
                    services.add_tags(contact=lan, names=["Quen"], actor=SYSTEM, now=clock.now())
                    changed.set()
                    assert reading_done.wait(PATIENCE_SECONDS)
            finally:
                connection.close()

        writer = threading.Thread(target=slow_writer)
        writer.start()
        assert changed.wait(PATIENCE_SECONDS)
        start = last_change()
        services.add_tags(contact=minh, names=["Mới"], actor=SYSTEM, now=clock.now())
        assert read(start) == [(minh.pk, ChangeKind.CHANGED)]
        bookmark = last_change()
        reading_done.set()
        writer.join(PATIENCE_SECONDS)
        assert read(bookmark) == [(lan.pk, ChangeKind.CHANGED)]


class TestManyAtOnce:
    @proof("An import of one instant is read whole, page by page", people=PEOPLE)
    def test_one_instant_is_paged_whole(self, committed_workspace: Any) -> None:
        now = clock.now()
        services.upsert(
            rows=(ContactInput(phone=f"09{number:08d}") for number in range(PEOPLE)),
            workspace=committed_workspace,
            policy=ConflictPolicy.OVERWRITE,
            actor=SYSTEM,
            now=now,
        )
        catch_up_with_changes(now=clock.now())
        seen: list[int] = []
        after = 0
        while page := changes(after=after, limit=1_000):
            seen += [each.contact_id for each in page]
            after = page[-1].seq
        assert len(seen) == len(set(seen)) == PEOPLE
