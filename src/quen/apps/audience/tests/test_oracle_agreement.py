"""The compiler and the oracle match the same contacts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.audience import queries
from quen.apps.audience.tests.factories import FORMATS, KINDS, LIKES, NAMES, SKINS, make_contacts
from quen.apps.audience.tests.oracle import Oracle, OracleContact
from quen.apps.contacts.models import Field, Source, Tag
from quen.core import sql
from quen.core.clock import VIETNAM
from quen.core.sql import Relation

_DAYS = st.sampled_from([1, 7, 30, 90, 400])
_DATES = st.sampled_from(["2026-10-14", "2026-10-13", "2026-10-07", "2026-09-14", "2000-10-14", "2008-02-29"])
_YEAR_DAYS = st.sampled_from(["02-28", "02-29", "10-14", "12-31", "01-01"])
_NUMBERS = st.sampled_from([0, 1, 2, 36, 36.5, 100, 250_000])
_TEXTS = st.sampled_from([*(name for name in NAMES if name), "an", "Đà", "TRA", "%", "_", "\\", "thử"])
_WHOLE_FILLED = st.sampled_from([{"op": "filled"}, {"op": "empty"}])


def _ask(ops: list[str], **arguments: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"op": st.sampled_from(ops), **arguments})


_RANGES = st.one_of(
    st.fixed_dictionaries({"op": st.just("between"), "from": _DATES}),
    st.fixed_dictionaries({"op": st.just("between"), "to": _DATES}),
)
_TEXT = st.one_of(_ask(["is", "is_not", "contains", "contains_not", "begins"], value=_TEXTS), _WHOLE_FILLED)
_NUMBER = st.one_of(
    _ask(["is", "is_not", "less", "at_most", "more", "at_least"], value=_NUMBERS),
    st.tuples(_NUMBERS, _NUMBERS).map(lambda ends: {"op": "between", "from": min(ends), "to": max(ends)}),
)
_INSTANT = st.one_of(
    _ask(["last_days", "older"], days=_DAYS), _ask(["before", "after", "on"], value=_DATES), _RANGES
)
_DAY = st.one_of(_INSTANT, _ask(["next_days"], days=_DAYS), _WHOLE_FILLED)


def _several(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


_ANNUAL_DAY = st.one_of(
    _ask(["next_days"], days=st.sampled_from([0, 1, 6, 100, 137, 364, 365])),
    _ask(["in_days", "days_ago"], days=st.sampled_from([1, 2, 16, 59, 137, 228, 365])),
    _ask(["today"]),
    st.fixed_dictionaries({"op": st.just("between"), "from": _YEAR_DAYS, "to": _YEAR_DAYS}),
    _ask(["month"], value=_several([2, 10, 12])),
    _WHOLE_FILLED,
)


def _conditions(tags: list[int], sources: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    choose = ["is", "is_not"]
    fields: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "full_name": _TEXT,
        "company": _TEXT,
        "gender": st.one_of(_ask(choose, value=_several(["male", "female"])), _WHOLE_FILLED),
        "birth_on": _DAY,
        "age": st.one_of(
            _ask(
                ["is", "is_not", "less", "more", "at_least", "at_most"],
                value=st.sampled_from([18, 25, 26, 35]),
            ),
            _WHOLE_FILLED,
        ),
        "birthday": _ANNUAL_DAY,
        "custom.wedding": _ANNUAL_DAY,
        "province": st.one_of(
            _ask(choose, value=_several(["48", "79", "before:49", "before:74"])), _WHOLE_FILLED
        ),
        "spent": _NUMBER,
        "orders_count": _ask(
            ["is", "is_not", "less", "at_most", "more", "at_least"], value=st.integers(0, 3)
        ),
        "first_order_at": st.one_of(_INSTANT, _WHOLE_FILLED),
        "last_activity_at": _INSTANT,
        "source": st.one_of(_ask(choose, value=_several(sources)), _WHOLE_FILLED),
        "incomplete": _ask(["yes", "no"]),
        "tags": st.one_of(_ask(["any", "all", "none"], value=_several(tags)), _WHOLE_FILLED),
        "custom.size": st.one_of(_NUMBER, _WHOLE_FILLED),
        "custom.visit": _DAY,
        "custom.booked": _DAY,
        "custom.skin": st.one_of(_ask(choose, value=_several(SKINS)), _WHOLE_FILLED),
        "custom.likes": st.one_of(_ask(["any", "all", "none"], value=_several(LIKES)), _WHOLE_FILLED),
        "custom.vip": st.one_of(_ask(["yes", "no"]), _WHOLE_FILLED),
        "custom.motto": _TEXT,
    }
    of_fields = [
        st.tuples(st.just({"field": key}), condition).map(_joined) for key, condition in fields.items()
    ]
    window = st.fixed_dictionaries(
        {"event": st.sampled_from(KINDS)}, optional={"last_days": _DAYS, "from": _DATES}
    )
    times = st.one_of(
        _ask(["at_least"], times=st.integers(1, 3)),
        _ask(["at_most", "exactly"], times=st.integers(0, 2)),
        _ask(["never"]),
    )
    values = st.sampled_from([{}, {"value_at_least": 100}, {"value_at_most": 100}])
    of_events = st.tuples(window, times, values).map(
        lambda parts: parts[0] | parts[1] | (parts[2] if parts[0]["event"] == "ordered" else {})
    )
    return st.one_of(*of_fields, of_events, of_events)


def _joined(parts: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return parts[0] | parts[1]


def _trees(conditions: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        conditions,
        lambda nodes: st.one_of(
            st.lists(nodes, max_size=3).map(lambda children: {"all": children}),
            st.lists(nodes, max_size=3).map(lambda children: {"any": children}),
            nodes.map(lambda child: {"not": child}),
        ),
        max_leaves=5,
    )


TREES, EXPLANATIONS, BRANCHES, GONE = scaled(1_000), scaled(300), scaled(300), scaled(500)


def drawn(examples: int) -> settings:
    """Return hypothesis' settings for a number of examples on the same eighty contacts."""
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def contacts(workspace: Any) -> dict[int, OracleContact]:
    return make_contacts(80)


