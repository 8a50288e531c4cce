"""The editor says how many contacts each row leaves, and counts whom the list behind it will show."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.cast import AN, CHI, NOW

from quen.apps.audience import queries, registry
from quen.apps.audience.rules import narrowing
from quen.apps.audience.tests.factories import make_contact, make_contacts
from quen.apps.contacts.models import ContactTag, Tag
from quen.apps.contacts.types import Status

PART = {"HX-Request": "true"}
Clients = Callable[[str], Any]


def spent(least: int) -> dict[str, Any]:
    return {"field": "spent", "op": "at_least", "value": least}


def is_(gender: str) -> dict[str, Any]:
    return {"field": "gender", "op": "is", "value": [gender]}


def numbers(client: Any, draft: Any, **posted: str) -> dict[str, str]:
    """Return the number in each row, by its id."""
    html = client.post(
        "/w/tra-sen/audience/row-counts/", {"tree": json.dumps(draft), **posted}, headers=PART
    ).content.decode()
    return dict(re.findall(r'id="count-([\d-]+)"\s+hx-swap-oob="true">([\d.]*)</span>', html))


def counted(client: Any, draft: Any, **posted: str) -> str:
    """Return the number below the editor."""
    html = client.post(
        "/w/tra-sen/audience/count/", {"tree": json.dumps(draft), **posted}, headers=PART
    ).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("</p>")[0]).split())


class TestRows:
    @pytest.fixture
    def shop(self, workspace: Any) -> None:
        for amount, gender in ((10, "male"), (10, "female"), (5, "female"), (1, "female"), (1, "")):
            make_contact(spent=amount, gender=gender)
        make_contact(spent=10, gender="female", deleted_at=NOW)

    def test_each_leaves_what_those_before_it_left(self, shop: None, client_of: Clients) -> None:
        assert numbers(client_of(AN), [is_("female"), spent(5)]) == {"0": "3", "1": "2"}
        assert numbers(client_of(AN), [spent(5), is_("female")]) == {"0": "3", "1": "2"}
        assert numbers(client_of(AN), [spent(5), {"not": is_("female")}]) == {"0": "3", "1": "1"}

    def test_rows_of_an_any_count_by_themselves_within_what_stands_before(
        self, shop: None, client_of: Clients
    ) -> None:
        either = {"any": [is_("male"), {"all": [is_("female"), spent(10)]}]}
        assert numbers(client_of(AN), [spent(5), either]) == {
            "0": "3",
            "1": "2",
            "1-0": "1",
            "1-1": "1",
            "1-1-0": "2",
            "1-1-1": "1",
        }
        assert numbers(client_of(AN), {"any": [spent(5), is_("male")]}) == {"0": "3", "1": "1"}

    def test_a_negated_group_says_what_is_left_and_its_rows_say_nothing(
        self, shop: None, client_of: Clients
    ) -> None:
        none_of = {"not": {"any": [is_("male"), spent(5)]}}
        assert numbers(client_of(AN), [{"field": "gender", "op": "filled"}, none_of]) == {
            "0": "4",
            "1": "1",
            "1-0": "",
            "1-1": "",
        }

    def test_incomplete_rows_and_single_ones_have_no_number(self, shop: None, client_of: Clients) -> None:
        unfinished = {"field": "spent", "op": "at_least"}
        assert numbers(client_of(AN), [is_("female"), unfinished, spent(5)]) == {"0": "3", "1": "", "2": "2"}
        assert numbers(client_of(AN), [is_("female"), unfinished]) == {"0": "", "1": ""}
        for draft, loads in (([is_("female")], False), ([is_("female"), spent(5)], True)):
            html = client_of(AN).post("/w/tra-sen/audience/count/", {"tree": json.dumps(draft)}, headers=PART)
            assert ("/row-counts/" in html.content.decode()) is loads

    def test_one_statement_agrees_with_counting_each(self, workspace: Any) -> None:
        make_contacts(60)
        vip = Tag.objects.get(name="VIP").pk
        bought = {"event": "ordered", "op": "at_least", "times": 1}
        tagged = {"field": "tags", "op": "any", "value": [vip]}
        draft = {
            "all": [
                bought,
                {"any": [tagged, bought, spent(100)]},
                {"not": tagged},
                {"not": {"all": [bought, tagged]}},
            ]
        }
        trees = list(narrowing.trees_by_row(draft, registry.condition_catalog()).values())
        at = {"now": NOW, "zone": workspace.zone}
        assert queries.counts(trees, **at) == [queries.count(tree, **at).value for tree in trees]
        assert ContactTag.objects.filter(tag_id=vip).exists()

    def test_another_shop_sees_nothing(self, shop: None, client_of: Clients) -> None:
        assert client_of(CHI).post("/w/tra-sen/audience/row-counts/", {"tree": "[]"}).status_code == 404


class TestTheListBehind:
    """The dialog of the list counts whom the list will show: without archived people, within its search."""

    @pytest.fixture
    def shop(self, workspace: Any) -> None:
        make_contact(full_name="Lan Anh", spent=10)
        make_contact(full_name="Lan Chi", spent=1)
        make_contact(full_name="Minh", spent=10, incomplete=True)
        make_contact(full_name="Lan Cất", spent=10, status=Status.SAVED)

    @pytest.mark.parametrize(
        ("draft", "query", "number"),
        [
            ([], "", "3 khách hàng"),
            ([spent(10)], "", "2 khách hàng"),
            ([spent(10)], "?q=lan", "1 khách hàng"),
            ([], "?q=lan", "2 khách hàng"),
            ([], "?q=%3F", "0 khách hàng"),
            ([], "?incomplete=1", "1 khách hàng"),
            ([spent(10)], "?saved=1", "1 khách hàng"),
            ([{"field": "status", "op": "is", "value": ["saved"]}], "", "1 khách hàng"),
            ([{"field": "status", "op": "is_not", "value": ["subscribed"]}], "?q=lan", "3 khách hàng"),
        ],
    )
    def test_counts_as_the_list_does(
        self, shop: None, client_of: Clients, draft: Any, query: str, number: str
    ) -> None:
        client = client_of(AN)
        place = {"list": "contacts", "to": f"/w/tra-sen/contacts/{query}"}
        assert counted(client, draft, **place) == number
        tree = queries.tree_to_query(queries.parse(draft))
        listed = client.get(f"/w/tra-sen/contacts/{query}{'&' if query else '?'}rules={tree}")
        assert f"{len(listed.context['table'].rows)} khách hàng" == number
        sampled = client.post(
            "/w/tra-sen/audience/sample/", {"tree": json.dumps(draft), **place}, headers=PART
        ).content.decode()
        assert sampled.count("<li>") == len(listed.context["table"].rows)

    def test_rows_count_within_it_and_the_list_names_itself(self, shop: None, client_of: Clients) -> None:
        client = client_of(AN)
        place = {"list": "contacts", "to": "/w/tra-sen/contacts/?q=lan"}
        assert numbers(client, [spent(1), spent(10)], **place) == {"0": "2", "1": "1"}
        assert numbers(client, [spent(1), spent(10)]) == {"0": "4", "1": "3"}
        assert "list=contacts" in client.get("/w/tra-sen/contacts/").context["editor_url"]

    def test_elsewhere_all_customers_include_archived_ones(self, shop: None, client_of: Clients) -> None:
        assert counted(client_of(AN), []) == "Tất cả 4 khách hàng, kể cả lưu trữ"


class TestOrder:
    """Conditions are shown in the order in which they were added; what they mean and their fingerprint stay."""

    def test_a_tree_keeps_it(self, workspace: Any) -> None:
        added, other = [spent(5), is_("female")], [is_("female"), spent(5)]
        trees = [queries.parse(each) for each in (added, other)]
        assert [tree.as_json() for tree in trees] == [{"all": added}, {"all": other}]
        assert len({queries.fingerprint(tree) for tree in trees}) == 1
        for tree in trees:
            assert queries.tree_from_query(queries.tree_to_query(tree)) == tree
        at = {"now": NOW, "zone": workspace.zone}
        first, second = (str(queries.describe(tree, **at)) for tree in trees)
        assert first != second
        assert first.index("nữ") > second.index("nữ")
        assert len({queries.relation(tree, **at).text for tree in trees}) == 1

    def test_twice_the_same_is_once_at_its_first_place(self, workspace: Any) -> None:
        both = {"any": [spent(5), is_("female")]}
        turned = {"any": [is_("female"), spent(5)]}
        assert queries.parse([both, spent(9), turned]).as_json() == {"all": [both, spent(9)]}
