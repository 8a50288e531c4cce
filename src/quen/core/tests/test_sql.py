"""Relations compose into one statement, whatever their SQL contains."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Value
from django.db.models.functions import Concat

from quen.core import sql
from quen.core.sql import Relation

ONE = Relation("SELECT 1 AS contact_id", {}, ("contact_id",))


class TestCompose:
    def test_leaves_braces_that_are_sql_alone(self) -> None:
        composed = sql.compose(
            """SELECT coalesce(NULL::jsonb, '{}') || '{"a": {"b": 1}}', '{1,2}'::int[] FROM {people} p""",
            people=ONE,
        )
        assert composed.text.endswith("FROM (SELECT 1 AS contact_id) p")
        assert """'{}') || '{"a": {"b": 1}}', '{1,2}'""" in composed.text

    def test_braces_inside_a_relation_are_left_alone_too(self) -> None:
        inner = sql.compose("SELECT '{people}'::text AS word FROM {people} p", people=ONE)
        outer = sql.compose("SELECT word FROM {inner} i", inner=inner)
        assert outer.text.count("(SELECT 1 AS contact_id)") == 2

    def test_keeps_parameters_of_the_same_name_apart(self) -> None:
        first, second = (Relation("SELECT %(n)s::int AS n", {"n": number}, ("n",)) for number in (3, 4))
        composed = sql.compose(
            "SELECT a.n, b.n, %(n)s FROM {first} a, {second} b", first=first, second=second, n=5
        )
        assert len(composed.params) == 3
        assert sorted(composed.params.values()) == [3, 4, 5]

    def test_a_gap_without_a_relation_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="others"):
            sql.compose("SELECT 1 FROM {people} p, {others} o", people=ONE)

    @pytest.mark.django_db
    def test_a_per_cent_sign_stays_one(self) -> None:
        inner = Relation(
            "SELECT 'a%%(n)s' AS word WHERE 'sen' LIKE '%%s%%' AND 1 = %(n)s", {"n": 1}, ("word",)
        )
        assert sql.rows(sql.compose("SELECT word FROM {inner} i WHERE word LIKE 'a%%'", inner=inner)) == [
            ("a%(n)s",)
        ]


@pytest.mark.django_db
class TestFromQueryset:
    def people(self, **filters: Any) -> Any:
        return get_user_model()._default_manager.filter(**filters)

    def test_binds_each_parameter_to_its_own_place(self) -> None:
        found = (
            self.people(email__endswith="@tra-sen.example")
            .extra(where=["email LIKE '%%sen%%'"])
            .annotate(mark=Concat(Value("100% "), Value("%s")))
            .order_by("email")
            .values_list("email", "mark")
        )
        relation = Relation.from_queryset(found, ["email", "mark"])
        assert sql.rows(relation) == list(found)
        assert sql.rows(relation)[0] == ("an@tra-sen.example", "100% %s")
        assert sql.rows(sql.compose("SELECT count(*) FROM {found} f", found=relation)) == [(found.count(),)]

    def test_an_empty_one_has_the_columns_and_no_rows(self) -> None:
        relation = Relation.from_queryset(self.people(pk__in=[]).values_list("pk"), ["contact_id"])
        assert sql.rows(sql.compose("SELECT contact_id FROM {found} f", found=relation)) == []
