"""Trees from JSON: what is valid, and the code and path of what is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import NOW

from quen.apps.audience import queries
from quen.apps.audience.rules.normalise import normalise
from quen.apps.audience.types import ALL_CONTACTS, Condition, Group, InvalidTree, Join
from quen.apps.contacts.models import Field, Tag

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda n: (
        st.lists(n) | st.dictionaries(st.sampled_from(["all", "any", "not", "field", "op", "value"]), n)
    ),
)
SPENT = {"field": "spent", "op": "at_least", "value": 100}
FEMALE = {"field": "gender", "op": "is", "value": ["female"]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "code", "path"),
        [
            ("{nothing", "not_json", ""),
            ('{"field": "spent", "op": "at_least", "value": NaN}', "not_json", ""),
            ("7", "bad_node", "/"),
            ({"all": [SPENT, 5]}, "bad_node", "/all/1"),
            ({"all": SPENT}, "bad_node", "/all"),
            ({"all": [], "any": []}, "bad_node", "/"),
            ({"field": "spent", "event": "ordered", "op": "is"}, "bad_node", "/"),
            ({"field": ["spent"], "op": "is"}, "bad_node", "/field"),
            ({"not": {"any": [{"field": "shoe", "op": "is"}]}}, "unknown_condition_type", "/not/any/0/field"),
            ({"field": "custom.gone", "op": "is", "value": "x"}, "unknown_condition_type", "/field"),
            ({"event": "flew", "op": "never"}, "unknown_condition_type", "/event"),
            ({"field": "spent", "op": "contains", "value": 1}, "unknown_operator", "/op"),
            ({"field": "spent", "op": {"$gt": 1}, "value": 1}, "unknown_operator", "/op"),
            ({**SPENT, "extra": 1}, "unknown_argument", "/extra"),
            ({"field": "spent", "op": "at_least"}, "argument_missing", "/value"),
            ({"field": "spent", "op": "between"}, "argument_missing", "/from"),
            ({"field": "spent", "op": "at_least", "value": "nhiều"}, "bad_argument", "/value"),
            ({"field": "spent", "op": "at_least", "value": True}, "bad_argument", "/value"),
            ({"field": "spent", "op": "at_least", "value": 10**400}, "bad_argument", "/value"),
            ({"field": "orders_count", "op": "is", "value": 1.5}, "bad_argument", "/value"),
            ({"field": "age", "op": "at_least", "value": 200}, "bad_argument", "/value"),
            ({"field": "spent", "op": "between", "from": 9, "to": 1}, "range_reversed", "/from"),
            ({"field": "gender", "op": "is", "value": ["female", "elf"]}, "unknown_choice", "/value/1"),
            ({"field": "gender", "op": "is", "value": [{"a": 1}]}, "bad_argument", "/value/0"),
            ({"field": "gender", "op": "is", "value": []}, "argument_missing", "/value"),
            ({"field": "member_since", "op": "last_days", "days": 731}, "bad_argument", "/days"),
            ({"field": "member_since", "op": "last_days", "days": 0}, "bad_argument", "/days"),
            ({"field": "member_since", "op": "on", "value": "31/02/2026"}, "bad_argument", "/value"),
            ({"field": "member_since", "op": "on", "value": "0001-01-01"}, "bad_argument", "/value"),
            ({"field": "birthday", "op": "between", "from": "13-01", "to": "01-01"}, "bad_argument", "/from"),
            ({"event": "ordered", "op": "at_least", "times": 0}, "bad_argument", "/times"),
            (
                {"event": "reviewed", "op": "never", "value_at_least": 5},
                "unknown_argument",
                "/value_at_least",
            ),
            ({"field": "full_name", "op": "is", "value": "a" * 201}, "bad_argument", "/value"),
        ],
    )
    def test_names_the_code_and_the_wrong_node(self, workspace: Any, raw: Any, code: str, path: str) -> None:
        with pytest.raises(InvalidTree) as refusal:
            queries.parse(raw)
        assert (refusal.value.code, refusal.value.path) == (code, path)

    def test_refuses_an_archived_field(self, workspace: Any) -> None:
        Field.objects.create(key="size", name="Cỡ giày", format="number", archived_at=NOW)
        with pytest.raises(InvalidTree) as refusal:
            queries.parse({"all": [{"field": "custom.size", "op": "is", "value": 41}]})
        assert refusal.value.code == "field_archived"
        assert refusal.value.path == "/all/0/field"
        assert "Cỡ giày" in str(refusal.value)

    def test_refuses_deep_and_large_trees(self, workspace: Any) -> None:
        deep: Any = SPENT
        for _level in range(12):
            deep = {"not": {"all": [deep]}}
        for raw, code in ((deep, "too_deep"), ([SPENT] * 201, "too_large")):
            with pytest.raises(InvalidTree) as refusal:
                queries.parse(raw)
            assert refusal.value.code == code
        with pytest.raises(InvalidTree):
            queries.parse("[" * 100_000)

    @given(raw=JSON)
    def test_raises_nothing_but_invalid_tree(self, raw: Any) -> None:
        from quen.apps.audience import registry
        from quen.apps.audience.rules.parse import parse

        class Catalog:
            def find(self, family: str, key: str) -> Any:
                return registry.condition_catalog().find(family, key) if key in ("spent", "gender") else None

            def families(self) -> frozenset[str]:
                return frozenset({"field", "event"})

        try:
            parse(raw, Catalog())
        except InvalidTree as refusal:
            assert refusal.code


class TestReading:
    def test_reads_names_of_tags_and_places(self, workspace: Any) -> None:
        vip = Tag.objects.create(name="VIP")
        assert queries.parse({"field": "tags", "op": "any", "value": "vip"}) == Condition.of(
            "field", "tags", "any", {"value": [vip.pk]}
        )
        tree = queries.parse(
            {"field": "province", "op": "is", "value": ["Đà Nẵng", "quảng nam", "before:48"]}
        )
        assert tree.as_json()["value"] == ["48", "before:48", "before:49"]

    def test_reads_money_as_people_write_it(self, workspace: Any) -> None:
        for written in ("2tr", "2.000.000 ₫", 2_000_000):
            assert queries.parse({**SPENT, "value": written}).as_json()["value"] == 2_000_000

    def test_nothing_means_all_contacts(self, workspace: Any) -> None:
        nothing: list[Any] = [None, {}, [], {"any": [{"all": []}, {"not": {"any": []}}]}]
        assert [queries.parse(raw) for raw in nothing] == [ALL_CONTACTS] * 4
        assert queries.tree_from_query("") == ALL_CONTACTS

    def test_round_trips_through_a_url(self, workspace: Any) -> None:
        tree = queries.parse([SPENT, {"field": "full_name", "op": "contains", "value": "Đặng & Lê?"}])
        param = queries.tree_to_query(tree)
        assert set(param) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert queries.tree_from_query(param) == tree
        assert queries.tree_to_query(ALL_CONTACTS) == ""
        for broken in ("%%%", base64.urlsafe_b64encode(b"\xff\xfe").decode(), "x" * 30_000):
            with pytest.raises(InvalidTree):
                queries.tree_from_query(broken)

    def test_reads_what_it_wrote(self, workspace: Any) -> None:
        tree = queries.parse({"any": [FEMALE, {"not": SPENT}, {"all": [SPENT, FEMALE]}]})
        assert queries.parse(queries.as_json(tree)) == tree

    def test_returns_what_a_tree_depends_on(self, workspace: Any) -> None:
        dependencies = queries.dependencies(
            queries.parse([SPENT, {"not": {"event": "ordered", "op": "never", "last_days": 9}}])
        )
        assert dependencies.fields == {"contact.spent"}
        assert dependencies.events == {"ordered"}
        assert dependencies.time_based
        assert not queries.dependencies(queries.parse(SPENT)).time_based


def leaf(key: str) -> Condition:
    return Condition("field", key, "filled")


LEAVES = st.sampled_from([leaf("a"), leaf("b"), leaf("c")])
TREES = st.recursive(
    LEAVES,
    lambda n: st.one_of(
        st.builds(Group, st.sampled_from([Join.ALL, Join.ANY]), st.lists(n, max_size=3).map(tuple)),
        n.map(lambda child: Group(Join.NOT, (child,))),
    ),
    max_leaves=8,
)


class TestNormalise:
    def test_flattens_sorts_and_drops(self) -> None:
        a, b = leaf("a"), leaf("b")
        messy = Group(Join.ALL, (b, Group(Join.ALL, (a, b)), Group(Join.ANY, ())))
        assert normalise(messy) == Group(Join.ALL, (a, b))
        assert normalise(Group(Join.NOT, (Group(Join.NOT, (Group(Join.ANY, (a,)),)),))) == a
        assert normalise(Group(Join.NOT, (Group(Join.ALL, ()),))) == ALL_CONTACTS

    @given(tree=TREES)
    def test_twice_is_once(self, tree: Any) -> None:
        assert normalise(normalise(tree)) == normalise(tree)

    @given(tree=TREES, data=st.data())
    def test_order_does_not_matter(self, tree: Any, data: st.DataObject) -> None:
        def shuffled(node: Any) -> Any:
            if isinstance(node, Condition):
                return node
            children = tuple(shuffled(child) for child in node.children)
            return Group(node.join, tuple(data.draw(st.permutations(children))))

        assert queries.fingerprint(shuffled(tree)) == queries.fingerprint(tree)

    @given(tree=TREES, truths=st.fixed_dictionaries({key: st.booleans() for key in "abc"}))
    def test_means_the_same(self, tree: Any, truths: dict[str, bool]) -> None:
        def holds(node: Any) -> bool | None:
            if isinstance(node, Condition):
                return truths[node.key]
            answers = [truth for child in node.children if (truth := holds(child)) is not None]
            if not answers:
                return None
            if node.join is Join.NOT:
                return not answers[0]
            return all(answers) if node.join is Join.ALL else any(answers)

        before, after = holds(tree), holds(normalise(tree))
        assert (before is None or before) == (after is None or after)
