"""Actions of the list on the ticked contacts or on all matches, their undo; export."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.cast import AN, BINH

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import BulkChange, ConsentEntry, Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts, make_tag
from quen.apps.contacts.types import Status
from quen.apps.import_export.models import Export
from quen.apps.team.models import AuditEntry, Member, Progress
from quen.apps.team.types import Role
from quen.core import clock

pytestmark = pytest.mark.django_db
LIST = "/w/tra-sen/contacts/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(an: Member, client_of: Callable[[str], Any]) -> Any:
    return client_of(AN)


def tags_of(contact: Contact) -> list[str]:
    return [tag.name for tag in queries.tags_of(contact)]


class TestBulkTagPage:
    def test_tags_the_ticked_and_undoes_it(self, client: Any) -> None:
        one, two, other = make_contacts(3)
        given = {"ids": [one.pk, two.pk], "tags": ["VIP", "mới"], "expected": "2"}
        answer = client.post(f"{LIST}bulk/tag/", given, **HTMX)
        assert answer.status_code == 204
        assert "Đã gắn thẻ cho 2 người" in answer["HX-Trigger"].encode().decode("unicode_escape")
        assert "contact:changed" in answer["HX-Trigger"]
        assert set(tags_of(one)) == set(tags_of(two)) == {"VIP", "mới"}
        assert tags_of(other) == []
        change = BulkChange.objects.get()
        assert f"{LIST}changes/{change.pk}/undo/" in answer["HX-Trigger"]
        assert client.post(f"{LIST}changes/{change.pk}/undo/", **HTMX).status_code == 204
        assert tags_of(one) == []

    def test_tags_everyone_a_filter_finds(self, client: Any) -> None:
        filtered = [make_contact(full_name=f"Trần Vy {n}") for n in range(60)]
        other = make_contact(full_name="Lê Vân")
        asked = client.get(f"{LIST}bulk/tag/?all=1&q=vy&ids={filtered[0].pk}", **HTMX)
        assert "Gắn thẻ cho 60 khách hàng" in asked.content.decode()
        given = {"all": "1", "q": "vy", "tags": "VIP", "expected": "60"}
        assert client.post(f"{LIST}bulk/tag/", given, **HTMX).status_code == 204
        assert all(tags_of(contact) == ["VIP"] for contact in (filtered[0], filtered[59]))
        assert tags_of(other) == []

    def test_asks_again_when_the_number_has_changed(self, client: Any) -> None:
        make_contacts(3)
        given = {"all": "1", "tags": "VIP", "expected": "2"}
        answer = client.post(f"{LIST}bulk/tag/", given, **HTMX)
        assert answer.status_code == 422
        assert 'name="expected" value="3"' in answer.content.decode()
        assert not BulkChange.objects.exists()

    def test_a_filter_that_cannot_be_read_means_nobody(self, client: Any) -> None:
        make_contacts(3)
        for broken in ({"rules": "{x"}, {"since": "32/13/2026"}):
            given = {"all": "1", "tags": "VIP", "expected": "3"} | broken
            assert client.post(f"{LIST}bulk/tag/", given, **HTMX).status_code == 422
        assert not BulkChange.objects.exists()

    def test_hidden_contacts_are_not_meant_by_all(self, client: Any) -> None:
        saved = make_contact(status=Status.SAVED)
        make_contacts(1)
        client.post(f"{LIST}bulk/tag/", {"all": "1", "tags": "VIP", "expected": "1"}, **HTMX)
        assert tags_of(saved) == []

    def test_works_without_scripts(self, client: Any) -> None:
        (one,) = make_contacts(1)
        asked = client.get(f"{LIST}bulk/tag/?ids={one.pk}")
        assert "<html" in asked.content.decode()
        answer = client.post(f"{LIST}bulk/tag/", {"ids": one.pk, "tags": "VIP", "expected": "1"})
        assert (answer.status_code, answer["Location"]) == (302, LIST)
        assert tags_of(one) == ["VIP"]

    def test_removes_tags(self, client: Any) -> None:
        one = make_contact(tags=["VIP", "cũ"])
        given = {"ids": one.pk, "tags": "cũ", "expected": "1"}
        assert client.post(f"{LIST}bulk/untag/", given, **HTMX).status_code == 204
        assert tags_of(one) == ["VIP"]

    def test_a_large_set_becomes_a_job_with_progress(self, client: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        make_contacts(3)
        answer = client.post(f"{LIST}bulk/tag/", {"all": "1", "tags": "VIP", "expected": "3"}, **HTMX)
        assert answer["HX-Redirect"] == LIST
        assert "data-progress" in client.get(LIST).content.decode()

    def test_a_finished_job_can_be_undone_from_the_list(self, client: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        contacts = make_contacts(3)
        client.post(f"{LIST}bulk/tag/", {"all": "1", "tags": "VIP", "expected": "3"}, **HTMX)
        progress = Progress.objects.get()
        change_id = progress.data["change_id"]
        assert "undo/" not in client.get(f"{LIST}total/", **HTMX).content.decode()
        services.run_bulk_job(change_id=change_id, progress_id=progress.pk, clock=clock.now)
        assert tags_of(contacts[0]) == ["VIP"]
        assert f"changes/{change_id}/undo/" in client.get(f"{LIST}total/", **HTMX).content.decode()


class TestBulkStatusPage:
    def test_subscribed_asks_for_ground_and_day(self, client: Any) -> None:
        (one,) = make_contacts(1)
        given = {"ids": one.pk, "status": Status.SUBSCRIBED.value, "expected": "1"}
        answer = client.post(f"{LIST}bulk/status/", given, **HTMX)
        assert answer.status_code == 422
        one.refresh_from_db()
        assert one.status == Status.NON_SUBSCRIBED

    def test_subscribes_with_proof(self, client: Any) -> None:
        one = make_contact(email="a@example.com")
        proof = {"ground": "Phiếu tại quầy", "obtained_on": "01/10/2026", "method": "paper"}
        given = {"ids": one.pk, "status": Status.SUBSCRIBED.value, "expected": "1"} | proof
        assert client.post(f"{LIST}bulk/status/", given, **HTMX).status_code == 204
        one.refresh_from_db()
        assert one.status == Status.SUBSCRIBED
        assert ConsentEntry.objects.get(contact=one).proof.ground == "Phiếu tại quầy"

    def test_a_day_to_come_is_refused(self, client: Any) -> None:
        (one,) = make_contacts(1)
        proof = {"ground": "Phiếu tại quầy", "obtained_on": "01/10/2199"}
        given = {"ids": one.pk, "status": Status.SUBSCRIBED.value, "expected": "1"} | proof
        assert client.post(f"{LIST}bulk/status/", given, **HTMX).status_code == 422

    def test_says_who_stays_as_they_are(self, client: Any) -> None:
        gone, free = make_contact(status=Status.UNSUBSCRIBED), make_contact()
        given = {"ids": [gone.pk, free.pk], "status": Status.NON_SUBSCRIBED.value, "expected": "2"}
        answer = client.post(f"{LIST}bulk/status/", given, **HTMX)
        assert "1 khách hàng được giữ nguyên" in answer["HX-Trigger"].encode().decode("unicode_escape")


class TestBulkDeletePage:
    def test_deletes_after_saying_how_many(self, client: Any) -> None:
        one, other = make_contacts(2)
        asked = client.get(f"{LIST}bulk/delete/?ids={one.pk}", **HTMX)
        assert "Xóa 1 khách hàng?" in asked.content.decode()
        assert client.post(f"{LIST}bulk/delete/", {"ids": one.pk, "expected": "1"}, **HTMX).status_code == 204
        assert list(Contact.objects.values_list("pk", flat=True)) == [other.pk]
        client.post(f"{LIST}changes/{BulkChange.objects.get().pk}/undo/", **HTMX)
        assert Contact.objects.count() == 2

    def test_nobody_ticked(self, client: Any) -> None:
        make_contacts(1)
        assert "Chưa chọn ai" in client.get(f"{LIST}bulk/delete/", **HTMX).content.decode()


class TestRights:
    @pytest.mark.parametrize(
        "action", ["bulk/tag/", "bulk/untag/", "bulk/status/", "bulk/delete/", "exports/"]
    )
    def test_a_viewer_is_refused(self, binh: Member, client_of: Callable[[str], Any], action: str) -> None:
        one = make_contact(tags=["VIP"])
        given = {"all": "1", "ids": one.pk, "tags": "x", "expected": "1", "scope": "all", "status": 4}
        answer = client_of(BINH).post(f"{LIST}{action}", given)
        assert answer.status_code == 403
        one.refresh_from_db()
        assert (one.deleted_at, one.status, tags_of(one)) == (None, Status.NON_SUBSCRIBED, ["VIP"])

    def test_who_may_not_delete_may_not_undo_a_deletion(
        self, an: Member, binh: Member, client_of: Callable[[str], Any]
    ) -> None:
        one = make_contact()
        client_of(AN).post(f"{LIST}bulk/delete/", {"ids": one.pk, "expected": "1"}, **HTMX)
        binh.role = Role.AGENT
        binh.save()
        undo = f"{LIST}changes/{BulkChange.objects.get().pk}/undo/"
        assert client_of(BINH).post(undo, **HTMX).status_code == 403
        assert not Contact.objects.exists()

    def test_a_viewer_sees_the_list_without_actions(
        self, binh: Member, client_of: Callable[[str], Any]
    ) -> None:
        make_contacts(1)
        text = client_of(BINH).get(LIST).content.decode()
        assert "Mẫu" in text
        assert "data-tick" not in text
        assert "bulk/delete/" not in text
        assert "exports/" not in text


class TestSelectionOfAll:
    """Trap 6: dialog, effect, log, undo and export say the same number."""

    @pytest.fixture
    def lans(self, client: Any) -> list[Contact]:
        people = [make_contact(full_name=f"Nguyễn Thị Lan {n}", tags=["VIP"]) for n in range(12)]
        make_contact(full_name="Lan không VIP")
        return people

    def asked(self) -> str:
        rules = audience.tree_to_query(
            audience.parse({"field": "tags", "op": "any", "value": [make_tag("VIP").pk]})
        )
        return urlencode({"all": "1", "q": "lan", "rules": rules})

    def test_one_taken_out_and_one_added_before_yes(self, client: Any, lans: list[Contact]) -> None:
        query = f"{self.asked()}&without={lans[3].pk}"
        dialog = client.get(f"{LIST}bulk/tag/?{query}", **HTMX).content.decode()
        assert "Gắn thẻ cho 11 khách hàng" in dialog
        late = make_contact(full_name="Trần Lan", tags=["VIP"])
        answer = client.post(f"{LIST}bulk/tag/", hidden_fields(dialog) | {"tags": "Tết"}, **HTMX)
        assert "Đã gắn thẻ cho 11 người" in answer["HX-Trigger"].encode().decode("unicode_escape")
        tagged = {contact.pk for contact in [*lans, late] if "Tết" in tags_of(contact)}
        assert tagged == {contact.pk for contact in lans} - {lans[3].pk}
        change = BulkChange.objects.get()
        assert change.count == 11
        entry = AuditEntry.objects.get(kind="contacts.bulk_add_tags")
        assert entry.data["contacts"] == 11
        undo = client.get(f"{LIST}changes/{change.pk}/undo/", **HTMX).content.decode()
        assert "11 khách hàng trở lại như trước." in undo

    def test_the_export_has_as_many(self, client: Any, lans: list[Contact]) -> None:
        query = f"{self.asked()}&without={lans[3].pk}"
        dialog = client.get(f"{LIST}exports/?{query}", **HTMX).content.decode()
        assert "Khách hàng đã chọn: 11" in dialog
        make_contact(full_name="Trần Lan", tags=["VIP"])
        given = hidden_fields(dialog) | {"scope": "selected", "format": "csv", "layout": "default"}
        client.post(f"{LIST}exports/", given)
        assert Export.objects.get().total == 11

    def test_more_than_a_dialog_holds_are_asked_for_again(
        self, client: Any, lans: list[Contact], settings: Any
    ) -> None:
        settings.BULK_INLINE_LIMIT = 5
        query = f"{self.asked()}&without={lans[3].pk}"
        dialog = client.get(f"{LIST}bulk/tag/?{query}", **HTMX).content.decode()
        assert "Gắn thẻ cho 11 khách hàng" in dialog
        make_contact(full_name="Trần Lan", tags=["VIP"])
        answer = client.post(f"{LIST}bulk/tag/", hidden_fields(dialog) | {"tags": "Tết"}, **HTMX)
        assert answer.status_code == 422
        assert "12" in answer.content.decode()
        assert not BulkChange.objects.exists()


def hidden_fields(page: str) -> dict[str, Any]:
    """Return the hidden fields of a form, as posted."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', page):
        found.setdefault(name, []).append(html.unescape(value))
    return found