class TestOracleAgreement:
    @proof("Conditions in SQL match the contacts a plain reading matches", trees=TREES)
    @drawn(TREES)
    @given(data=st.data())
    def test_sql_and_oracle_agree(self, contacts: dict[int, OracleContact], data: st.DataObject) -> None:
        tags = list(Tag.objects.order_by("pk").values_list("pk", flat=True))
        sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))
        raw = data.draw(_trees(_conditions(tags[:3], sources[-2:])))
        tree = queries.parse(raw)
        matched = sorted(row[0] for row in sql.rows(queries.relation(tree, now=NOW, zone=VIETNAM)))
        oracle = Oracle(NOW, VIETNAM, FORMATS)
        assert matched == sorted(
            contact_id for contact_id, contact in contacts.items() if oracle.holds(raw, contact)
        )
        some_ids = sorted(contacts)[::3]
        relation = queries.relation(tree, now=NOW, zone=VIETNAM, contact_ids=some_ids)
        assert sorted(row[0] for row in sql.rows(relation)) == [
            contact_id for contact_id in matched if contact_id in some_ids
        ]
        assert queries.tree_from_stored(queries.as_json(tree)) == tree

    @proof("An explanation of a contact agrees with the query", trees=EXPLANATIONS)
    @drawn(EXPLANATIONS)
    @given(data=st.data())
    def test_explanations_agree_with_the_query(
        self, contacts: dict[int, OracleContact], data: st.DataObject
    ) -> None:
        tags = list(Tag.objects.order_by("pk").values_list("pk", flat=True))
        sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))
        tree = queries.parse(data.draw(_trees(_conditions(tags[:3], sources[-2:]))))
        contact_id = data.draw(st.sampled_from(sorted(contacts)))
        explanation = queries.explain(tree, contact_id, now=NOW, zone=VIETNAM)
        assert explanation is not None
        among = Relation("SELECT %(me)s::bigint AS contact_id", {"me": contact_id}, ("contact_id",))
        matched = sql.rows(queries.relation(tree, now=NOW, zone=VIETNAM, among=among))
        assert matched == ([(contact_id,)] if explanation.holds else [])


