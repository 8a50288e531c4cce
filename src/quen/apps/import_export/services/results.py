"""Finish, stop or fail an import: its state, the notification of the member who started it, the log entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.import_export import queries, registry
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.ui.tags.filters import num


@transaction.atomic
def finish(import_: Import, *, now: datetime) -> None:
    """Mark the import as done; every row was processed."""
    import_.total_rows = import_.position
    _end(import_, ImportState.DONE, ProgressState.DONE, now, extra_fields=("total_rows", "blank_rows"))
    _notify(import_, "import_export.import_done", now)


@transaction.atomic
def stop(import_: Import, *, now: datetime) -> None:
    """Mark the import as stopped on request; it can be resumed."""
    _end(import_, ImportState.STOPPED, ProgressState.STOPPED, now)


@transaction.atomic
def fail(import_: Import, *, failure: str, now: datetime) -> None:
    """Mark the import as failed; imported rows are kept and it can be resumed."""
    import_.failure = failure[:300]
    _end(import_, ImportState.FAILED, ProgressState.FAILED, now, extra_fields=("failure",))
    _notify(import_, "import_export.import_failed", now)


def _end(
    import_: Import,
    state: ImportState,
    progress_state: ProgressState,
    now: datetime,
    extra_fields: tuple[str, ...] = (),
) -> None:
    import_.state, import_.ended_at = state, now
    import_.save(update_fields=["state", "ended_at", *extra_fields])
    if import_.progress is not None:
        if import_.position:
            team.update_progress(import_.progress, done=import_.position, now=now)
        team.end_progress(import_.progress, state=progress_state, now=now, data=summary(import_))
    actor = team_queries.actor_of(import_.member_id)
    team.audit(actor, f"import_export.import_{state.value}", now=now, target=import_, data=summary(import_))


def summary(import_: Import) -> dict[str, Any]:
    """Return the counts of an import for messages and the log."""
    names = ("created", "updated", "unchanged", "refused", "warned")
    return {"file": import_.filename} | {name: getattr(import_, name) for name in names}


def _notify(import_: Import, kind: str, now: datetime) -> None:
    """Send a notification and an email to the member who started the import (R-24), and to those who want all."""
    for member in queries.interested_members(import_.member_id):
        team.notify(member, kind, now=now, path=f"/imports/{import_.pk}/", data=summary(import_))
        user = accounts.users_by_id([member.user_id]).get(member.user_id)
        with translation.override(user.language if user else None):
            if kind == "import_export.import_done":
                subject = _("Import finished: %(file)s") % {"file": import_.filename}
                counts = {name: num(value) for name, value in summary(import_).items() if name != "file"}
                text = str(registry.get(import_.kind).texts.summary) % counts
            else:
                subject = _("Import stopped: %(file)s") % {"file": import_.filename}
                text = import_.failure
            team.email_member(member, subject=subject, text=text)
