"""Segments through the API."""

from __future__ import annotations

from typing import Any

import pytest

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.segments import queries
from quen.apps.segments.tests.factories import make_segment

pytestmark = pytest.mark.usefixtures("workspace")
VIP = {"all": [{"field": "tags", "op": "any", "value": ["VIP"]}]}


class TestSegments:
    def test_conditions_are_counted_and_wrong_ones_are_named(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        make_contact(tags=["VIP"])
        make_contact()
        assert client.post("segments/count", {"conditions": VIP}).json() == {"contacts": 1, "exact": True}
        wrong = {"all": [{"field": "tgas", "op": "any", "value": ["VIP"]}]}
        refused = client.post("segments/count", {"conditions": wrong})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"].startswith("/conditions/all/0")

    def test_members_are_listed(self, workspace: Any) -> None:
        client = ApiClient(make_key())
        people = [make_contact(tags=["VIP"]).pk for _ in range(3)]
        segment = make_segment("VIP", VIP)
        listed = client.get("segments").json()["data"]
        assert ("VIP", 3) in [(each["name"], each["contacts"]) for each in listed]
        first = client.get(f"segments/{segment.pk}/members", limit=2).json()
        rest = client.get(f"segments/{segment.pk}/members", limit=2, cursor=first["next"]).json()
        assert [each["contact_id"] for each in first["data"] + rest["data"]] == people
        assert queries.get_segment(segment.pk).size == 3
