"""Delivery measured: segments that follow contacts, fan-out, sending to a counting sink, the report."""

from __future__ import annotations

import os
import random
import smtplib
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test import Client

from quen.apps.campaigns import services as campaigns
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channels_registry
from quen.apps.channels import services as channels_services
from quen.apps.channels.types import Envelope, MessagePreview, Outgoing, RenderSettings, SendOutcome
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.services.consent import apply_status
from quen.apps.contacts.types import Status
from quen.apps.content import services as content
from quen.apps.content.types import BodyFormat
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.services.batches import BATCH_SIZE
from quen.apps.delivery.services.hand_over import PARALLEL_CONNECTIONS
from quen.apps.events import services as events
from quen.apps.segments import services as segments
from quen.cli.bench.hot_paths import measure_once
from quen.cli.bench.measure import BenchResult, measure_time, percentile
from quen.core import clock, jobs, schemas, sql
from quen.core.actors import SYSTEM
from quen.core.database.base import PUBLIC
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace
    from quen.apps.delivery.models import Dispatch

_AUTH = "allauth.account.auth_backends.AuthenticationBackend"
_MAX_MESSAGES, _CHANGES, _CHANGES_PER_SECOND = 50_000, 90, 3
_TIMEOUT_SECONDS = 120

#: segments that changes make contacts enter
_SEGMENTS: dict[str, Any] = {
    "Bench: subscribed": {"field": "status", "op": "is", "value": ["unsubscribed"]},
    "Bench: views": {"event": "product_viewed", "op": "at_least", "times": 400, "last_days": 60},
    "Bench: both": {
        "all": [
            {"field": "orders_count", "op": "at_least", "value": 0},
            {"event": "reviewed", "op": "at_least", "times": 30},
        ]
    },
}


def bench_segments(workspace: Workspace, size: int) -> BenchResult:
    """Change contacts three times a second for half a minute and wait until the segments contain them."""
    environment = {**os.environ, "QUEN_LOG": "ERROR"}
    worker = [sys.executable, "-m", "quen.cli", "worker", "--concurrency", "2"]
    with schemas.use(workspace.schema_name):
        segment_ids = [
            segments.create_segment(name=name, tree=tree, actor=SYSTEM, now=clock.now()).pk
            for name, tree in _SEGMENTS.items()
        ]
    process = subprocess.Popen(worker, env=environment)
    try:
        with schemas.use(workspace.schema_name):
            _wait_until_counted(segment_ids)
            _wait_until_none("events_consumerqueue")  # of the measurements before
            waits = _change_and_wait(segment_ids)
    finally:
        process.terminate()
        process.wait()
    slow = percentile(waits, 0.95)
    return BenchResult(
        "change seen by segments, p95", size, slow, "s", target="< 5 s", reached=slow < 5, seconds=None,
        notes=f"{len(waits)} changes, {_CHANGES_PER_SECOND} a second; median {percentile(waits, 0.5):.1f} s",
    )  # fmt: skip


def _wait_until_counted(ids: list[int]) -> None:
    _wait_until_none("segments_segment WHERE id = ANY(%(ids)s) AND computing", ids=ids)


def _wait_until_none(rows: str, **params: Any) -> None:
    until = time.monotonic() + _TIMEOUT_SECONDS
    while sql.rows(Relation(f"SELECT 1 FROM {rows} LIMIT 1", params)):
        if time.monotonic() > until:
            raise AssertionError(f"still there: {rows}")
        time.sleep(0.2)


def _change_and_wait(segment_ids: list[int]) -> list[float]:
    by_status, by_views, by_both = segment_ids
    contact_ids = list(
        contacts.contacts().exclude(status=Status.UNSUBSCRIBED).order_by("-id").values_list("pk", flat=True)
    )[:_CHANGES]
    random.Random(5).shuffle(contact_ids)
    waiting: dict[tuple[int, int], float] = {}
    waits: list[float] = []
    until = time.monotonic() + _TIMEOUT_SECONDS
    while (contact_ids or waiting) and time.monotonic() < until:
        if contact_ids:
            contact_id = contact_ids.pop()
            segment = (by_status, by_views, by_both)[len(contact_ids) % 3]
            _change(contact_id, segment, segment_ids)
            waiting[segment, contact_id] = time.monotonic()
        time.sleep(1 / _CHANGES_PER_SECOND)
        seen = set(
            sql.rows(
                Relation(
                    "SELECT segment_id, contact_id FROM segments_segmentmember"
                    " WHERE segment_id = ANY(%(segments)s) AND contact_id = ANY(%(contacts)s)",
                    {"segments": segment_ids, "contacts": [contact_id for _segment, contact_id in waiting]},
                )
            )
        )
        waits += [time.monotonic() - waiting.pop(key) for key in list(waiting) if key in seen]
    if waiting:
        late = sorted(Counter(segment for segment, _contact_id in waiting).items())
        raise AssertionError(f"changes that were never seen, by segment of {segment_ids}: {late}")
    return waits


