"""Input that no person types: no URL responds with a server error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.import_export import services
from quen.apps.import_export.models import Import
from tests.cast import AN, NOW

W = "/w/tra-sen/"
Clients = Callable[[str], Any]
NUMBERS = ("9" * 30, "9" * 5000, "²", "-1")


@pytest.fixture
def client(workspace: Any, client_of: Clients) -> Any:
    return client_of(AN)


@pytest.fixture
def draft(workspace: Any, an: Any) -> Import:
    return services.create_from_paste(
        kind="contacts", text="Họ tên\tĐiện thoại\nTrần An\t0901234567", actor=an.actor, now=NOW
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_that_do_not_exist(client: Any, draft: Import, number: str) -> None:
    assert client.get(f"{W}imports/", {"before": number}).status_code == 200
    assert client.get(f"{W}log/", {"who": number}).status_code == 200
    assert client.get(f"{W}log/", {"after": f"2026-01-01T00:00:00Z_{number}"}).status_code == 200
    assert client.get(f"{W}log/", {"after": "2026-01-01T00:00:00_1"}).status_code == 200
    assert client.get(f"{W}imports/{draft.pk}/columns/", {"row": number}).status_code == 200
    assert client.post(f"{W}audience/explain/", {"contact": number}).status_code == 200
    assert client.post(f"{W}audience/editor/", {"command": f"remove:{number}"}).status_code == 200
    assert client.get(f"{W}contacts/{number}/").status_code == 404


def test_a_nul_is_refused_wherever_it_stands(client: Any, draft: Import) -> None:
    kim = make_contact()
    for path in (f"{W}contacts/?q=a%00", f"{W}log/?kind=%00", f"{W}contacts/{kim.pk}/values/%00/", "/%00"):
        assert client.get(path).status_code in (400, 404), path
    posted = {"column_0": "new", "name_0": "a\x00b"}
    assert client.post(f"{W}imports/{draft.pk}/columns/", posted).status_code == 400


@pytest.mark.parametrize("value", ["\ud800", {}, [[]], True, [{"a": 1}], 10**40])
def test_conditions_with_values_no_field_writes(client: Any, value: Any) -> None:
    tree = json.dumps([{"field": "district", "op": "is", "value": value}])
    assert client.get(f"{W}contacts/", {"rules": tree}).status_code == 200
    assert client.get(f"{W}audience/editor/", {"tree": tree}).status_code == 200
    assert client.post(f"{W}audience/editor/", {"tree": tree, "command": "apply"}).status_code in (
        200,
        302,
        422,
    )


def test_a_column_matched_with_a_field_there_is_not(client: Any, draft: Import) -> None:
    here = f"{W}imports/{draft.pk}/"
    assert client.post(f"{here}columns/", {"column_0": "field:99999"}).status_code == 200
    assert client.get(f"{here}columns/").status_code == 200
    refused = client.post(f"{here}columns/", {"column_0": "field:99999", "next": "1"})
    assert refused.status_code == 422


def test_a_part_asked_for_without_scripts(client: Any) -> None:
    for part in ("count", "sample", "explain"):
        assert client.post(f"{W}audience/{part}/").status_code == 200, part
