"""Prints for each line of its input whether the database is a cluster's coordinator.

python -m tests.citus.asking
"""

from __future__ import annotations

import sys

import django


def main() -> None:
    """Answer until the input ends."""
    from quen.core import citus

    for _line in sys.stdin:
        sys.stdout.write(f"{citus.is_citus()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    main()
