"""What a worker does with a launch, as a process that a test may kill: gather, hand over, until told all is done.

python -m quen.apps.delivery.tests.sending_process SCHEMA LAUNCH CONNECTION
"""

from __future__ import annotations

import sys

import django


def main(schema: str, launch_id: int, connection_id: int) -> None:
    """Work the launch off."""
    django.setup()
    from quen.apps.delivery import queries, services
    from quen.core import clock, schemas

    with schemas.use(schema):
        services.gather(launch_id=launch_id, clock=clock.now, batch=5_000)
        while not queries.is_over(queries.get_launch(launch_id)):
            services.hand_over(connection_id=connection_id, clock=clock.now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