def _change(contact_id: int, segment: int, segment_ids: list[int]) -> None:
    now = clock.now()
    if segment == segment_ids[0]:
        contact = contacts.get_contact(contact_id)
        apply_status(contact, Status.UNSUBSCRIBED, proof=None, actor=SYSTEM, now=now)
        return
    kind, times = ("product_viewed", 400) if segment == segment_ids[1] else ("reviewed", 30)
    one = Relation(
        "SELECT %(contact_id)s::bigint AS contact_id FROM generate_series(1, %(times)s)",
        {"contact_id": contact_id, "times": times},
        ("contact_id",),
    )
    events.record_relation(kind, one, at=now)


def make_all_reachable(workspace: Workspace) -> None:
    """Set an email address and consent for every contact, so that everyone gets a message."""
    with schemas.use(workspace.schema_name), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_contact SET status = 1, consent_email = 1,"
            " email = coalesce(email, 'bench.' || id || '@khach.example') WHERE deleted_at IS NULL"
        )
        cursor.execute("VACUUM ANALYZE contacts_contact")


def bench_fan_out(workspace: Workspace, size: int) -> tuple[BenchResult, Dispatch]:
    """Fan out to all contacts; baseline: a plain INSERT … SELECT of the same rows with the same indexes."""
    with schemas.use(workspace.schema_name):
        dispatch, spent = _create_dispatch(workspace, limit=None, number=1)
        with measure_time() as gathering:
            delivery_services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
        seconds = spent + gathering.seconds
        rows = delivery.counts(dispatch.pk).audience
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_message (LIKE delivery_message INCLUDING ALL)")
            with measure_time() as baseline:
                cursor.execute(
                    "INSERT INTO bench_message SELECT * FROM delivery_message WHERE dispatch_id = %s",
                    [dispatch.pk],
                )
            cursor.execute("DROP TABLE bench_message")
    largest = size >= 1_000_000
    return BenchResult(
        "fan-out", size, rows / seconds, "contacts/s", rows / baseline.seconds, "bare INSERT … SELECT of the messages",
        baseline.seconds / seconds, "1 M in < 20 s" if largest else "", seconds < 20 if largest else None,
        seconds,
        f"{rows:,} contacts in {seconds:.1f} s, {spent:.1f} s of it to snapshot the recipients",
    ), dispatch  # fmt: skip


def bench_delivery(workspace: Workspace, size: int) -> BenchResult:
    """Send to a counting sink as the worker does; baseline: the same client sending one prepared email in a loop."""
    with _sink() as port, schemas.use(workspace.schema_name):
        channels_services.set_connection(
            channel="email", adapter="smtp", secret="", rate_per_second=None, actor=SYSTEM, now=clock.now(),
            settings={"host": "127.0.0.1", "port": port, "security": "plain", "username": ""},
        )  # fmt: skip
        wanted = min(_MAX_MESSAGES, size)
        dispatch, _spent = _create_dispatch(workspace, limit=wanted, number=2)
        delivery_services.fan_out(dispatch_id=dispatch.pk, clock=clock.now)
        queued = delivery.counts(dispatch.pk).queued
        mail_connection = channels.active_connection("email")
        before = _count(port)
        with measure_time() as run:
            while delivery.counts(dispatch.pk).queued:
                delivery_services.deliver(connection_id=mail_connection.pk, clock=clock.now)
        arrived = _count(port) - before
        figures = delivery.counts(dispatch.pk)
        if not arrived == figures.sent == queued:
            raise AssertionError(f"{queued} waited, {arrived} arrived, {figures.sent} are in the log")
        baseline = _baseline_rate(mail_connection, queued)
    rate = queued / run.seconds
    return BenchResult(
        "sending", size, rate, "mails/s", baseline,
        f"the same client, {PARALLEL_CONNECTIONS} connections, one ready mail in a loop",
        rate / baseline, "≥ 60 % of the baseline, ≥ 1,500/s", rate >= 1_500 and rate / baseline >= 0.6, run.seconds,
        f"{queued:,} mails of {len(_body()) // 1024} KB and more, each in the log",
    )  # fmt: skip


