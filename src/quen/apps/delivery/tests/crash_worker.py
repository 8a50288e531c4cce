"""Fans out and sends a dispatch in a process that the crash test may kill.

python -m quen.apps.delivery.tests.crash_worker SCHEMA DISPATCH CONNECTION
"""

from __future__ import annotations

import sys

import django


def main(schema: str, dispatch_id: int, connection_id: int) -> None:
    """Fan out and send until the dispatch has ended."""
    django.setup()
    from quen.apps.delivery import queries, services
    from quen.apps.delivery.tests.warm_up import warm_up
    from quen.core import clock, schemas

    warm_up()
    with schemas.use(schema):
        services.fan_out(dispatch_id=dispatch_id, clock=clock.now, batch_size=5_000)
        while not queries.has_ended(queries.get_dispatch(dispatch_id)):
            services.deliver(connection_id=connection_id, clock=clock.now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
