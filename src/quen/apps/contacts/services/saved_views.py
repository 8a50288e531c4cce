"""Lists of contacts saved under a name, for oneself or for the team."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from quen.apps.contacts.models import SavedView
from quen.apps.contacts.types import TooManyViews, ViewNameTaken
from quen.core import text

MAX_VIEWS = 50


@transaction.atomic
def save_view(*, name: str, query: str, for_team: bool, member_id: int, now: datetime) -> SavedView:
    """Save a list. query: as ``ListState`` writes it. Raises ViewNameTaken, TooManyViews."""
    if SavedView.objects.filter(member_id=member_id).count() >= MAX_VIEWS:
        raise TooManyViews(limit=MAX_VIEWS)
    view = SavedView(
        name=text.clean(name), query=query, for_team=for_team, member_id=member_id, created_at=now
    )
    _store(view)
    return view


@transaction.atomic
def update_view(*, view: SavedView, name: str, for_team: bool, query: str | None = None) -> SavedView:
    """Rename a saved list, give it to the team or take it back; query: what it shows from now on."""
    view.name, view.for_team = text.clean(name), for_team
    view.query = view.query if query is None else query
    _store(view)
    return view


def delete_view(view: SavedView) -> None:
    """Delete a saved list; the contacts stay."""
    view.delete()


def _store(view: SavedView) -> None:
    names = (
        SavedView.objects.filter(for_team=view.for_team)
        .filter(**({} if view.for_team else {"member_id": view.member_id}))
        .exclude(pk=view.pk)
        .values_list("name", flat=True)
    )
    if view.name.upper() in {name.upper() for name in names}:
        raise ViewNameTaken(name=view.name)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as taken:
        raise ViewNameTaken(name=view.name) from taken
