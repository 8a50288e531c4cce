"""What was at work in a workspace that came back from a backup: time has gone on, so nothing leaves by itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.delivery.models import Launch
from quen.apps.delivery.services import windows
from quen.apps.delivery.services.ending import notice_trouble, tell
from quen.apps.delivery.services.lanes import LANES
from quen.apps.delivery.types import AT_WORK, UNGATED, LaunchState
from quen.core import jobs

RESTORED = "restored"


@transaction.atomic
def calm(*, now: datetime) -> int:
    """Pause what was being sent, give up tests and confirmations, call uncertain what was in hand.

    Gives how many launches there were. What went out since the backup was made is not known here: only a person may
    let it go on.
    """
    for connection_id in windows.connections_with_windows():
        for lane in LANES:
            windows.clear_dead_windows(connection_id=connection_id, lane=lane)
    with translation.override(accounts.current_workspace().language):
        text = _("it was under way when the backup was made, and what went out since is not known here")
    launches = list(Launch.objects.select_for_update().filter(state__in=AT_WORK).order_by("id"))
    for launch in launches:
        if launch.source in UNGATED:
            launch.state = LaunchState.CANCELLED
            jobs.enqueue("delivery.drop_rest", launch_id=launch.pk)
        else:
            launch.state, launch.trouble = LaunchState.PAUSED, {"code": RESTORED, "text": text}
        launch.save(update_fields=["state", "trouble"])
        tell(launch)
        if launch.trouble:
            notice_trouble(launch, now=now)
    return len(launches)
