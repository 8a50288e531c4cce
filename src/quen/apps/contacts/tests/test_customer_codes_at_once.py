"""Many writers who give customer codes at once (CON-70)."""

from __future__ import annotations

import threading

from django.db import connection
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import services
from quen.apps.contacts.models import ContactIdentity, ContactSettings
from quen.apps.contacts.types import ContactInput
from quen.apps.import_export.types import ConflictPolicy
from quen.core import schemas
from quen.core.actors import SYSTEM


class TestManyAtOnce:
    def test_no_code_is_given_twice(self, committed_workspace: Workspace) -> None:
        with schemas.use(committed_workspace.schema_name):
            ContactSettings.objects.update_or_create(pk=1, defaults={"codes_given": True})

        def add(writer: int) -> None:
            try:
                with schemas.use(committed_workspace.schema_name):
                    for number in range(5):
                        phone = f"09051{writer:02d}{number:03d}"
                        if number % 2:
                            services.create_contact_from_source(
                                workspace=committed_workspace, values={"phone": phone}, now=NOW
                            )
                        else:
                            services.upsert(
                                rows=[ContactInput(phone=phone)],
                                workspace=committed_workspace,
                                policy=ConflictPolicy.OVERWRITE,
                                actor=SYSTEM,
                                now=NOW,
                            )
            finally:
                connection.close()

        writers = [threading.Thread(target=add, args=(writer,)) for writer in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        with schemas.use(committed_workspace.schema_name):
            codes = list(ContactIdentity.objects.filter(system="code").values_list("external_id", flat=True))
        assert sorted(codes) == [f"KH{number:06d}" for number in range(1, 31)]
