"""Lists of contacts saved under a name."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import QueryDict

from quen.apps.audience import queries as audience
from quen.apps.audience.types import InvalidTree
from quen.apps.contacts.models import SavedView
from quen.core.errors import NotFound


def saved_views(member_id: int) -> QuerySet[SavedView]:
    """Return the team's views and those of a member, the team's first, by name."""
    return SavedView.objects.filter(Q(for_team=True) | Q(member_id=member_id))


def saved_views_with_field(key: str) -> list[SavedView]:
    """Return the views of all members whose conditions ask for a custom field."""
    return [view for view in SavedView.objects.all() if _asks_for(view, f"custom.{key}")]


def get_saved_view(view_id: int, *, member_id: int) -> SavedView:
    """Return a view that a member sees. Raises NotFound."""
    found = saved_views(member_id).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found


def _asks_for(view: SavedView, name: str) -> bool:
    rules = QueryDict(view.query).get("rules", "")
    try:
        return ("field", name) in audience.conditions_in(audience.tree_from_stored_query(str(rules)))
    except (InvalidTree, ValueError):
        return False
