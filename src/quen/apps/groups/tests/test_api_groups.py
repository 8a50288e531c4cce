"""Groups through the API."""

from __future__ import annotations

import pytest

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.core import clock
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")


class TestGroups:
    def test_members_are_put_in_listed_and_taken_out(self) -> None:
        client = ApiClient(make_key())
        made = client.post("groups", {"name": "Khách sỉ"}).json()
        people = [make_contact().pk for _ in range(3)]
        path = f"groups/{made['id']}/members"
        assert client.post(path, {"contact_ids": people}).json()["changed"] == 3
        assert client.post(path, {"contact_ids": people}).json()["changed"] == 0
        first = client.get(path, limit=2).json()
        rest = client.get(path, limit=2, cursor=first["next"]).json()
        assert [each["contact_id"] for each in first["data"] + rest["data"]] == people
        assert rest["next"] is None
        assert client.post(f"{path}/remove", {"contact_ids": people[:1]}).json()["changed"] == 1
        assert [each["contacts"] for each in client.get("groups").json()["data"]] == [2]
        assert client.post("groups", {"name": "khách sỉ"}).status_code in (409, 422)

    def test_a_merged_id_puts_the_survivor_in(self) -> None:
        client = ApiClient(make_key())
        kept, merged = make_contact(), make_contact()
        contacts.merge_contacts(kept=kept, merged=merged, actor=SYSTEM, now=clock.now())
        path = f"groups/{client.post('groups', {'name': 'VIP'}).json()['id']}/members"
        client.post(path, {"contact_ids": [merged.pk]})
        assert [each["contact_id"] for each in client.get(path).json()["data"]] == [kept.pk]