class TestGone:
    @proof("Nobody is added because a field, an option or a tag went away", trees=GONE)
    @drawn(GONE)
    @given(data=st.data())
    def test_what_is_gone_adds_nobody(self, contacts: dict[int, OracleContact], data: st.DataObject) -> None:
        tags = list(Tag.objects.order_by("pk").values_list("pk", flat=True))
        Field.objects.filter(key="skin").update(choices=SKINS[:1])
        Field.objects.filter(key="likes").update(choices=LIKES[:2])
        Field.objects.filter(key="size").update(archived_at=NOW)
        Field.objects.filter(key="motto").update(key="slogan")
        gone_tag = tags[-1] + 1_000
        gone = frozenset({"custom.size", "custom.motto", SKINS[1], LIKES[2], gone_tag})
        choose, filled = ["is", "is_not"], _WHOLE_FILLED
        fields = {
            "custom.size": _NUMBER,
            "custom.motto": _TEXT,
            "custom.skin": st.one_of(_ask(choose, value=_several(SKINS)), filled),
            "custom.likes": st.one_of(_ask(["any", "all", "none"], value=_several(LIKES)), filled),
            "tags": st.one_of(_ask(["any", "all", "none"], value=_several([*tags[:2], gone_tag])), filled),
            "gender": _ask(choose, value=_several(["male", "female"])),
        }
        conditions = [
            st.tuples(st.just({"field": key}), condition).map(_joined) for key, condition in fields.items()
        ]
        raw = data.draw(_trees(st.one_of(conditions)))
        tree = queries.tree_from_stored(raw)
        oracle = Oracle(NOW, VIETNAM, FORMATS, gone)
        expected = sorted(pk for pk, contact in contacts.items() if oracle.holds(raw, contact))
        assert sorted(pk for (pk,) in sql.rows(queries.relation(tree, now=NOW, zone=VIETNAM))) == expected
        some = data.draw(st.sampled_from(sorted(contacts)))
        assert queries.matches(tree, some, now=NOW, zone=VIETNAM) is (some in expected)
        assert str(queries.describe_people(tree, now=NOW, zone=VIETNAM))

    def test_an_option_that_people_still_have_adds_nobody_once_it_is_gone(
        self, contacts: dict[int, OracleContact]
    ) -> None:
        Field.objects.filter(key="skin").update(choices=SKINS[:1])
        both = queries.tree_from_stored({"field": "custom.skin", "op": "is", "value": SKINS[:2]})
        left = queries.tree_from_stored({"field": "custom.skin", "op": "is", "value": SKINS[:1]})
        found = [sorted(sql.rows(queries.relation(tree, now=NOW, zone=VIETNAM))) for tree in (both, left)]
        assert found[0] == found[1] != []


class TestBranches:
    @proof("Of several trees each contact gets the first that matches", lists_of_trees=BRANCHES)
    @drawn(BRANCHES)
    @given(data=st.data())
    def test_each_contact_gets_the_first_tree_that_matches(
        self, contacts: dict[int, OracleContact], data: st.DataObject
    ) -> None:
        tags = list(Tag.objects.order_by("pk").values_list("pk", flat=True))
        sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))
        raws = data.draw(st.lists(_trees(_conditions(tags[:3], sources[-2:])), max_size=3))
        trees = [queries.parse(raw) for raw in raws]
        oracle = Oracle(NOW, VIETNAM, FORMATS)
        expected = {
            contact_id: next((index for index, raw in enumerate(raws) if oracle.holds(raw, contact)), None)
            for contact_id, contact in contacts.items()
        }
        assert dict(sql.rows(queries.branches(trees, now=NOW, zone=VIETNAM))) == expected
        some_ids = sorted(contacts)[::3]
        narrowed = queries.branches(trees, now=NOW, zone=VIETNAM, contact_ids=some_ids)
        assert dict(sql.rows(narrowed)) == {contact_id: expected[contact_id] for contact_id in some_ids}

    def test_among_limits_the_contacts(self, contacts: dict[int, OracleContact]) -> None:
        first = min(contacts)
        among = Relation("SELECT %(id)s::bigint AS contact_id", {"id": first}, ("contact_id",))
        everyone = queries.branches([queries.all_contacts()], now=NOW, zone=VIETNAM, among=among)
        assert sql.rows(everyone) == [(first, 0)]
