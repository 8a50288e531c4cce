"""A web process as ``quen up`` starts it, shared by the tests of the endpoints."""

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


def environment_of_web_process(test_server: str, home: Path) -> dict[str, str]:
    """Return the environment of a web process on the test's database, with a home of its own."""
    return {
        "DATABASE_URL": urlsplit(test_server)
        ._replace(path=f"/{settings.DATABASES['default']['NAME']}")
        .geturl(),
        "DJANGO_SETTINGS_MODULE": "quen.config.settings_test",
        "QUEN_SECRET_KEY": settings.SECRET_KEY,
        "QUEN_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


@pytest.fixture(scope="session")
def shared_port(
    django_db_setup: None, test_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """A running web process. Between tests its database is another one, as after a restore."""
    with web_process(environment_of_web_process(test_server, tmp_path_factory.mktemp("web"))) as (
        _process,
        port,
    ):
        yield port


@pytest.fixture
def port(committed_workspace: Any, shared_port: int) -> int:
    """The port of a running web process on the test's database."""
    return shared_port
