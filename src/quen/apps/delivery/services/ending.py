"""The end of a launch, and who hears of it."""

from __future__ import annotations

from datetime import datetime

from quen.apps.delivery import queries, signals
from quen.apps.delivery.models import Launch
from quen.apps.delivery.services.news import show
from quen.apps.delivery.types import LaunchState, Source
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team


def finish_if_done(launch: Launch, *, now: datetime) -> bool:
    """Close a launch of which nothing waits any more. Call it with the launch locked."""
    numbers = queries.figures(launch.pk)
    if launch.state != LaunchState.SENDING or numbers.queued or numbers.deferred:
        return False
    launch.state, launch.ended_at, launch.trouble = LaunchState.FINISHED, now, {}
    launch.save(update_fields=["state", "ended_at", "trouble"])
    tell(launch)
    if launch.source == Source.CAMPAIGN:
        _notice(
            launch,
            "delivery.finished",
            now=now,
            data={"handed_over": numbers.handed_over, "uncertain": numbers.uncertain},
        )
    return True


def tell(launch: Launch) -> None:
    """Announce a launch's new state to the rooms above and to open pages."""
    signals.launch_changed.send(
        sender=Launch,
        launch_id=launch.pk,
        source=launch.source,
        source_id=launch.source_id,
        state=launch.state,
    )
    show(launch)


def notice_trouble(launch: Launch, *, now: datetime) -> None:
    """Tell whoever launched that it stands still."""
    _notice(launch, "delivery.stopped", now=now, data={"text": launch.trouble.get("text", "")})


def _notice(launch: Launch, kind: str, *, now: datetime, data: dict[str, object]) -> None:
    member = team_queries.members().filter(pk=launch.member_id or 0).first()
    if member is not None:
        path = f"/messages/?launch={launch.pk}"
        team.notify(member, kind, now=now, path=path, data={"name": launch.name, **data})
