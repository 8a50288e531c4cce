"""Row locks of messages."""

from __future__ import annotations

from collections.abc import Collection

from quen.apps.delivery.models import Message


def lock_messages(message_ids: Collection[int]) -> None:
    """Lock messages until the end of the transaction, in the order of their ids, so that two writers never deadlock.

    Call it before the statement that changes them: that one then sees what the writer before has committed.
    """
    if message_ids:
        list(Message.objects.select_for_update().filter(pk__in=message_ids).order_by("pk").values_list("pk"))
