"""``quen openapi``: prints the document that describes the public interface."""

from __future__ import annotations

import argparse
import json

from quen.cli.base import Command, Output


def _run(_options: argparse.Namespace, _output: Output) -> None:
    from django.http import HttpRequest
    from django.urls import resolve

    answer = resolve("/api/v1/openapi.json").func(HttpRequest())
    print(json.dumps(json.loads(answer.content), ensure_ascii=False, indent=2))


COMMAND = Command(name="openapi", summary="Print the OpenAPI document of the API.", run=_run)
