"""The condition on groups: members, days of joining, groups that are out of use or gone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.cast import AN, NOW

from quen.apps.audience import queries as audience
from quen.apps.audience.types import UnknownChoice
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts
from quen.apps.groups import queries, services
from quen.apps.groups.tests.factories import join, make_group
from quen.core import sql
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")

LATER = NOW + timedelta(days=3)


def matching(workspace: Any, tree: Any, *, now: Any = LATER) -> set[int]:
    relation = audience.relation(audience.parse(tree), now=now, zone=workspace.zone)
    return {row[0] for row in sql.rows(relation)}


def condition(op: str, *groups: Any, **window: Any) -> dict[str, Any]:
    return {"field": "group", "op": op, "value": [getattr(group, "pk", group) for group in groups], **window}


def sentence(workspace: Any, tree: Any) -> str:
    return str(audience.describe_people(audience.parse(tree), now=LATER, zone=workspace.zone))


@pytest.fixture
def people() -> list[Contact]:
    return make_contacts(3)


class TestMatching:
    def test_members_of_any_of_the_groups_and_the_others(self, workspace: Any, people: list[Contact]) -> None:
        lan, minh, hoa = people
        vip, fair = make_group("VIP", lan), make_group("Hội chợ", lan, minh)
        assert matching(workspace, condition("in", vip)) == {lan.pk}
        assert matching(workspace, condition("in", vip, fair)) == {lan.pk, minh.pk}
        assert matching(workspace, condition("not_in", vip)) == {minh.pk, hoa.pk}
        assert matching(workspace, condition("in", "hoi cho")) == {lan.pk, minh.pk}

    def test_the_day_of_joining(self, workspace: Any, people: list[Contact]) -> None:
        lan, minh, hoa = people
        vip = make_group("VIP", lan)
        join(vip, minh, now=LATER)
        day = LATER.date().isoformat()
        assert matching(workspace, condition("in", vip, last_days=1)) == {minh.pk}
        assert matching(workspace, condition("in", vip, **{"from": day})) == {minh.pk}
        assert matching(workspace, condition("in", vip, to=NOW.date().isoformat())) == {lan.pk}
        assert matching(workspace, condition("not_in", vip, **{"from": day})) == {lan.pk, hoa.pk}
        assert "vào nhóm từ" in sentence(workspace, condition("in", vip, **{"from": day}))

    def test_a_group_out_of_use_keeps_matching_and_says_so(
        self, workspace: Any, people: list[Contact]
    ) -> None:
        vip = make_group("VIP", people[0])
        services.set_active(group=vip, active=False, actor=SYSTEM, now=NOW)
        assert matching(workspace, condition("in", vip)) == {people[0].pk}
        assert "VIP (ngừng dùng)" in sentence(workspace, condition("in", vip))
        assert queries.group_names() == []


class TestAGroupThatIsGone:
    """Nobody gets in because a group was deleted (trap 5)."""

    @pytest.fixture
    def gone(self, people: list[Contact]) -> Any:
        group = make_group("VIP", people[0])
        services.delete_group(group=group, actor=SYSTEM, now=NOW)
        return group

    def test_it_matches_nobody_whatever_is_around_it(
        self, workspace: Any, people: list[Contact], gone: Any
    ) -> None:
        lan, minh, _hoa = people
        kept = make_group("Còn", minh)
        name = {"field": "full_name", "op": "is", "value": lan.full_name}
        for tree in (
            condition("in", gone),
            condition("not_in", gone),
            {"not": condition("in", gone)},
            {"not": condition("not_in", gone)},
            {"all": [condition("not_in", gone), name]},
            {"not": {"any": [condition("in", gone), name]}},
            {"not": {"not": {"any": [condition("not_in", gone)]}}},
            condition("not_in", gone, kept),
        ):
            assert matching(workspace, tree) == set(), tree
        assert matching(workspace, condition("in", gone, kept)) == {minh.pk}

    def test_inside_an_or_only_the_others_match(
        self, workspace: Any, people: list[Contact], gone: Any
    ) -> None:
        name = {"field": "full_name", "op": "is", "value": people[1].full_name}
        for own in (condition("in", gone), condition("not_in", gone), {"not": condition("in", gone)}):
            assert matching(workspace, {"any": [own, name]}) == {people[1].pk}

    def test_it_stays_visible_by_its_name(self, workspace: Any, gone: Any) -> None:
        assert "VIP (nhóm đã xóa)" in sentence(workspace, condition("not_in", gone))

    def test_the_editor_keeps_it(self, client_of: Any, workspace: Any, gone: Any, an: Any) -> None:
        client = client_of(AN)
        query = audience.tree_to_query(audience.parse(condition("not_in", gone)))
        page = client.get("/w/tra-sen/audience/editor/", {"tree": query, "to": "/w/tra-sen/contacts/"})
        assert "VIP (nhóm đã xóa)" in page.content.decode()

    def test_what_the_editor_posts_keeps_it(self, workspace: Any, gone: Any) -> None:
        stored = json.dumps({"all": [condition("not_in", gone)]})
        posted = {"tree": [stored], "op:0": ["not_in"], "value:0": [f"={gone.pk}"]}
        tree = audience.as_json(audience.tree_from_editor(posted))
        assert tree == condition("not_in", gone)
        assert matching(workspace, tree) == set()

    def test_an_id_that_never_was_is_refused(self, workspace: Any) -> None:
        with pytest.raises(UnknownChoice):
            audience.parse(condition("in", 999_999))


class TestMerging:
    def test_the_earlier_day_of_joining_stays_and_undo_gives_both_back(self, workspace: Any) -> None:
        lan_a, lan_b = make_contact(), make_contact()
        vip = make_group("VIP", now=NOW)
        early, late = NOW - timedelta(days=300), NOW - timedelta(days=10)
        join(vip, lan_a, now=late)
        join(vip, lan_b, now=early)
        spring = make_group("Q1", lan_b, now=early)
        made = contacts.merge_contacts(kept=lan_a, merged=lan_b, actor=SYSTEM, now=NOW)
        assert [(each.group.name, each.joined_at) for each in queries.groups_of(lan_a.pk)] == [
            ("Q1", early),
            ("VIP", early),
        ]
        assert queries.groups_of(lan_b.pk) == []
        contacts.undo_merge(merge=made, actor=SYSTEM, now=LATER)
        assert queries.joined_at(vip.pk, [lan_a.pk, lan_b.pk]) == {lan_a.pk: late, lan_b.pk: early}
        assert queries.joined_at(spring.pk, [lan_a.pk, lan_b.pk]) == {lan_b.pk: early}
