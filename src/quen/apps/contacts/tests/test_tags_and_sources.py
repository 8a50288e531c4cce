"""Tags, sources and search."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact, make_tag
from quen.apps.contacts.types import BadTag, SourceNameTaken, TagNameTaken
from quen.apps.events import queries as events
from quen.core.errors import NotFound


class TestTags:
    def test_are_one_whatever_the_case(self, workspace: Any) -> None:
        assert services.ensure_tags(["Thân thiết", "THÂN THIẾT"]) == services.ensure_tags(["thân thiết"])

    def test_refuses_an_empty_or_split_name(self, workspace: Any) -> None:
        for name in (" ", "a,b", "x" * 61):
            with pytest.raises(BadTag):
                services.ensure_tags([name])

    def test_adding_twice_is_recorded_once(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        assert services.add_tags(contact=lan, names=["VIP"], actor=an.actor, now=NOW) == ["VIP"]
        assert services.add_tags(contact=lan, names=["vip"], actor=an.actor, now=NOW) == []
        assert len(events.timeline(lan.pk)) == 1

    @pytest.mark.parametrize("name", ["VIP", " vip "])
    def test_a_name_in_use_is_refused(self, workspace: Any, an: Any, name: str) -> None:
        make_tag("vip")
        with pytest.raises(TagNameTaken):
            services.rename_tag(tag=make_tag("quen"), name=name, actor=an.actor, now=NOW)
        assert len(queries.tags_with_counts()) == 2

    def test_letters_with_marks_apart_are_the_same_name(self, workspace: Any, an: Any) -> None:
        make_tag("Quý")
        with pytest.raises(TagNameTaken):
            services.rename_tag(tag=make_tag("quen"), name="quy\u0301", actor=an.actor, now=NOW)

    def test_merging_makes_one_of_two(self, workspace: Any, an: Any) -> None:
        a, b = make_contact(tags=["vip", "quen"]), make_contact(tags=["quen"])
        services.merge_tags(tag=make_tag("quen"), into=make_tag("vip"), actor=an.actor, now=NOW)
        assert queries.tags_of_many([a.pk, b.pk]) == {a.pk: ["vip"], b.pk: ["vip"]}

    def test_a_merge_the_other_way_that_came_second_takes_no_tag(self, workspace: Any, an: Any) -> None:
        lan, vip, quen = make_contact(tags=["vip", "quen"]), make_tag("vip"), make_tag("quen")
        services.merge_tags(tag=queries.get_tag(quen.pk), into=vip, actor=an.actor, now=NOW)
        with pytest.raises(NotFound):
            services.merge_tags(tag=vip, into=quen, actor=an.actor, now=NOW)
        assert queries.tags_of_many([lan.pk]) == {lan.pk: ["vip"]}

    def test_deleting_returns_how_many_had_it(self, workspace: Any, an: Any) -> None:
        lan = make_contact(tags=["VIP"])
        assert services.delete_tag(tag=make_tag("VIP"), actor=an.actor, now=NOW) == 1
        assert queries.tags_with_counts() == []
        assert kinds_on_timeline(lan)[0] == "tag_removed"

    def test_counts_only_the_living(self, workspace: Any) -> None:
        make_contact(tags=["VIP"])
        make_contact(tags=["VIP"], deleted_at=NOW)
        assert [(row.name, row.contact_count) for row in queries.tags_with_counts()] == [("VIP", 1)]

    def test_setting_makes_them_exact(self, workspace: Any, an: Any) -> None:
        lan = make_contact(tags=["a", "b"])
        services.set_tags(contact=lan, names=["B", "c"], actor=an.actor, now=NOW)
        assert [tag.name for tag in queries.tags_of(lan)] == ["b", "c"]


class TestSources:
    def test_a_new_workspace_has_two(self, workspace: Any) -> None:
        assert {source.code for source, _people in queries.sources_with_counts()} == {"staff", "import"}

    def test_refuses_a_name_in_use(self, workspace: Any, an: Any) -> None:
        services.create_source(name="Hội chợ", kind="staff", actor=an.actor, now=NOW)
        with pytest.raises(SourceNameTaken):
            services.create_source(name="hội chợ", kind="form", actor=an.actor, now=NOW)
