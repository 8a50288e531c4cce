"""Does in a workspace what is written there on an ordinary day, and prints as JSON how much.

python -m tests.citus.shop_day prepare SLUG    makes the segment that the day is about
python -m tests.citus.shop_day spend SLUG
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.segments.models import Segment

COUNT = 40
#: what a day gives
EXPECTED = {
    "members": COUNT,
    "left": COUNT // 4,
    "opened": COUNT,
    "clicked": COUNT // 2,
    "delivered": COUNT,
    "unsubscribed": 1,
    "saved": COUNT // 4,
    "deleted": COUNT // 4,
    "undone": 3 * (COUNT // 4),
    "queued": 0,
}
_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
_TAG = "Khách quen"


def main(part: str, slug: str) -> dict[str, int]:
    """Return how much was written. By the day the workspace has sent to more than COUNT contacts."""
    from quen.apps.accounts.models import Workspace
    from quen.core import schemas

    shop = Workspace.objects.get(slug=slug)
    with schemas.use(shop.schema_name):
        return _prepare() if part == "prepare" else _spend(shop)


def _prepare() -> dict[str, int]:
    """Make a segment of those who will be tagged."""
    from quen.apps.contacts.models import Tag
    from quen.apps.segments import services as segments
    from quen.core import clock
    from quen.core.actors import SYSTEM

    now = clock.now()
    tree = {"field": "tags", "op": "any", "value": [Tag.objects.create(name=_TAG, created_at=now).pk]}
    segment = segments.create_segment(name=_TAG, tree=tree, actor=SYSTEM, now=now)
    segments.compute_segment(segment.pk, now=now)
    return {}


def _spend(shop: Workspace) -> dict[str, int]:
    from quen.apps.contacts import queries, services
    from quen.apps.contacts.models import Contact
    from quen.apps.events.models import ConsumerQueue
    from quen.apps.segments import services as segments
    from quen.apps.segments.models import Segment, SegmentMember
    from quen.core import clock
    from quen.core.actors import SYSTEM

    now = clock.now()
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:COUNT])
    segment = Segment.objects.get(name=_TAG)
    services.bulk_tag(contacts=queries.relation_of_ids(ids), add=[_TAG], actor=SYSTEM, now=now)
    segments.recompute_segment(segment, now=now)
    found = {"members": SegmentMember.objects.filter(segment=segment).count()}
    found |= {**_engagement(shop), **_changes(ids, segment)}
    _drain()
    # What the sender records of others may be queued.
    return found | {"queued": ConsumerQueue.objects.filter(contact_id__in=ids).count()}


def _changes(ids: list[int], segment: Segment) -> dict[str, int]:
    """Change contacts in sets, see who leaves the segment, and take it back."""
    from quen.apps.contacts import queries, services
    from quen.apps.contacts.types import Status
    from quen.apps.segments.models import SegmentMember
    from quen.core import clock
    from quen.core.actors import SYSTEM

    now = clock.now()
    first, second, third = (queries.relation_of_ids(ids[rest::4]) for rest in range(3))
    untagged = services.bulk_tag(contacts=first, remove=[_TAG], actor=SYSTEM, now=now)
    _drain()
    left = COUNT - SegmentMember.objects.filter(segment=segment).count()
    saved = services.bulk_set_status(contacts=second, status=Status.SAVED, actor=SYSTEM, now=now)
    deleted = services.bulk_delete(contacts=third, actor=SYSTEM, now=now)
    undone = sum(
        services.undo_change(change=queries.get_change(each.change_id), actor=SYSTEM, now=now).changed
        for each in (deleted, saved, untagged)
    )
    return {"left": left, "saved": saved.changed, "deleted": deleted.changed, "undone": undone}


def _engagement(shop: Workspace) -> dict[str, int]:
    """Open and click messages, take receipts for them, and unsubscribe one contact."""
    from quen.apps.channels.types import Receipt, ReceiptKind
    from quen.apps.compliance import services as compliance
    from quen.apps.delivery import services as delivery
    from quen.apps.delivery.models import Dispatch, Message
    from quen.apps.delivery.rules.tracking import ENDPOINT
    from quen.apps.ingest import services as ingest
    from quen.apps.ingest.types import NewRawEvent
    from quen.core import clock

    now = clock.now()
    messages = list(Message.objects.filter(sent_at__isnull=False).order_by("pk")[:COUNT])
    connection = Dispatch.objects.get(pk=messages[0].dispatch_id).connection_id

    def event(number: int, **body: Any) -> NewRawEvent:
        return NewRawEvent(shop.pk, ENDPOINT, now, {"message": number, "user_agent": _PHONE, **body})

    ingest.store([event(each.pk) for each in messages])
    ingest.store([event(each.pk, url="https://tra-sen.example/") for each in messages[::2]])
    processed = ingest.process(workspace_id=shop.pk, now=now)
    assert not processed.quarantined
    receipts = [Receipt(ReceiptKind.DELIVERED, now, each.pk) for each in messages]
    receipts.append(Receipt(ReceiptKind.DELIVERED, now, None, "not-yet-known"))
    delivery.apply_receipts(receipts, connection_id=connection, now=now)
    compliance.unsubscribe(
        contact_id=messages[3].contact_id,
        channel="email",
        method="link",
        all_channels=False,
        message_id=messages[3].pk,
        now=now,
    )
    _drain()
    mine = Message.objects.filter(pk__in=[each.pk for each in messages])
    return {
        "opened": mine.exclude(opened_at=None, bot_opened_at=None).count(),
        "clicked": mine.filter(clicked_at__isnull=False).count(),
        "delivered": mine.filter(delivered_at__isnull=False).count(),
        "unsubscribed": mine.filter(unsubscribed_at__isnull=False).count(),
    }


def _drain() -> None:
    """Handle what is queued for consumers, and refresh the segments."""
    from quen.apps.events import services as events
    from quen.apps.segments import services as segments
    from quen.core import clock

    for consumer in events.pending_consumers():
        events.drain(consumer, now=clock.now())
    segments.flush(now=clock.now())


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
