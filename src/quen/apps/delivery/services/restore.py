"""Stop all sending in a workspace that is archived, or restored from a backup: its state may be outdated."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.services import batches
from quen.apps.delivery.services.lifecycle import notify_error, publish_state
from quen.apps.delivery.services.priority import PRIORITIES
from quen.apps.delivery.types import ACTIVE_STATES, EXEMPT_SOURCES, RESTORED, DispatchState
from quen.core import jobs


@transaction.atomic
def pause_after_restore(*, now: datetime) -> int:
    """Pause active dispatches, cancel tests and confirmations, mark what was in flight as uncertain.

    Returns how many dispatches were active. What was sent after the backup is not known here, so only a user may
    resume.
    """
    for connection_id in batches.connections_in_flight():
        for priority in PRIORITIES:
            batches.expire_orphaned_batches(connection_id=connection_id, priority=priority)
    with translation.override(accounts.current_workspace().language):
        text = _(
            "it was being sent when the backup was made, and messages sent since then are not recorded here"
        )
    return _pause_all({"code": RESTORED, "text": text}, now=now)


@transaction.atomic
def pause_for_archive(*, now: datetime) -> int:
    """Pause active dispatches, cancel tests and confirmations. Returns how many dispatches were active.

    Messages in flight are recorded when the server answers.
    """
    with translation.override(accounts.current_workspace().language):
        text = _("the workspace was archived")
    return _pause_all({"code": "archived", "text": text}, now=now)


def _pause_all(error: dict[str, str], *, now: datetime) -> int:
    dispatches = list(Dispatch.objects.select_for_update().filter(state__in=ACTIVE_STATES).order_by("id"))
    for dispatch in dispatches:
        if dispatch.source in EXEMPT_SOURCES:
            dispatch.state = DispatchState.CANCELLED
            jobs.enqueue("delivery.cancel_remaining", dispatch_id=dispatch.pk)
        else:
            dispatch.state, dispatch.error = DispatchState.PAUSED, error
        dispatch.save(update_fields=["state", "error"])
        publish_state(dispatch)
        if dispatch.error:
            notify_error(dispatch, now=now)
    return len(dispatches)
