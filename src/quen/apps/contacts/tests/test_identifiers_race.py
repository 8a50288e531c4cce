"""Two transactions create a contact with the same phone number at the same time."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection, transaction
from tests.cast import NOW

from quen.apps.contacts import services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import PhoneInUse
from quen.core import schemas

VALUES = {"full_name": "Trần Lan", "phone": "0905318274"}


class TestCreatingTheSamePersonTwice:
    def test_one_wins_and_the_other_is_told_who(self, committed_workspace: Any) -> None:
        first_wrote, outcome = threading.Event(), []

        def second_till() -> None:
            with schemas.use(committed_workspace.schema_name):
                first_wrote.wait(10)
                try:
                    services.create_contact_from_source(workspace=committed_workspace, values=VALUES, now=NOW)
                except PhoneInUse as refusal:
                    outcome.append(refusal.params["name"])
                finally:
                    connection.close()

        other = threading.Thread(target=second_till)
        other.start()
        with transaction.atomic():
            services.create_contact_from_source(workspace=committed_workspace, values=VALUES, now=NOW)
            first_wrote.set()
            # The second insert waits at the unique index until this transaction ends.
            other.join(0.5)
            assert other.is_alive()
        other.join(10)
        assert outcome == ["Trần Lan"]
        assert Contact.objects.count() == 1
