"""Two batches about the same message at the same time."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection, transaction
from tests.cast import NOW

from quen.apps.delivery.models import Message
from quen.apps.delivery.services.engagement import process_opens_and_clicks
from quen.apps.delivery.tests.engagement_factories import make_active_dispatch, make_sent_message, open_event
from quen.core import schemas


class TestTwoBatchesAboutOneMessage:
    def test_the_second_counts_what_the_first_has_stored(self, committed_workspace: Any) -> None:
        message = make_sent_message(make_active_dispatch())

        def other_batch() -> None:
            with schemas.use(committed_workspace.schema_name):
                try:
                    process_opens_and_clicks([open_event(message, 120)], now=NOW)
                finally:
                    connection.close()

        other = threading.Thread(target=other_batch)
        with transaction.atomic():
            process_opens_and_clicks([open_event(message, 60)], now=NOW)
            other.start()
            # The other batch waits for the message until this transaction ends.
            other.join(0.5)
            assert other.is_alive()
        other.join(10)
        assert Message.objects.get(pk=message.pk).opens == 2
