"""Calls that are repeated, meet each other, or are killed: the work is done once and nothing that was told is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.api.models import StoredAnswer
from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import ErasureReason
from quen.apps.events.models import Event
from quen.core import clock
from quen.core.actors import SYSTEM

WRITERS, CALLS = 10, scaled(200, least=20)
KILLS, ROWS = scaled(20, least=3), 1_000
GOOD_ROWS = 9_995
_SOURCE = Path(__file__).resolve().parents[4]
_ROOT = _SOURCE.parent
_PROGRAM = """
import sys, django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from quen.apps.api.tests.factories import ApiClient
client = ApiClient(sys.argv[1])
start, number, rows = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
contacts = [{"phone": f"09{number:03d}{row:05d}", "full_name": f"Lan {number} {row}"} for row in range(rows)]
print("ready", flush=True)
response = client.post("contacts/bulk", {"contacts": contacts}, key=f"call-{number}")
print(response.status_code, flush=True)
"""


def people(number: int, rows: int) -> list[dict[str, str]]:
    return [{"phone": f"09{number:03d}{row:05d}", "full_name": f"Lan {number} {row}"} for row in range(rows)]


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run something in threads that start together; return what each returned."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return results


class TestRowsOfOneCall:
    def test_a_bad_and_a_double_row_cost_only_themselves(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        rows: list[dict[str, Any]] = [
            {"phone": "0905000001", "full_name": "Lan Một"},
            {"phone": "0905000001", "full_name": "Lan Hai"},
            {"email": "minh@example.com", "full_name": "Minh"},
            {"phone": "0905000001", "email": "minh@example.com"},
            {"full_name": "Không ai"},
            *({"phone": f"091{number:07d}"} for number in range(GOOD_ROWS)),
        ]
        answer = client.post("contacts/bulk", {"contacts": rows}).json()
        results = answer["results"]
        assert len(results) == len(rows)
        assert results[0]["contact_id"] == results[1]["contact_id"]
        assert Contact.objects.get(pk=results[0]["contact_id"]).full_name == "Lan Hai"
        codes = [(each["status"], [error["code"] for error in each["errors"]]) for each in results[3:5]]
        assert codes == [("refused", ["ambiguous_contact"]), ("refused", ["no_identifier"])]
        assert results[4]["errors"][0]["pointer"] == "/contacts/4"
        assert Counter(each["status"] for each in results[5:]) == {"created": GOOD_ROWS}
        again = client.post("contacts/bulk", {"contacts": rows}).json()
        assert Counter(each["status"] for each in again["results"]) == {
            "unchanged": GOOD_ROWS + 3,
            "refused": 2,
        }
        assert [each["contact_id"] for each in again["results"]] == [each["contact_id"] for each in results]
        assert Contact.objects.count() == GOOD_ROWS + 2

    def test_more_rows_than_a_call_takes_are_refused(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        refused = client.post("contacts/bulk", {"contacts": [{"phone": "0905000001"}] * 10_001})
        assert refused.json()["errors"][0]["pointer"] == "/contacts"
        too_long = client.post("contacts", {"contact": {"note": "x" * (1 << 20), "phone": "0905000001"}})
        assert (too_long.status_code, too_long.json()["code"]) == (413, "too_large")
        assert not Contact.objects.exists()


class TestIdempotency:
    def test_a_repeated_call_gets_the_same_answer_and_does_nothing(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        body = {"events": [{"name": "Đặt lịch", "phone": "0905000001"}]}
        client.post("contacts", {"contact": {"phone": "0905000001"}})
        first = client.post("events", body, key="k1")
        assert "Idempotency-Replayed" not in first
        before = Event.objects.count()
        again = client.post("events", body, key="k1")
        assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
        assert Event.objects.count() == before
        client.post("events", body, key="k2")
        assert Event.objects.count() == before + 1

    def test_another_body_or_operation_or_key_is_another_call(self, workspace: Any) -> None:
        client, other = ApiClient(make_key()), ApiClient(make_key())
        client.post("contacts", {"contact": {"phone": "0905000001"}}, key="k1")
        reused = [
            client.post("contacts", {"contact": {"phone": "0905000002"}}, key="k1"),
            client.post("contacts/bulk", {"contacts": [{"phone": "0905000001"}]}, key="k1"),
        ]
        assert [(each.status_code, each.json()["code"]) for each in reused] == [
            (409, "idempotency_key_reused")
        ] * 2
        assert Contact.objects.count() == 1
        assert other.post("contacts", {"contact": {"phone": "0905000002"}}, key="k1").status_code == 200

    def test_a_refusal_is_not_kept(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        assert client.post("contacts", {"contact": {"phone": "x"}}, key="k1").status_code == 422
        assert not StoredAnswer.objects.exists()
        assert client.post("contacts", {"contact": {"phone": "0905000001"}}, key="k1").status_code == 200

    def test_the_answer_dies_with_an_erasure_and_nobody_comes_back(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        body = {"contact": {"phone": "0905000001", "full_name": "Zqx Lan"}}
        pk = client.post("contacts", body, key="k1").json()["contact"]["id"]
        kept = client.post("contacts", {"contact": {"phone": "0905000002"}}, key="k2")
        services.erase_contact(
            contact=queries.get_contact(pk), reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now()
        )
        assert not any(b"Zqx" in bytes(each.body or b"") for each in StoredAnswer.objects.all())
        refused = client.post("contacts", body, key="k1")
        assert (refused.status_code, refused.json()["code"]) == (410, "answer_erased")
        assert Contact.objects.count() == 1
        again = client.post("contacts", {"contact": {"phone": "0905000002"}}, key="k2")
        assert again.json() == kept.json()

    def test_of_twenty_at_once_one_does_the_work(self, committed_workspace: Any) -> None:
        token = make_key()
        rows = people(1, 300)

        def call(_number: int) -> tuple[int, str]:
            response = ApiClient(token).post("contacts/bulk", {"contacts": rows}, key="once")
            return response.status_code, response.headers.get("Retry-After", "")

        answers = at_once(20, call)
        assert {status for status, _after in answers} <= {200, 409}
        assert all(after for status, after in answers if status == 409)
        assert 200 in {status for status, _after in answers}
        assert Contact.objects.count() == len(rows)
        created = Event.objects.filter(kind=101).count()
        assert created == len(rows)


class TestWritersAtOnce:
    @proof("Writers who upsert overlapping people make nobody twice", calls=CALLS)
    def test_make_nobody_twice(self, committed_workspace: Any, settings: Any) -> None:
        settings.API_RATE = "100000/minute"
        token = make_key()

        def call(number: int) -> list[int]:
            chance = random.Random(number)
            client, statuses = ApiClient(token), []
            for _ in range(max(1, CALLS // WRITERS)):
                rows = [
                    {
                        "phone": f"09050000{chance.randrange(40):02d}",
                        "email": f"a{chance.randrange(40)}@example.com" if chance.random() < 0.3 else "",
                        "company": f"Hãng {chance.randrange(5)}",
                    }
                    for _row in range(5)
                ]
                statuses.append(client.post("contacts/bulk", {"contacts": rows}).status_code)
            return statuses

        answers = at_once(WRITERS, call)
        assert {status for each in answers for status in each} == {200}
        phones = list(Contact.objects.values_list("phone", flat=True))
        addresses = [each for each in Contact.objects.values_list("email", flat=True) if each]
        assert len(phones) == len(set(phones)) <= 40
        assert len(addresses) == len(set(addresses))


class TestKilled:
    @proof("A killed bulk upsert, repeated with its key, is done once", kills=KILLS)
    def test_nothing_that_was_told_is_lost_and_a_retry_does_the_work_once(
        self, committed_workspace: Any
    ) -> None:
        token = make_key()
        client = ApiClient(token)
        chance = random.Random(11)
        given = connection.get_connection_params()
        user = f"{given.get('user') or ''}:{given.get('password') or ''}"
        url = f"postgresql://{user}@/{given['dbname']}?host={given['host']}"
        env = {
            **os.environ,
            "DATABASE_URL": url + (f"&port={given['port']}" if given.get("port") else ""),
            "PYTHONPATH": f"{_SOURCE}:{_ROOT}",
            "DJANGO_SETTINGS_MODULE": "quen.config.settings",
        }
        for number in range(KILLS):
            words = [sys.executable, "-c", _PROGRAM, token, "0", str(number), str(ROWS)]
            work = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert work.stdout is not None
            assert work.stdout.readline() == b"ready\n"
            killer = threading.Timer(chance.random() * 0.8, work.send_signal, [signal.SIGKILL])
            killer.start()
            told = work.stdout.read()
            work.wait(PATIENCE_SECONDS)
            killer.join(PATIENCE_SECONDS)
            stored = Contact.objects.filter(full_name__startswith=f"Lan {number} ").count()
            assert stored in (0, ROWS)
            if told == b"200\n":
                assert stored == ROWS
            retried = client.post("contacts/bulk", {"contacts": people(number, ROWS)}, key=f"call-{number}")
            assert retried.status_code == 200
            assert ("Idempotency-Replayed" in retried) == (stored == ROWS)
            assert retried.json()["created"] == ROWS
            assert Contact.objects.filter(full_name__startswith=f"Lan {number} ").count() == ROWS
        connection.close()
