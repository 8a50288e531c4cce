"""Reads of the team room."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q, QuerySet

from quen.apps.team import registry
from quen.apps.team.models import Action, File, FileChunk, Member, Notice, Progress
from quen.apps.team.types import ProgressState
from quen.core import schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def members() -> QuerySet[Member]:
    """Give the active team by name."""
    return Member.objects.filter(deactivated_at=None).order_by("name", "id")


def all_members() -> QuerySet[Member]:
    """Give everybody who ever sat in the team, by name."""
    return Member.objects.order_by("name", "id")


def find_member(user_id: int) -> Member | None:
    """Give a user's seat, also a deactivated one."""
    return Member.objects.filter(user_id=user_id).first()


def members_by_id(ids: Collection[int]) -> dict[int, Member]:
    """Give members by their ids."""
    return Member.objects.in_bulk(list(ids))


def actions(*, target_kind: str | None = None, target_id: int | None = None) -> QuerySet[Action]:
    """Give the action log, newest first, of everything or of one target."""
    log = Action.objects.all()
    if target_kind is not None:
        log = log.filter(target_kind=target_kind, target_id=target_id)
    return log


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the action log, and from where the pages beside it start."""

    lines: list[Action]
    newer: str
    older: str


def log_page(
    *, kind: str = "", member_id: int | None = None, after: str = "", before: str = "", size: int = 50
) -> LogPage:
    """Give a page of the log, newest first, after or before a line's place (``place_of``)."""
    log = Action.objects.all()
    if kind:
        log = log.filter(kind=kind)
    if member_id is not None:
        log = log.filter(member_id=member_id)
    place = _place(after or before)
    if place and after:
        log = log.filter(Q(at__lt=place[0]) | Q(at=place[0], pk__lt=place[1]))
    elif place:
        log = log.filter(Q(at__gt=place[0]) | Q(at=place[0], pk__gt=place[1]))
    backwards = bool(place and not after)
    found = list(
        log.order_by("at", "id")[: size + 1] if backwards else log.order_by("-at", "-id")[: size + 1]
    )
    more, lines = len(found) > size, found[:size]
    if backwards:
        lines.reverse()
    newer = (backwards and more) or (bool(place) and not backwards)
    older = (not backwards and more) or backwards
    return LogPage(
        lines=lines,
        newer=place_of(lines[0]) if lines and newer else "",
        older=place_of(lines[-1]) if lines and older else "",
    )


def place_of(line: Action) -> str:
    """Give a line's place in the log as a word for an address."""
    return f"{line.at.isoformat()}_{line.pk}"


def _place(word: str) -> tuple[datetime, int] | None:
    at, _, key = word.rpartition("_")
    try:
        instant, number = datetime.fromisoformat(at), int(key)
    except ValueError:
        return None
    return (instant, number) if instant.tzinfo else None


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What the list of workspaces tells of one. ``counts`` by key of the registered countings."""

    workspace: Workspace
    role: str
    members: int
    counts: dict[str, int]


def workspace_facts(workspaces: Sequence[Workspace], *, user_id: int) -> list[WorkspaceFacts]:
    """Give the numbers of several workspaces by one statement, in the order given."""
    if not workspaces:
        return []
    counts = registry.workspace_counts()
    one = " ".join(
        [
            "SELECT (SELECT count(*) FROM {schema}.team_member WHERE deactivated_at IS NULL),",
            "(SELECT role FROM {schema}.team_member WHERE user_id = %(user)s AND deactivated_at IS NULL)",
            *(f", ({statement})" for statement in counts.values()),
        ]
    )
    # The names of schemas are ours, ws_<number>, never typed by anybody.
    text = " UNION ALL ".join(
        f"SELECT {n}, one.* FROM ({one.replace('{schema}', space.schema_name)}) AS one"
        for n, space in enumerate(workspaces)
    )
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(text, {"user": user_id})
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [
        WorkspaceFacts(
            workspace=space,
            members=found[n][0],
            role=found[n][1] or "",
            counts=dict(zip(counts, found[n][2:], strict=True)),
        )
        for n, space in enumerate(workspaces)
    ]


def notices(member: Member) -> QuerySet[Notice]:
    """Give a member's notices, newest first."""
    return Notice.objects.filter(member=member)


def unread_count(member: Member) -> int:
    """Count unread notices, up to 100."""
    return len(Notice.objects.filter(member=member, read_at=None).values_list("pk")[:100])


def get_progress(progress_id: int) -> Progress:
    """Give the progress of a piece of long work."""
    return Progress.objects.get(pk=progress_id)


def running_progress() -> QuerySet[Progress]:
    """Give what is waiting or running now."""
    return Progress.objects.filter(state__in=[ProgressState.WAITING, ProgressState.RUNNING])


def get_file(file_id: int) -> File:
    """Give a kept file."""
    return File.objects.get(pk=file_id)


def file_chunks(file: File) -> Iterator[bytes]:
    """Give a file's content a megabyte at a time."""
    for (data,) in (
        FileChunk.objects.filter(file=file).order_by("position").values_list("data").iterator(chunk_size=1)
    ):
        yield bytes(data)
