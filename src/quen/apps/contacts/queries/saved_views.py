"""Lists of contacts saved under a name."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from quen.apps.contacts.models import SavedView
from quen.core.errors import NotFound


def saved_views(member_id: int) -> QuerySet[SavedView]:
    """Return the team's views and those of a member, the team's first, by name."""
    return SavedView.objects.filter(Q(for_team=True) | Q(member_id=member_id))


def get_saved_view(view_id: int, *, member_id: int) -> SavedView:
    """Return a view that a member sees. Raises NotFound."""
    found = saved_views(member_id).filter(pk=view_id).first()
    if found is None:
        raise NotFound()
    return found
