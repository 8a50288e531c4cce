"""The example for Python keeps a second system in step, and a typed client can be made from the document."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import ErasureReason
from quen.config import api
from quen.core import clock
from quen.core.actors import SYSTEM

_EXAMPLE = Path(__file__).parent.parent / "clients" / "python" / "follow.py"
_CHANGES = 120
_numbers = count(1)


def example() -> Any:
    spec = importlib.util.spec_from_file_location("follow", _EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["follow"] = module
    spec.loader.exec_module(module)
    return module


class TestFollowing:
    @pytest.mark.usefixtures("workspace")
    def test_messages_shuffled_doubled_and_dropped_end_with_the_same_customers(self) -> None:
        client = ApiClient(make_key())
        chance = random.Random(5)

        def ask(path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
            answer = client.get(path, **parameters)
            assert answer.status_code == 200
            found: Mapping[str, Any] = answer.json()
            return found

        follower, cursor, messages = example().Follower(ask), "0", []
        for _ in range(_CHANGES):
            self.change(client, chance)
            page = ask("contacts/changes", {"cursor": cursor})
            cursor = page["next"]
            messages += page["data"]
        delivered = [
            each for each in messages for _copy in range(chance.choice((1, 1, 2))) if chance.random() > 0.1
        ]
        chance.shuffle(delivered)
        assert len(delivered) > _CHANGES / 2
        for each in delivered:
            follower.take(each)
        follower.catch_up()
        assert follower.contacts == {
            contact.pk: client.get(f"contacts/{contact.pk}").json() for contact in Contact.objects.all()
        }
        assert follower.catch_up() == 0

    @staticmethod
    def change(client: ApiClient, chance: random.Random) -> None:
        known = list(Contact.objects.order_by("id"))
        what = (
            chance.choice(("add", "change", "tag", "delete", "merge", "erase")) if len(known) > 3 else "add"
        )
        one, other = chance.sample(known, 2) if len(known) > 3 else (None, None)
        if one is None or other is None or what == "add":
            client.post("contacts", {"contact": {"phone": f"09051{next(_numbers):05d}", "full_name": "Lan"}})
        elif what == "change":
            client.patch(f"contacts/{one.pk}", {"company": f"Hãng {next(_numbers)}"})
        elif what == "tag":
            client.post(f"contacts/{one.pk}/tags", {"tags": [f"thẻ {next(_numbers)}"]})
        elif what == "delete":
            client.delete(f"contacts/{one.pk}")
        elif what == "merge":
            services.merge_contacts(kept=one, merged=other, actor=SYSTEM, now=clock.now())
        else:
            contact = queries.get_contact(one.pk)
            services.erase_contact(
                contact=contact, reason=ErasureReason.REQUEST, actor=SYSTEM, now=clock.now()
            )


class TestTypedClient:
    def test_it_has_a_function_for_every_operation(self, tmp_path: Path) -> None:
        document = tmp_path / "quen.json"
        document.write_text(json.dumps(api.document()), encoding="utf-8")
        made = subprocess.run(
            [
                Path(sys.executable).with_name("openapi-python-client"),
                "generate",
                *("--path", document),
                *("--output-path", tmp_path / "client"),
                *("--meta", "none"),
                "--fail-on-warning",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout + made.stderr
        functions = {path.stem for path in (tmp_path / "client" / "api").rglob("*.py")} - {"__init__"}
        assert functions == {
            str(operation.operation_id) for _address, operation in api.operations(api.build())
        }
