"""Reads of the team app."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import registry
from quen.apps.team.models import AuditEntry, File, FileChunk, Member, Notification, Progress
from quen.apps.team.types import ProgressState, Role
from quen.core import paging, schemas
from quen.core.actors import SYSTEM, Actor, ActorKind
from quen.core.database import outage
from quen.core.database.base import PUBLIC
from quen.core.paging import Page, Sort, SortColumn, paginate

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

_OFFER_RETRY_DAYS = 7


def members() -> QuerySet[Member]:
    """Return the active members by name."""
    return Member.objects.filter(deactivated_at=None).order_by("name", "id")


def all_members() -> QuerySet[Member]:
    """Return all members by name, removed ones included."""
    return Member.objects.order_by("name", "id")


def find_member(user_id: int) -> Member | None:
    """Return the member of a user, removed or not."""
    return Member.objects.filter(user_id=user_id).first()


def members_by_id(ids: Collection[int]) -> dict[int, Member]:
    """Return members by their ids."""
    return Member.objects.in_bulk(list(ids))


def audit_entries(*, target_kind: str | None = None, target_id: int | None = None) -> QuerySet[AuditEntry]:
    """Return the audit log, newest first, complete or of one target."""
    entries = AuditEntry.objects.all()
    if target_kind is not None:
        entries = entries.filter(target_kind=target_kind, target_id=target_id)
    return entries


_LATEST_FIRST = Sort("at", SortColumn("at", paging.instant), descending=True)


def audit_log_page(
    *, kind: str = "", member_id: int | None = None, after: str = "", before: str = "", size: int = 50
) -> Page[AuditEntry]:
    """Return a page of the audit log, newest first, after or before a cursor; the first page without one."""
    log = AuditEntry.objects.all()
    if kind:
        log = log.filter(kind=kind)
    if member_id is not None:
        log = log.filter(actor_kind=ActorKind.MEMBER, actor_id=member_id)
    return paginate(log, sort=_LATEST_FIRST, size=size, after=after, before=before)


def actor_of(member_id: int | None) -> Actor:
    """Return a member as the one who acts; the system when there is no such member."""
    member = Member.objects.filter(pk=member_id or 0).first()
    return SYSTEM if member is None else member.actor


def is_owner(actor: Actor) -> bool:
    """Return whether an active owner acts."""
    return Member.objects.filter(pk=actor.member_id or 0, role=Role.OWNER, deactivated_at=None).exists()


def owner_names() -> str:
    """Return the names of up to three owners, for a refusal that says whom to ask."""
    owners = Member.objects.filter(role=Role.OWNER, deactivated_at=None).order_by("pk")[:3]
    return ", ".join(owner.name for owner in owners)


@dataclass(frozen=True, slots=True)
class WorkspaceSummary:
    """A row of the list of workspaces. ``counts``: by key of the registered counts.

    is_away: it is paused, or its node can't be reached, so nothing is known of it.
    """

    workspace: Workspace
    role: str
    members: int
    counts: dict[str, int]
    is_away: bool = False


def workspace_summaries(workspaces: Sequence[Workspace], *, user_id: int) -> list[WorkspaceSummary]:
    """Return the numbers of several workspaces, in the order given: with one statement if all can be reached."""
    if not workspaces:
        return []
    schemas_of = [workspace.schema_name for workspace in workspaces if workspace.paused_at is None]
    try:
        rows = _summary_rows(schemas_of, user_id)
    except DatabaseError as error:
        if not outage.is_node_away(error):
            raise
        rows = schemas.visit(schemas_of, lambda name: _summary_rows([name], user_id)[name]).answers
    return [
        WorkspaceSummary(
            workspace=workspace,
            members=row[0] if row else 0,
            role=(row[1] or "") if row else "",
            counts=dict(zip(registry.workspace_counts(), row[2:], strict=True)) if row else {},
            is_away=row is None,
        )
        for workspace in workspaces
        for row in [rows.get(workspace.schema_name)]
    ]


def _summary_rows(schema_names: Sequence[str], user_id: int) -> dict[str, tuple[Any, ...]]:
    if not schema_names:
        return {}
    columns = " ".join(
        [
            "SELECT (SELECT count(*) FROM {schema}.team_member WHERE deactivated_at IS NULL),",
            "(SELECT role FROM {schema}.team_member WHERE user_id = %(user)s AND deactivated_at IS NULL)",
            *(f", ({statement})" for statement in registry.workspace_counts().values()),
        ]
    )
    # Schema names are generated by us (ws_<number>), never user input.
    statement = " UNION ALL ".join(
        f"SELECT '{name}', summary.* FROM ({columns.replace('{schema}', name)}) AS summary"
        for name in schema_names
    )
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(statement, {"user": user_id})
        return {row[0]: row[1:] for row in cursor.fetchall()}


def notifications(member: Member) -> QuerySet[Notification]:
    """Return a member's notifications, newest first."""
    return Notification.objects.filter(member=member)


def unread_count(member: Member) -> int:
    """Return the number of unread notifications, counted up to 100."""
    return len(Notification.objects.filter(member=member, read_at=None).values_list("pk")[:100])


def workspaces_owned_alone(user: User) -> list[Workspace]:
    """Return the workspaces whose only active owner is this user, of those that can be reached and are not paused."""
    workspaces = accounts_queries.all_workspaces_of(user)
    by_schema = {each.schema_name: each for each in workspaces if each.paused_at is None}

    def owners(_schema: str) -> list[int]:
        found = Member.objects.filter(role=Role.OWNER, deactivated_at=None)
        return list(found.values_list("user_id", flat=True)[:2])

    answers = schemas.visit(by_schema, owners).answers
    return [by_schema[schema] for schema, found in answers.items() if found == [user.pk]]


def get_progress(progress_id: int) -> Progress:
    """Return the progress record of a long-running operation."""
    return Progress.objects.get(pk=progress_id)


def running_progress() -> QuerySet[Progress]:
    """Return the operations that are waiting or running."""
    return Progress.objects.filter(state__in=[ProgressState.WAITING, ProgressState.RUNNING])


def unfinished_progress(*, now: datetime) -> QuerySet[Progress]:
    """Return the operations that are waiting or running, and those of a week that failed and can be tried again."""
    failed = Q(
        state=ProgressState.FAILED, data__has_key="job", ended_at__gt=now - timedelta(days=_OFFER_RETRY_DAYS)
    )
    return Progress.objects.filter(Q(state__in=[ProgressState.WAITING, ProgressState.RUNNING]) | failed)


def file_chunks(file: File) -> Iterator[bytes]:
    """Yield a file's content a megabyte at a time."""
    for (data,) in (
        FileChunk.objects.filter(file=file).order_by("position").values_list("data").iterator(chunk_size=1)
    ):
        yield bytes(data)
