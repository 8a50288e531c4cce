"""Opens the list of contacts again and again until its input ends; prints how often, and every answer that is no page.

python -m tests.citus.page_reader SLUG
"""

from __future__ import annotations

import json
import select
import sys
from collections import Counter

import django


def main(slug: str) -> None:
    """Read pages."""
    from django.test import Client

    from quen.apps.accounts import queries
    from tests.cast import AN

    user = queries.find_user(AN)
    assert user is not None
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answers = Counter[int]()
    while not select.select([sys.stdin], [], [], 0)[0]:
        answers[client.get(f"/w/{slug}/contacts/").status_code] += 1
    sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