def bench_report(workspace: Workspace, size: int, owner: User, dispatch: Dispatch) -> BenchResult:
    """Request the report of a campaign to all contacts; baseline: an empty page with the same layout."""
    with schemas.use(workspace.schema_name):
        now = clock.now()
        campaign = campaigns.create_campaign(name="Bench", actor=SYSTEM, now=now)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE campaigns_campaign SET state = 'sent', content_id = %s, dispatch_id = %s, started_at = %s,"
                ' ended_at = %s, audience = \'{"include": [{"everyone": true}], "exclude": []}\' WHERE id = %s',
                [dispatch.content_id, dispatch.pk, now, now, campaign.pk],
            )
    client = Client(headers={"host": "localhost"})
    client.force_login(owner, backend=_AUTH)
    base = f"/w/{workspace.slug}"
    baseline = percentile(
        [measure_once(partial(client.get, f"{base}/notifications/")) for _run in range(20)], 0.95
    )
    address = f"{base}/campaigns/{campaign.pk}/report/"
    if client.get(address).status_code != 200:
        raise AssertionError(address)
    taken = percentile([measure_once(partial(client.get, address)) for _run in range(40)], 0.95)
    largest = size >= 1_000_000
    return BenchResult(
        "report page, p95", size, taken * 1000, "ms", baseline * 1000, "an empty page of the frame", baseline / taken,
        "< 100 ms" if largest else "", taken < 0.1 if largest else None, taken,
    )  # fmt: skip


def _create_dispatch(workspace: Workspace, *, limit: int | None, number: int) -> tuple[Dispatch, float]:
    now = clock.now()
    audience = Relation(
        "SELECT id AS contact_id FROM contacts_contact WHERE deleted_at IS NULL ORDER BY id LIMIT %(limit)s",
        {"limit": limit},
        ("contact_id",),
    )
    mail = content.create_content(
        now=now,
        subject="{{ call_name | default: 'Bạn' }} ơi, quà 20/10 đã gói xong",
        preview="Hộp quà kraft, thiệp viết tay.",
        format=BodyFormat.HTML,
        body=_body(),
    )
    with measure_time() as run:
        dispatch = delivery_services.create_dispatch(
            source="campaign", source_id=number, scheduled_for=now, name=f"Bench {number}", contacts=audience,
            message_class="marketing", connection=channels.active_connection("email"),
            sender=channels.preferred_sender("email") or channels.senders("email")[0], content_id=mail.pk,
            permission_reminders={"vi": "Bạn nhận thư này vì đã đăng ký."}, track_opens=True, track_clicks=True,
            rate_per_second=None, actor=SYSTEM, now=now,
        )  # fmt: skip
    return dispatch, run.seconds


def _body() -> str:
    """Return an email of about 13 KB with ten merge tags and five links."""
    tags = "{{ full_name | default: 'bạn' }} {{ call_name | default: 'bạn' }}"
    praise = "Hộp quà gói giấy kraft, thiệp viết tay. "
    blocks = "".join(
        f'<tr><td style="padding:12px;font-family:Arial,sans-serif;font-size:16px;line-height:24px">'
        f'<h2 style="margin:0 0 8px">Món quà số {n}</h2><p>{tags}: {praise * 50}</p>'
        f'<a href="https://shop.example/qua/{n}">Xem quà số {n}</a></td></tr>'
        for n in range(5)
    )
    return f"<html><body><table width=600>{blocks}</table></body></html>"


def _baseline_rate(mail_connection: Any, count: int) -> float:
    """Return the emails per second of the client alone."""
    session = channels_services.open_session(mail_connection, parallel=PARALLEL_CONNECTIONS)
    renderer = channels_registry.channel(mail_connection.channel).renderer(
        RenderSettings("Bench", "a@shop.example", "", clock.now())
    )
    content = MessagePreview("Quà 20/10", _body(), "Hộp quà gói giấy kraft, thiệp viết tay. " * 250)
    ready = renderer.build(Envelope(0, "b@khach.example"), content).body
    window = [
        Outgoing(n, "a@shop.example", f"b{n}@khach.example", ready, smtp_safe=True) for n in range(BATCH_SIZE)
    ]
    try:
        session.send(window)
        with measure_time() as run:
            for _round in range(count // BATCH_SIZE):
                if any(result.outcome is not SendOutcome.ACCEPTED for result in session.send(window)):
                    raise AssertionError("the sink refused")
    finally:
        session.close()
    return (count // BATCH_SIZE) * BATCH_SIZE / run.seconds


@contextmanager
def _sink() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "quen.apps.channels.tests.sink", str(port)])
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _count(port: int) -> int:
    with smtplib.SMTP("127.0.0.1", port) as asked:
        return int(asked.docmd("STAT")[1])


def clear_jobs() -> None:
    """Empty the queue, so that the next measurement's worker does not run jobs of the previous ones."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    if jobs.unfinished_count():
        raise AssertionError("jobs are at work")
