"""A second system follows webhooks and asks the API for what did not come; two workspaces follow each other."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.test import Client
from tests.cast import GOM_VIET, TRA_SEN
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.accounts import queries as accounts
from quen.apps.api import services as api
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.queries.documents import documents_by_id
from quen.apps.contacts.services.feed import catch_up_with_changes
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import ContactInput
from quen.apps.import_export.types import ConflictPolicy
from quen.apps.webhooks import services
from quen.apps.webhooks.tests.receivers import Received, deliver, receiving
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.core.database.base import PUBLIC

EXAMPLE = Path(__file__).resolve().parents[5] / "examples" / "follow_customers.py"
KINDS = [
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "contact.restored",
    "contact.merged",
    "contact.unmerged",
    "contact.erased",
]
PEOPLE = scaled(200, least=30)
BOTH_SIDES = 100


class TestAProcessThatFollows:
    @proof("A second system that follows webhooks ends with the same customers", people=PEOPLE)
    def test_ends_with_the_same_customers(
        self, committed_workspace: Any, live_server: Any, tmp_path: Path
    ) -> None:
        """Fed with every delivery shuffled and doubled, one in ten dropped; then it asks the API."""
        workspace, now = committed_workspace, clock.now()
        key = api.create_key(name="ERP", scopes=["contacts.read"], actor=SYSTEM, now=now)
        with receiving() as receiver:
            made = services.create_endpoint(url=receiver.url, kinds=KINDS, actor=SYSTEM, now=now)
            live_through_a_week(workspace)
        database = tmp_path / "customers.db"
        environment = {
            **os.environ,
            "QUEN_URL": live_server.url,
            "QUEN_KEY": key.token,
            "QUEN_SECRET": made.secret,
        }
        deliveries = receiver.received * 2
        chance = random.Random(7)
        chance.shuffle(deliveries)
        dropped = {each.id for each in receiver.received if chance.random() < 0.1}
        with running_example(database, environment) as url:
            for each in deliveries:
                if each.id not in dropped:
                    assert post(url, each) == 204
            forged = Received(deliveries[0].headers, deliveries[0].body + b" ")
            assert post(url, forged) == 401
            if PEOPLE >= 100:
                assert customers(database) != expected()
            ask = [sys.executable, str(EXAMPLE), "catch-up", "--database", str(database)]
            subprocess.run(ask, env=environment, check=True, timeout=PATIENCE_SECONDS)
            # What the webhooks of before say again is old news by now.
            for each in deliveries[:50]:
                post(url, each)
        assert customers(database) == expected()


class TestTwoWorkspaces:
    def test_that_follow_each_other_are_quiet_in_the_end(self, committed_workspace: Any) -> None:
        """Trap 25: a hundred people changed on both sides, two hundred messages, then silence."""
        sides = {}
        with receiving() as to_two, receiving() as to_one:
            for slug, receiver in ((TRA_SEN, to_two), (GOM_VIET, to_one)):
                with schemas.use(schema_of(slug)):
                    sides[slug] = follow(slug, receiver.url)
                    for number in range(BOTH_SIDES):
                        make_contact(phone=f"+8490100{number:04d}", full_name=f"Lan {number}")
            for slug, field in ((TRA_SEN, "company"), (GOM_VIET, "note")):
                with schemas.use(schema_of(slug)):
                    change_everybody(slug, field, f"từ {slug}")
            applied = 0
            for _round in range(6):
                for slug, receiver, other in ((TRA_SEN, to_two, GOM_VIET), (GOM_VIET, to_one, TRA_SEN)):
                    with schemas.use(schema_of(slug)):
                        deliver(now=clock.now())
                    new = list(receiver.received)
                    receiver.received.clear()
                    for message in new:
                        sides[other].apply(message)
                    applied += len(new)
        assert BOTH_SIDES <= applied <= 2 * BOTH_SIDES
        for slug in (TRA_SEN, GOM_VIET):
            with schemas.use(schema_of(slug)):
                found = set(Contact.objects.values_list("company", "note"))
                assert found == {(f"từ {TRA_SEN}", f"từ {GOM_VIET}")}


class Follower:
    """Writes what the messages of another workspace say into this one, by its API."""

    def __init__(self, token: str) -> None:
        self._token = token

    def apply(self, message: Received) -> None:
        """Change what changed, of the person with the same phone."""
        data = message.json["data"]
        contact = data["contact"]
        values = {name: contact[name] for name in data["changed"] if name in ("company", "note")}
        body = {"contact": {"phone": contact["phone"], **values}}
        with schemas.use(PUBLIC):
            response = Client().post(
                "/api/v1/contacts",
                json.dumps(body),
                content_type="application/json",
                headers={"Authorization": f"Bearer {self._token}"},
            )
        assert response.status_code == 200, response.content


def follow(slug: str, url: str) -> Follower:
    """Return who writes into the current workspace; its own changes are not sent back."""
    now = clock.now()
    made = api.create_key(name=f"Từ bên kia {slug}", scopes=["contacts.write"], actor=SYSTEM, now=now)
    services.create_endpoint(
        url=url,
        kinds=["contact.created", "contact.updated"],
        own_key_id=made.key.pk,
        actor=SYSTEM,
        now=now,
    )
    return Follower(made.token)


def change_everybody(slug: str, field: str, value: str) -> None:
    changes: dict[str, Any] = {field: value}
    rows = [
        replace(ContactInput(phone=phone), **changes)
        for phone in Contact.objects.values_list("phone", flat=True)
    ]
    workspace = accounts.get_workspace(slug)
    with schemas.use(workspace.schema_name):
        contacts.upsert(
            workspace=workspace, rows=rows, policy=ConflictPolicy.OVERWRITE, actor=SYSTEM, now=clock.now()
        )


def schema_of(slug: str) -> str:
    return accounts.get_workspace(slug).schema_name


def live_through_a_week(workspace: Any) -> None:
    """Let people come, change, go, come back, be merged and be erased, with deliveries in between."""
    chance = random.Random(11)
    ids: list[int] = []
    for number in range(PEOPLE):
        values = {"full_name": f"Lan {number}", "phone": f"+84902{number:06d}"}
        made = contacts.create_contact(workspace=workspace, values=values, actor=SYSTEM, now=clock.now())
        ids.append(made.pk)
    for step in range(3 * PEOPLE):
        act(workspace, chance, ids)
        if step % 17 == 0:
            deliver(now=clock.now())
    deliver(now=clock.now())


def act(workspace: Any, chance: random.Random, ids: list[int]) -> None:
    one = contact_queries.find_including_deleted(chance.choice(ids))
    now = clock.now()
    if one is None or contact_queries.survivor_of(one.pk) != one.pk:
        return
    if one.deleted_at is not None:
        contacts.restore_contact(contact=one, actor=SYSTEM, now=now)
        return
    what = chance.random()
    if what < 0.5:
        values = {"company": f"Công ty {chance.randrange(9)}"}
        contacts.update_contact(workspace=workspace, contact=one, values=values, actor=SYSTEM, now=now)
    elif what < 0.7:
        contacts.add_tags(contact=one, names=[f"Thẻ {chance.randrange(4)}"], actor=SYSTEM, now=now)
    elif what < 0.8:
        contacts.delete_contacts(ids=[one.pk], actor=SYSTEM, now=now)
    elif what < 0.9:
        contacts.erase_contact(contact=one, reason="request", actor=SYSTEM, now=now)
    else:
        others = Contact.objects.exclude(pk=one.pk).order_by("pk")
        if other := others.first():
            contacts.merge_contacts(kept=other, merged=one, actor=SYSTEM, now=now)


def expected() -> dict[int, Any]:
    """Return the customers as the API shows them."""
    catch_up_with_changes(now=clock.now())
    found = documents_by_id(list(Contact.objects.values_list("pk", flat=True)))
    return {pk: comparable(json.loads(json.dumps(each, default=str))) for pk, each in found.items()}


def customers(database: Path) -> dict[int, Any]:
    """Return the customers of the second system."""
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT id, contact FROM customer WHERE kind = 'changed'").fetchall()
    connection.close()
    return {pk: comparable(json.loads(contact)) for pk, contact in rows}


def comparable(contact: dict[str, Any]) -> dict[str, Any]:
    """Leave out times, which are written in two ways, and what the API adds to an answer about one contact."""
    return {
        name: value for name, value in contact.items() if not name.endswith("_at") and name not in LEFT_OUT
    }


LEFT_OUT = ("member_since", "merged_from")


@contextmanager
def running_example(database: Path, environment: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLE), "serve", "--database", str(database), "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/quen"
    finally:
        process.kill()
        process.wait()


def post(url: str, message: Received) -> int:
    headers = {name: value for name, value in message.headers.items() if name.startswith("webhook-")}
    request = urllib.request.Request(url, message.body, headers)  # noqa: S310  # our own process
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code
