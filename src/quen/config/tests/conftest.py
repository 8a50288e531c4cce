"""A web process as ``quen up`` runs it, on the test's database."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from quen.cli.bench.tracking import web_process


@pytest.fixture
def environment(committed_workspace: Any, test_server: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a web process on the test's database, with a home of its own."""
    name = settings.DATABASES["default"]["NAME"]
    return {
        "DATABASE_URL": urlsplit(test_server)._replace(path=f"/{name}").geturl(),
        "DJANGO_SETTINGS_MODULE": "quen.config.settings_test",
        "QUEN_SECRET_KEY": settings.SECRET_KEY,
        "QUEN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


@pytest.fixture
def port(environment: dict[str, str]) -> Iterator[int]:
    with web_process(environment) as (_process, port):
        yield port
