"""``quen openapi``: prints the document that describes the public interface."""

from __future__ import annotations

import argparse
import json

from quen.cli.base import Command, Output


def _run(_options: argparse.Namespace, _output: Output) -> None:
    from quen.config import api

    print(json.dumps(api.document(), ensure_ascii=False, indent=2))


COMMAND = Command(name="openapi", summary="Print the OpenAPI document of the API.", run=_run)
