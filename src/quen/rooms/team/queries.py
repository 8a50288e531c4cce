"""Reads of the team room."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import QuerySet

from quen.rooms.team.models import Action, File, FileChunk, Member, Notice, Progress
from quen.rooms.team.types import ProgressState


def members() -> QuerySet[Member]:
    """Give the active team by name."""
    return Member.objects.filter(deactivated_at=None).order_by("name", "id")


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
