"""A sender in a process of its own, which a test kills: ``python -m quen.apps.webhooks.tests.killed_sender SCHEMA``."""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from quen.apps.webhooks import services
    from quen.core import clock, schemas

    with schemas.use(sys.argv[1]):
        services.send_due(clock=clock.now)
