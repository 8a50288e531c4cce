"""A bulk action and a merge at the same time: nothing lands on a record that went into another."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection, transaction
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import ContactTag
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.groups import services as groups
from quen.apps.groups.models import GroupMember
from quen.core import schemas
from quen.core.actors import SYSTEM


class TestMergedMeanwhile:
    def run(self, workspace: Any, act: Any) -> tuple[int, int]:
        """Return the kept and the merged contact, after an act on the latter began while they were being merged."""
        kept, merged = make_contact(full_name="Lan"), make_contact(full_name="Lan 2")
        went, failed = threading.Event(), []

        def beside() -> None:
            with schemas.use(workspace.schema_name):
                went.wait(PATIENCE_SECONDS)
                try:
                    act(queries.relation_of_ids([merged.pk]))
                except Exception as error:  # told in the test's own thread
                    failed.append(error)
                finally:
                    connection.close()

        other = threading.Thread(target=beside)
        other.start()
        with transaction.atomic():
            services.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
            went.set()
            other.join(0.5)
        other.join(PATIENCE_SECONDS)
        assert (failed, other.is_alive()) == ([], False)
        return kept.pk, merged.pk

    def test_a_tag(self, committed_workspace: Any) -> None:
        _kept, merged = self.run(
            committed_workspace,
            lambda people: services.bulk_tag(contacts=people, add=["VIP"], actor=SYSTEM, now=NOW),
        )
        assert not ContactTag.objects.filter(contact_id=merged).exists()

    def test_a_group(self, committed_workspace: Any) -> None:
        group = groups.create_group(name="Sỉ", actor=SYSTEM, now=NOW)
        _kept, merged = self.run(
            committed_workspace,
            lambda people: groups.add_members(groups=[group], contacts=people, actor=SYSTEM, now=NOW),
        )
        assert not GroupMember.objects.filter(contact_id=merged).exists()
