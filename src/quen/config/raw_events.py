"""The one writer of raw events in a web process: tracking and webhooks share its group commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from quen.apps.ingest.services import GroupCommitWriter


def _parameters() -> Mapping[str, Any]:
    given = connection.get_connection_params()
    return {key: value for key, value in given.items() if isinstance(value, str | int) and value != ""}


writer = GroupCommitWriter(_parameters)
