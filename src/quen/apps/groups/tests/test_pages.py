"""The pages of groups: list, form, page of a group, its dialogs, the contact's panel, the verbs of the contact list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.cast import AN, BINH, NOW

from quen.apps.contacts.models import BulkChange, Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts
from quen.apps.groups import queries, registry, services
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.tests.factories import make_group, members_of
from quen.apps.groups.types import GroupUse
from quen.apps.segments.tests.factories import make_segment
from quen.apps.team.models import Progress
from quen.core.actors import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]
GROUPS = "/w/tra-sen/groups/"
LIST = "/w/tra-sen/contacts/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(an: Any, client_of: Callable[[str], Any]) -> Any:
    return client_of(AN)


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def toast(answer: Any) -> str:
    return str(answer["HX-Trigger"].encode().decode("unicode_escape"))


class TestList:
    def test_an_empty_workspace_says_what_groups_are_for(self, client: Any) -> None:
        assert "Chưa có nhóm nào" in shown(client.get(GROUPS))

    def test_lists_groups_with_their_members_and_finds_them_without_accents(self, client: Any) -> None:
        make_group("Khách sỉ", *make_contacts(3), description="Mua từ 5 kg")
        make_group("Hội chợ")
        page = shown(client.get(GROUPS))
        assert page.index("Hội chợ") < page.index("Khách sỉ")
        assert "Mua từ 5 kg" in page
        found = shown(client.get(GROUPS, {"q": "khach si"}))
        assert "Khách sỉ" in found
        assert "Hội chợ" not in found

    def test_the_list_takes_as_many_queries_for_many_groups(
        self, client: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            make_group(f"Nhóm {number}", make_contact())
        with django_assert_max_num_queries(25):
            client.get(GROUPS)

    def test_the_switch_takes_effect_at_once(self, client: Any) -> None:
        group = make_group()
        answer = client.post(f"{GROUPS}{group.pk}/active/", {}, **HTMX)
        assert "đã ngừng dùng" in toast(answer)
        assert not queries.get_group(group.pk).active
        client.post(f"{GROUPS}{group.pk}/active/", {"active": "on"}, **HTMX)
        assert queries.get_group(group.pk).active


class TestForm:
    def test_creates_a_group_with_people_found_and_those_of_a_segment(self, client: Any) -> None:
        lan = make_contact(full_name="Lê Thị Lan", province="48")
        hoa = make_contact(full_name="Trần Hoa")
        segment = make_segment()
        found = shown(client.post(f"{GROUPS}people/", {"search": "hoa", "contact": [lan.pk]}, **HTMX))
        assert "Trần Hoa" in found
        assert "Lê Thị Lan" in found
        given = {
            "name": "Khách sỉ",
            "active": "on",
            "contact": [hoa.pk],
            "source": f"segment:{segment.pk}",
        }
        answer = client.post(f"{GROUPS}new/", given)
        group = ContactGroup.objects.get()
        assert answer["Location"].endswith(f"/groups/{group.pk}/")
        assert members_of(group) == {lan.pk, hoa.pk}
        assert segment.name in shown(client.get(f"{GROUPS}new/?source=segment:{segment.pk}"))

    def test_says_what_is_wrong_beside_the_field(self, client: Any) -> None:
        make_group("VIP")
        for name, words in (("", "bắt buộc"), ("vip", "Đã có nhóm"), ("a, b", "dấu phẩy")):
            answer = client.post(f"{GROUPS}new/", {"name": name})
            assert answer.status_code == 422
            assert words in shown(answer).lower() or words in shown(answer)
        assert ContactGroup.objects.count() == 1

    def test_changes_a_group(self, client: Any) -> None:
        lan = make_contact()
        group = make_group("VIP")
        given = {"name": "VIP 2026", "description": "Mua nhiều", "contact": [lan.pk]}
        assert client.post(f"{GROUPS}{group.pk}/edit/", given).status_code == 302
        changed = queries.get_group(group.pk)
        assert (changed.name, changed.description, changed.active) == ("VIP 2026", "Mua nhiều", False)
        assert members_of(group) == {lan.pk}


class TestPage:
    def test_members_with_the_day_of_joining_and_a_search(self, client: Any) -> None:
        lan, hoa = make_contact(full_name="Lê Thị Lan"), make_contact(full_name="Trần Hoa")
        group = make_group("VIP", lan, hoa)
        page = shown(client.get(f"{GROUPS}{group.pk}/"))
        assert "Lê Thị Lan" in page
        assert f"{NOW:%d/%m/%Y}" in page
        found = shown(client.get(f"{GROUPS}{group.pk}/", {"q": "tran hoa"}))
        assert "Trần Hoa" in found
        assert "Lê Thị Lan" not in found
        assert "Không có ai trong nhóm khớp" in shown(client.get(f"{GROUPS}{group.pk}/", {"q": "xyz"}))

    def test_pages_of_many_members_hold_each_once(self, client: Any) -> None:
        people = make_contacts(60)
        group = make_group("VIP", *people)
        first = client.get(f"{GROUPS}{group.pk}/")
        pager = first.context["table"].pager
        second = client.get(f"{GROUPS}{group.pk}/{pager['next']}")
        keys = [row.key for page in (first, second) for row in page.context["table"].rows]
        assert sorted(keys) == sorted(person.pk for person in people)

    def test_removes_the_ticked_and_undoes_it(self, client: Any) -> None:
        lan, hoa = make_contacts(2)
        group = make_group("VIP", lan, hoa)
        asked = shown(client.get(f"{GROUPS}{group.pk}/remove/", {"ids": [lan.pk]}, **HTMX))
        assert "Bỏ 1 khách khỏi nhóm?" in asked
        given = {"ids": [lan.pk], "expected": "1"}
        answer = client.post(f"{GROUPS}{group.pk}/remove/", given, **HTMX)
        assert "contact:changed" in toast(answer)
        assert members_of(group) == {hoa.pk}
        change = BulkChange.objects.order_by("-pk")[0]
        client.post(f"{LIST}changes/{change.pk}/undo/", **HTMX)
        assert members_of(group) == {lan.pk, hoa.pk}

    def test_all_that_the_search_finds_is_what_the_dialog_says(self, client: Any) -> None:
        lans = [make_contact(full_name=f"Phan Lan {n}") for n in range(3)]
        other = make_contact(full_name="Trần Hoa")
        group, fair = make_group("VIP", *lans, other), make_group("Hội chợ")
        url = f"{GROUPS}{group.pk}/copy/"
        assert "Chép hoặc chuyển 3 khách" in shown(client.get(url, {"all": "1", "q": "lan"}, **HTMX))
        late = make_contact(full_name="Phan Lan mới")
        services.set_groups_of(contact=late, groups=[group], actor=SYSTEM, now=NOW)
        given = {"all": "1", "q": "lan", "expected": "3", "mode": "move", "to": fair.pk}
        refused = client.post(url, given, **HTMX)
        assert refused.status_code == 422
        assert "giờ là 4 khách" in shown(refused)
        assert members_of(fair) == set()
        assert client.post(url, given | {"expected": "4"}, **HTMX).status_code == 204
        assert members_of(fair) == {late.pk, *(lan.pk for lan in lans)}
        assert members_of(group) == {other.pk}

    def test_adds_people_or_says_that_nobody_is_chosen(self, client: Any) -> None:
        lan, group = make_contact(), make_group()
        url = f"{GROUPS}{group.pk}/add/"
        assert client.post(url, {}, **HTMX).status_code == 422
        assert client.post(url, {"contact": [lan.pk]}, **HTMX).status_code == 204
        assert members_of(group) == {lan.pk}

    def test_a_large_snapshot_is_a_job_that_the_page_shows(self, client: Any, settings: Any) -> None:
        settings.BULK_INLINE_LIMIT = 2
        for _ in range(4):
            make_contact(province="48")
        segment, group = make_segment(), make_group()
        answer = client.post(f"{GROUPS}{group.pk}/add/", {"source": f"segment:{segment.pk}"}, **HTMX)
        assert answer["HX-Redirect"].endswith(f"/groups/{group.pk}/")
        assert Progress.objects.get().total == 4
        assert str(Progress.objects.get().title) in shown(client.get(f"{GROUPS}{group.pk}/"))


class TestDelete:
    def test_says_what_uses_it_then_deletes_it_and_nobody(self, client: Any) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        make_segment("Khách quý", {"field": "group", "op": "in", "value": [group.pk]})
        asked = shown(client.get(f"{GROUPS}{group.pk}/delete/", **HTMX))
        assert "Khách quý" in asked
        client.post(f"{GROUPS}{group.pk}/delete/")
        assert client.get(f"{GROUPS}{group.pk}/").status_code == 404
        assert Contact.objects.filter(pk=lan.pk).exists()

    def test_one_that_runs_keeps_it(self, client: Any, registrations: Any) -> None:
        group = make_group()
        registrations(registry)
        registry.register_uses(
            lambda _id: [GroupUse("Chiến dịch", "Tháng Mười", "/campaigns/1/", blocks=True)]
        )
        assert "Tháng Mười" in shown(client.get(f"{GROUPS}{group.pk}/delete/", **HTMX))
        client.post(f"{GROUPS}{group.pk}/delete/")
        assert queries.get_group(group.pk)


class TestContactPanel:
    def test_shows_groups_and_changes_them(self, client: Any) -> None:
        lan = make_contact()
        group = make_group("VIP", lan)
        url = f"{GROUPS}contact/{lan.pk}/"
        assert "VIP" in shown(client.get(url, **HTMX))
        assert "VIP" in shown(client.get(f"{url}?edit=1", **HTMX))
        answer = client.post(url, {"groups": ["Hội chợ"]}, **HTMX)
        assert "Hội chợ" in shown(answer)
        assert members_of(group) == set()

    def test_a_reader_sees_and_changes_nothing(self, client_of: Any) -> None:
        lan = make_contact()
        make_group("VIP", lan)
        client = client_of(BINH)
        url = f"{GROUPS}contact/{lan.pk}/"
        assert "Đổi nhóm" not in shown(client.get(url, **HTMX))
        assert client.get(f"{url}?edit=1").status_code == 403
        assert client.post(url, {"groups": []}).status_code == 403
        assert 'role="switch"' not in shown(client.get(GROUPS))


class TestVerbsOfTheContactList:
    def test_adds_the_ticked_to_groups_old_and_new(self, client: Any) -> None:
        one, two, other = make_contacts(3)
        group = make_group("VIP")
        url = f"{LIST}bulk/apps/groups.add/"
        assert "Thêm 2 khách vào nhóm" in shown(client.get(url, {"ids": [one.pk, two.pk]}, **HTMX))
        given = {"ids": [one.pk, two.pk], "groups": ["vip", "Hội chợ"], "expected": "2"}
        answer = client.post(url, given, **HTMX)
        assert "Đã thêm 2 khách vào nhóm" in toast(answer)
        assert members_of(group) == {one.pk, two.pk}
        assert [joined.group.name for joined in queries.groups_of(one.pk)] == ["Hội chợ", "VIP"]
        change = BulkChange.objects.get()
        client.post(f"{LIST}changes/{change.pk}/undo/", **HTMX)
        assert members_of(group) == set()
        assert other.pk not in members_of(group)

    def test_removes_everyone_a_filter_finds(self, client: Any) -> None:
        people = [make_contact(full_name=f"Trần Vy {n}") for n in range(5)]
        other = make_contact(full_name="Lê Vân")
        group = make_group("VIP", *people, other)
        given = {"all": "1", "q": "vy", "groups": "VIP", "expected": "5"}
        assert client.post(f"{LIST}bulk/apps/groups.remove/", given, **HTMX).status_code == 204
        assert members_of(group) == {other.pk}

    def test_are_offered_to_those_who_may(self, client: Any, client_of: Any) -> None:
        make_contact()
        assert "bulk/apps/groups.add/" in shown(client.get(LIST))
        assert "bulk/apps/groups.add/" not in shown(client_of(BINH).get(LIST))
        assert client_of(BINH).get(f"{LIST}bulk/apps/groups.add/").status_code == 403
        assert client.get(f"{LIST}bulk/apps/nothing/").status_code == 404

    def test_the_column_shows_them(self, client: Any) -> None:
        make_group("Khách sỉ", make_contact())
        assert "Khách sỉ" in shown(client.get(f"{LIST}?columns=phone,groups"))
