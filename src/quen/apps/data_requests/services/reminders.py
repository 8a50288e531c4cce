"""Reminders before a request is due, and once it is overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.data_requests import queries
from quen.apps.data_requests.models import DataRequest
from quen.apps.data_requests.services.requests import tell_handlers
from quen.apps.data_requests.types import DataRequestRight, RequestKindChoices, RequestState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.ui.tags.filters import day


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Notify and email those who handle requests about what is due soon or overdue, once each; return how many."""
    soon = now + timedelta(days=queries.request_settings().remind_days)
    told = 0
    for request in queries.open_requests().select_for_update():
        due_at = request.due_at
        if request.state == RequestState.RECEIVED:
            due_at = min(request.due_at, request.acknowledge_due_at)
        if due_at <= now and request.overdue_told_at is None:
            request.overdue_told_at = request.reminded_at = now
            _tell("data_requests.overdue", request, now=now)
        elif now < due_at <= soon and request.reminded_at is None:
            request.reminded_at = now
            _tell("data_requests.due_soon", request, now=now)
        else:
            continue
        request.save(update_fields=["reminded_at", "overdue_told_at"])
        told += 1
    return told


def _tell(kind: str, request: DataRequest, *, now: datetime) -> None:
    tell_handlers(kind, request, now=now)
    workspace = accounts.current_workspace()
    with translation.override(workspace.language):
        label = RequestKindChoices(request.kind).label
        subject = _("%(shop)s: a customer's request is due on %(due)s") % {
            "shop": workspace.name,
            "due": day(request.due_at),
        }
        text = _("%(label)s, asked for by %(name)s. Open the requests in the workspace to answer it.") % {
            "label": label,
            "name": request.name,
        }
        for member in team_queries.members():
            if member.can(DataRequestRight.HANDLE):
                team.email_member(member, subject=subject, text=text)
