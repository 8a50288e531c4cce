"""Segments are created, changed, duplicated, archived and restored; members are computed once and kept current."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.audience.types import InvalidTree
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.events import registry as event_kinds
from quen.apps.events.models import Event, Subscription
from quen.apps.groups import queries as group_queries
from quen.apps.groups import services as groups
from quen.apps.groups.tests.factories import make_group
from quen.apps.segments import queries, services
from quen.apps.segments.models import Segment
from quen.apps.segments.tests.factories import DA_NANG, ENTERED, LEFT, make_segment, member_ids
from quen.apps.segments.types import (
    MembershipChange,
    SegmentArchived,
    SegmentInUse,
    SegmentLoop,
    SegmentNameTaken,
)
from quen.apps.team import services as team
from quen.core import schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")
LATER = NOW + timedelta(minutes=5)
WOMEN = {"field": "gender", "op": "is", "value": ["female"]}


def named(*segments: Segment, op: str = "in") -> dict[str, Any]:
    return {"field": "segment", "op": op, "value": [segment.pk for segment in segments]}


class TestCreate:
    def test_has_its_members_after_the_first_computation(self) -> None:
        here, _elsewhere = make_contact(province="48"), make_contact(province="01")
        segment = services.create_segment(name=" Đà  Nẵng ", tree=DA_NANG, actor=SYSTEM, now=NOW)
        assert (segment.name, segment.computing, segment.size) == ("Đà Nẵng", True, 0)
        services.compute_segment(segment.pk, now=LATER)
        segment.refresh_from_db()
        assert (segment.computing, segment.size, segment.computed_at) == (False, 1, LATER)
        assert member_ids(segment) == {here.pk}
        entered = Event.objects.get(contact_id=here.pk)
        assert (entered.kind, entered.ref, entered.data) == (ENTERED, segment.pk, {"segment": "Đà Nẵng"})

    def test_computing_twice_changes_nothing(self) -> None:
        make_contact(province="48")
        segment = make_segment()
        services.compute_segment(segment.pk, now=LATER)
        assert Event.objects.count() == 1

    def test_names_are_unique_regardless_of_case(self) -> None:
        make_segment("Khách quen")
        with pytest.raises(SegmentNameTaken):
            services.create_segment(name="KHÁCH QUEN", tree={}, actor=SYSTEM, now=NOW)

    def test_conditions_that_cannot_be_read_are_refused(self) -> None:
        with pytest.raises(InvalidTree):
            services.create_segment(name="x", tree={"field": "nothing", "op": "is"}, actor=SYSTEM, now=NOW)
        assert queries.find_segment("x") is None

    def test_other_workspaces_see_none_of_it(self) -> None:
        make_segment()
        with schemas.use(accounts.get_workspace("gom-viet").schema_name):
            assert queries.find_segment("Đà Nẵng") is None


class TestUpdate:
    def test_new_conditions_write_only_the_difference(self) -> None:
        stays = make_contact(province="48", gender="female")
        goes, comes = make_contact(province="48"), make_contact(gender="female")
        segment = make_segment()
        services.update_segment(segment=segment, name="Phụ nữ", tree=WOMEN, actor=SYSTEM, now=LATER)
        services.flush(now=LATER)
        segment.refresh_from_db()
        assert (segment.version, segment.size, member_ids(segment)) == (2, 2, {stays.pk, comes.pk})
        news = Event.objects.filter(at=LATER).values_list("contact_id", "kind")
        assert set(news) == {(goes.pk, LEFT), (comes.pk, ENTERED)}

    def test_a_new_name_alone_recomputes_nothing(self) -> None:
        segment = make_segment()
        after = services.update_segment(
            segment=segment, name="Miền Trung", tree=DA_NANG, actor=SYSTEM, now=LATER
        )
        assert (after.name, after.version, after.computing) == ("Miền Trung", 1, False)

    def test_a_result_for_older_conditions_is_discarded(self) -> None:
        make_contact(province="48")
        segment = make_segment()
        old = queries.get_segment(segment.pk)
        services.update_segment(segment=segment, name="Phụ nữ", tree=WOMEN, actor=SYSTEM, now=LATER)
        from quen.apps.segments.services import membership_diff

        with pytest.raises(membership_diff.StaleVersion):
            membership_diff.recompute_contacts(old, [], now=LATER).apply(old, day=LATER.date(), now=LATER)

    def test_subscribes_to_what_the_new_conditions_depend_on(self) -> None:
        segment = make_segment()
        favourited = event_kinds.get("product_favourited").code
        tree = {"event": "product_favourited", "op": "at_least", "times": 1}
        assert not Subscription.objects.filter(consumer="segments", kind=favourited).exists()
        services.update_segment(segment=segment, name="Thích", tree=tree, actor=SYSTEM, now=LATER)
        services.flush(now=LATER)
        assert Subscription.objects.filter(consumer="segments", kind=favourited).exists()


class TestLoops:
    def test_a_cycle_is_refused_with_its_path(self) -> None:
        first = make_segment("A")
        second = make_segment("B", named(first))
        third = make_segment("C", [WOMEN, named(second)])
        with pytest.raises(SegmentLoop) as refusal:
            services.update_segment(
                segment=first, name="A", tree=[DA_NANG, {"not": named(third)}], actor=SYSTEM, now=LATER
            )
        assert refusal.value.params["via"] == ["C", "B"]
        assert refusal.value.params["path"] == "/all/1/not"

    def test_a_segment_cannot_refer_to_itself(self) -> None:
        segment = make_segment("A")
        with pytest.raises(SegmentLoop):
            services.update_segment(segment=segment, name="A", tree=named(segment), actor=SYSTEM, now=LATER)


class TestCopy:
    def test_has_the_same_conditions_and_a_free_name(self) -> None:
        segment = make_segment("Đà Nẵng")
        first = services.duplicate_segment(segment=segment, actor=SYSTEM, now=LATER)
        second = services.duplicate_segment(segment=segment, actor=SYSTEM, now=LATER)
        assert first.tree == segment.tree
        assert first.name.startswith("Đà Nẵng (")
        assert len({segment.name, first.name, second.name}) == 3


class TestArchive:
    def test_a_used_segment_is_not_archived(self) -> None:
        used = make_segment("A")
        make_segment("B", named(used))
        with pytest.raises(SegmentInUse) as refusal:
            services.archive_segment(segment=used, actor=SYSTEM, now=LATER)
        assert "B" in refusal.value.params["uses"]
        assert [use.name for use in queries.uses(used)] == ["B"]

    def test_is_not_refreshed_but_deleted_contacts_leave(self, an: Any) -> None:
        from quen.apps.contacts import services as contacts

        stays, goes = make_contact(province="48"), make_contact(province="48")
        segment = services.archive_segment(segment=make_segment(), actor=SYSTEM, now=LATER)
        newcomer = make_contact(province="48")
        contacts.update_contact(
            contact=stays,
            values={"province": "01"},
            workspace=accounts.current_workspace(),
            actor=an.actor,
            now=LATER,
        )
        contacts.delete_contacts(ids=[goes.pk], actor=an.actor, now=LATER)
        services.flush(now=LATER)
        assert member_ids(segment) == {stays.pk}
        services.restore_segment(segment=segment, actor=SYSTEM, now=LATER)
        services.flush(now=LATER)
        assert member_ids(segment) == {newcomer.pk}

    def test_its_name_becomes_free_and_must_be_free_to_restore_it(self) -> None:
        old = services.archive_segment(segment=make_segment(), actor=SYSTEM, now=LATER)
        make_segment()
        with pytest.raises(SegmentNameTaken):
            services.restore_segment(segment=old, actor=SYSTEM, now=LATER)

    def test_a_condition_on_it_is_refused_and_matches_no_one(self) -> None:
        make_contact(province="48")
        segment = make_segment()
        tree = audience.parse(named(segment))
        services.archive_segment(segment=segment, actor=SYSTEM, now=LATER)
        for asked in (named(segment), {**named(segment), "value": ["đà nẵng"]}):
            with pytest.raises(SegmentArchived) as refusal:
                audience.parse(asked)
            assert refusal.value.path == "/value/0"
        zone = accounts.current_workspace().zone
        assert audience.count(tree, now=LATER, zone=zone).value == 0


class TestQueries:
    def test_growth_has_a_row_for_every_day(self) -> None:
        make_contact(province="48")
        segment = make_segment()
        after = NOW + timedelta(days=3)
        make_contact(province="48")
        services.recompute_segment(segment, now=after)
        days = queries.days(segment, since=NOW.date() - timedelta(days=1), until=after.date())
        assert [(day.day.day, day.size, day.entered, day.left) for day in days] == [
            (14, 1, 1, 0),
            (15, 1, 0, 0),
            (16, 1, 0, 0),
            (17, 2, 1, 0),
        ]

    def test_overlap_and_the_segments_of_a_contact(self) -> None:
        both = make_contact(province="48", gender="female")
        make_contact(province="48")
        first, second = make_segment("A"), make_segment("B", WOMEN)
        assert queries.overlap(first, second) == 1
        assert [segment.name for segment, _since in queries.segments_of(both.pk)] == ["A", "B"]

    def test_an_audit_finds_and_repairs_differences(self) -> None:
        contact = make_contact(province="48")
        segment = make_segment()
        segment.members.all().delete()
        assert services.recompute_segment(segment, now=LATER) == MembershipChange(1, 0)
        assert services.recompute_segment(segment, now=LATER) == MembershipChange(0, 0)
        assert member_ids(segment) == {contact.pk}

    def test_describes_and_explains_the_condition(self) -> None:
        contact = make_contact(province="48")
        make_segment("Đà Nẵng")
        zone = accounts.current_workspace().zone
        tree = audience.parse({"field": "segment", "op": "in", "value": ["đà nẵng"]})
        assert "Đà Nẵng" in str(audience.describe(tree, now=NOW, zone=zone))
        explained = audience.explain(tree, contact.pk, now=NOW, zone=zone)
        assert explained is not None
        assert (explained.holds, explained.actual_value) == (True, "Đà Nẵng")


class TestNewWorkspace:
    def test_has_default_segments(self) -> None:
        segments = {segment.name: segment for segment in queries.segments()}
        assert len(segments) == 4
        assert all(not segment.computing for segment in segments.values())
        assert all(queries.tree_error(segment) == "" for segment in segments.values())
        assert Subscription.objects.filter(consumer="segments").exists()

    def test_copies_the_segments_of_another_one_by_name(self, workspace: Any) -> None:
        from quen.apps.contacts import services as contacts

        contacts.ensure_tags(["Mới"])  # so that the ids of tags differ
        vip = make_segment("VIP", {"field": "tags", "op": "any", "value": contacts.ensure_tags(["VIP"])})
        make_segment("Nữ VIP", [WOMEN, named(vip)])
        owner = accounts.find_user("an@tra-sen.example")
        assert owner is not None
        other = team.open_workspace(name="Trà Mới", slug="tra-moi", owner=owner, now=NOW, copy_from=workspace)
        with schemas.use(other.schema_name):
            taken = queries.find_segment("Nữ VIP")
            assert taken is not None
            mine = queries.find_segment("VIP")
            assert mine is not None
            assert taken.dependencies["segments"] == [mine.pk]
            assert mine.tree["value"] == contacts.ensure_tags(["VIP"])

    def test_leaves_out_what_asks_for_an_archived_field(self, workspace: Any) -> None:
        from quen.apps.contacts import services as contacts

        size = make_field(name="Cỡ áo", format="single", choices=["M", "L"])
        make_segment("Cỡ lớn", {"field": f"custom.{size.key}", "op": "is", "value": ["L"]})
        make_segment("Nữ", WOMEN)
        contacts.archive_field(field=size, actor=SYSTEM, now=NOW)
        owner = accounts.find_user("an@tra-sen.example")
        assert owner is not None
        other = team.open_workspace(name="Trà Mới", slug="tra-moi", owner=owner, now=NOW, copy_from=workspace)
        with schemas.use(other.schema_name):
            assert queries.find_segment("Cỡ lớn") is None
            assert queries.find_segment("Nữ") is not None

    def test_copies_what_asks_for_a_group_and_never_for_another_one(self, workspace: Any) -> None:
        gone = make_group("Đã bỏ")
        asks = {"field": "group", "op": "in"}
        off = make_group("Ngừng", active=False)
        make_segment("Nhóm ngừng", asks | {"value": [off.pk]})
        make_segment("Nhóm đã bỏ", asks | {"value": [gone.pk]})
        groups.delete_group(group=gone, actor=SYSTEM, now=NOW)
        owner = accounts.find_user("an@tra-sen.example")
        assert owner is not None
        other = team.open_workspace(name="Trà Mới", slug="tra-moi", owner=owner, now=NOW, copy_from=workspace)
        with schemas.use(other.schema_name):
            copied = queries.find_segment("Nhóm ngừng")
            assert copied is not None
            assert group_queries.names_of(copied.tree["value"]) == {copied.tree["value"][0]: "Ngừng"}
            assert queries.find_segment("Nhóm đã bỏ") is None
