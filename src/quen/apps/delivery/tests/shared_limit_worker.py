"""Sends the queue of a workspace in a process that a test may kill.

python -m quen.apps.delivery.tests.shared_limit_worker SCHEMA CONNECTION
"""

from __future__ import annotations

import sys

import django


def main(schema: str, connection_id: int) -> None:
    """Send until nothing is left."""
    django.setup()
    from tests.cast import NOW

    from quen.apps.delivery import services
    from quen.core import schemas

    with schemas.use(schema):
        while services.deliver(
            connection_id=connection_id, clock=lambda: NOW, seconds=60, render_in_subprocess=False
        ):
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
