"""What was kept is understood in order, once; what cannot be understood blocks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from tests.cast import GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.ingest import registry, services
from quen.apps.ingest.models import RawHit
from quen.apps.ingest.services import keeping
from quen.apps.ingest.types import Kept, NewHit, Understood
from quen.apps.team.models import Notice
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.usefixtures("workspace")
Seen = list[tuple[str, list[Any]]]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """An endpoint "probe" that notes what it is given: (schema, what each says). "poison" and "away" raise."""
    calls: Seen = []

    def understand(hits: Sequence[Kept], *, now: datetime) -> None:
        said = [hit.body["says"] for hit in hits]
        calls.append((schemas.current(), said))
        if "poison" in said:
            raise KeyError("nobody understands this")
        if "away" in said:
            raise OperationalError("the database is away")

    monkeypatch.setattr(registry, "_endpoints", {})
    registry.endpoint("probe", understand)
    return calls


def hit(says: Any, *, workspace: str = TRA_SEN, external_id: str | None = None, at: datetime = NOW) -> NewHit:
    """Something told to a workspace."""
    return NewHit(accounts.get_workspace(workspace).pk, "probe", at, {"says": says}, external_id)


def understand(slug: str = TRA_SEN, **changes: Any) -> Understood:
    """Let a workspace's hits be understood."""
    return services.understand(workspace_id=accounts.get_workspace(slug).pk, now=NOW, **changes)


def left() -> list[Any]:
    """What still waits or is set aside."""
    with schemas.use(PUBLIC):
        return [body["says"] for body in RawHit.objects.order_by("id").values_list("body", flat=True)]


class TestKeep:
    def test_the_same_call_of_a_provider_is_kept_once(self) -> None:
        assert services.keep([hit("a", external_id="evt_1"), hit("b")]) == 2
        assert services.keep([hit("a", external_id="evt_1")]) == 0
        assert left() == ["a", "b"]

    @pytest.mark.parametrize("odd", ["NUL \x00 inside", "\\u0000", "\ud800 half", "trà 🍵"])
    def test_odd_text_does_not_keep_the_rest_out(self, odd: str) -> None:
        services.keep([hit("before"), hit(odd), hit("after")])
        assert len(left()) == 3

    def test_hints_once_however_many_come(
        self, seen: Seen, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        before = jobs.waiting()
        with django_capture_on_commit_callbacks(execute=True):
            services.keep([hit("a"), hit("b")])
        with django_capture_on_commit_callbacks(execute=True):
            services.keep([hit("c")])
        assert jobs.waiting() == before + 1


class TestUnderstand:
    def test_in_order_in_batches_inside_the_workspace(self, workspace: Any, seen: Seen) -> None:
        services.keep([hit(number) for number in range(7)])
        outcome = understand(batch_size=3)
        assert outcome == Understood(understood=7)
        schema = workspace.schema_name
        assert seen == [(schema, [0, 1, 2]), (schema, [3, 4, 5]), (schema, [6])]
        assert left() == []

    def test_another_workspace_has_its_own(self, seen: Seen) -> None:
        services.keep([hit("ours"), hit("theirs", workspace=GOM_VIET)])
        understand()
        assert left() == ["theirs"]

    def test_a_hit_nobody_understands_is_set_aside_and_blocks_nothing(self, seen: Seen) -> None:
        services.keep([hit(word) for word in ("a", "b", "poison", "c", "poison", "d")])
        assert understand() == Understood(understood=4, set_aside=2)
        assert left() == ["poison", "poison"]
        calls = len(seen)
        assert understand() == Understood()
        assert len(seen) == calls

    def test_what_a_failing_batch_wrote_is_undone(self, an: Any, seen: Seen) -> None:
        def write_and_fail(hits: Sequence[Kept], *, now: datetime) -> None:
            for each in hits:
                Notice.objects.create(member_id=an.pk, kind=each.body["says"], at=now)
            if any(each.body["says"] == "poison" for each in hits):
                raise ValueError

        registry.endpoint("probe", write_and_fail)
        services.keep([hit("a"), hit("poison"), hit("b")])
        understand()
        assert list(Notice.objects.order_by("id").values_list("kind", flat=True)) == ["a", "b"]

    def test_trouble_of_the_database_sets_nothing_aside(self, seen: Seen) -> None:
        services.keep([hit("a"), hit("away")])
        with pytest.raises(OperationalError):
            understand()
        assert left() == ["a", "away"]

    def test_hits_of_a_workspace_that_is_gone_are_dropped(self, workspace: Any, seen: Seen) -> None:
        services.keep([hit("a"), NewHit(987_654, "probe", NOW, {"says": "b"})])
        assert services.understand(workspace_id=987_654, now=NOW) == Understood(dropped=1)
        workspace.archived_at = NOW
        with schemas.use(PUBLIC):
            workspace.save()
        assert understand() == Understood(dropped=1)
        assert (seen, left()) == ([], [])

    def test_a_paused_workspace_keeps_its_hits(self, workspace: Any, seen: Seen) -> None:
        services.keep([hit("a")])
        with schemas.use(PUBLIC):
            workspace.paused_at = NOW
            workspace.save()
            assert understand() == Understood()
            workspace.paused_at = None
            workspace.save()
        assert understand() == Understood(understood=1)


class TestSweep:
    def test_finds_what_lost_its_hint(self, seen: Seen) -> None:
        services.keep([hit("a"), hit("b", workspace=GOM_VIET)])
        before = jobs.waiting()
        services.hint_what_waits()
        services.hint_what_waits()
        assert jobs.waiting() == before + 2

    def test_forgets_after_thirty_days(self) -> None:
        services.keep(
            [hit("old", at=NOW - timedelta(days=30, seconds=1)), hit("young", at=NOW - timedelta(days=29))]
        )
        assert services.forget_old_hits(now=NOW) == 1
        assert left() == ["young"]


class TestSpill:
    def test_comes_back_without_the_line_a_crash_cut(self, seen: Seen) -> None:
        services.spill([hit("a", external_id="x"), hit("trà \x00 sen")])
        with keeping.spill_file().open("ab") as file:
            file.write(b'[1, "probe", "2026-')
        assert services.take_back_spilled() == 2
        assert left() == ["a", "trà  sen"]
        assert services.take_back_spilled() == 0
        assert understand().understood == 2
