"""A workspace without required fields, and an existing contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import services
from quen.apps.contacts.models import (
    Contact,
)
from quen.core.actors import SYSTEM


@pytest.fixture(autouse=True)
def lenient(workspace: Workspace) -> Workspace:
    """Return Trà Sen without required fields."""
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])
    return workspace


def existing_contact(workspace: Workspace, **values: Any) -> Contact:
    """Create a contact that exists before the import."""
    return services.create_contact_from_source(
        workspace=workspace, values=values, actor=SYSTEM, now=NOW - timedelta(days=9)
    )
