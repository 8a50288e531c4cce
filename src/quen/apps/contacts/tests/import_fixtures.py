"""A shop that asks for little, and somebody who is there before the file."""

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


@pytest.fixture(autouse=True)
def lenient(workspace: Workspace) -> Workspace:
    """Trà Sen, asking for nothing beyond one identifier."""
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])
    return workspace


def existing_contact(workspace: Workspace, **values: Any) -> Contact:
    """Somebody who is already there."""
    return services.create_contact_from_source(
        workspace=workspace, values=values, actor=None, now=NOW - timedelta(days=9)
    )
