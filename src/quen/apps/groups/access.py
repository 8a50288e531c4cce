"""Load the group a view works on, or answer 404."""

from __future__ import annotations

from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup


def group_for(group_id: int) -> ContactGroup:
    """Return a group. Raises NotFound."""
    return queries.get_group(group_id)
