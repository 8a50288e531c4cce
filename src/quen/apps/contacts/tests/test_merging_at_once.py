"""Two merges at the same time, and a process that dies within one: all of it or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

from django.db import connection, transaction
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.contacts import services
from quen.apps.contacts.models import Contact, ContactIdentity, ContactMerge, ContactTag
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import AlreadyMerged
from quen.apps.events.models import Event
from quen.core import schemas
from quen.core.actors import SYSTEM

KILLS = scaled(12, least=3)
#: statements between the deaths; a merge takes about thirty
STEP = 30 // KILLS


class TestBothWaysAtOnce:
    def test_one_wins_and_the_other_is_told(self, committed_workspace: Any) -> None:
        one, two = make_contact(full_name="Lan"), make_contact(full_name="Hoa")
        first_wrote, told = threading.Event(), []

        def the_other_way() -> None:
            with schemas.use(committed_workspace.schema_name):
                first_wrote.wait(10)
                try:
                    services.merge_contacts(kept=two, merged=one, actor=SYSTEM, now=NOW)
                except AlreadyMerged as refusal:
                    told.append(refusal)
                finally:
                    connection.close()

        other = threading.Thread(target=the_other_way)
        other.start()
        with transaction.atomic():
            services.merge_contacts(kept=one, merged=two, actor=SYSTEM, now=NOW)
            first_wrote.set()
            # The second merge waits until this transaction ends.
            other.join(0.5)
            assert other.is_alive()
        other.join(10)
        assert len(told) == 1
        assert list(Contact.objects.values_list("pk", flat=True)) == [one.pk]


class TestKilledWithinAMerge:
    @proof("A process killed within a merge or its undo leaves all of it or nothing", kills=KILLS)
    def test_it_leaves_all_or_nothing(self, committed_workspace: Any) -> None:
        for statement in range(5, 5 + STEP * KILLS, STEP):
            kept = make_contact(tags=["VIP"])
            merged = make_contact(tags=["VIP", "sỉ"])
            ContactIdentity.objects.create(
                contact=merged, system="code", external_id=f"KH{merged.pk}", created_at=NOW
            )
            before = _state(kept, merged)
            _run_killed(committed_workspace.schema_name, "merge", kept.pk, merged.pk, statement)
            after = _state(kept, merged)
            done = ContactMerge.objects.filter(merged_id=merged.pk).first()
            if done is None:
                assert after == before
                done = services.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=NOW)
            merged_state = _state(kept, merged)
            _run_killed(committed_workspace.schema_name, "undo", done.pk, 0, statement)
            done.refresh_from_db()
            assert _state(kept, merged) == (merged_state if done.undone_at is None else before)


def _state(*contacts: Contact) -> list[Any]:
    ids = [contact.pk for contact in contacts]
    return [
        sorted(Contact.all_objects.filter(pk__in=ids, deleted_at=None).values_list("pk", "phone")),
        sorted(ContactIdentity.objects.filter(contact_id__in=ids).values_list("contact_id", "external_id")),
        sorted(ContactTag.objects.filter(contact_id__in=ids).values_list("contact_id", "tag_id")),
        sorted(Event.objects.filter(contact_id__in=ids, kind__lt=200).values_list("contact_id", "kind")),
    ]


_KILLED = """
import os, sys
from datetime import datetime
import django; django.setup()
from django.db import connection
from django.conf import settings
schema, what, first, second, statement, now = sys.argv[1:7]
for target in (settings.DATABASES["default"], connection.settings_dict):
    target.update(NAME=sys.argv[7], HOST=sys.argv[8], PORT=sys.argv[9], USER=sys.argv[10], PASSWORD=sys.argv[11])
    target["OPTIONS"].pop("pool", None)
from quen.apps.contacts import queries, services
from quen.core import schemas
from quen.core.actors import SYSTEM
left = int(statement)
def watch(execute, sql, params, many, context):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
    return execute(sql, params, many, context)
given = {"actor": SYSTEM, "now": datetime.fromisoformat(now)}
with schemas.use(schema):
    if what == "undo":
        merge = queries.get_merge(int(first))
        with connection.execute_wrapper(watch):
            services.undo_merge(merge=merge, **given)
    else:
        kept, merged = queries.get_contact(int(first)), queries.get_contact(int(second))
        with connection.execute_wrapper(watch):
            services.merge_contacts(kept=kept, merged=merged, **given)
"""


def _run_killed(schema: str, what: str, first: int, second: int, statement: int) -> None:
    """Run a merge or an undo in a process of its own that is killed before its nth statement."""
    settings = connection.settings_dict
    dsn = [str(settings[key] or "") for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")]
    arguments = [schema, what, str(first), str(second), str(statement), NOW.isoformat()]
    process = subprocess.run(
        [sys.executable, "-c", _KILLED, *arguments, *dsn],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
