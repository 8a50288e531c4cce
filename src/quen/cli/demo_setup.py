"""What a new installation starts with: an owner, and a shop to try everything in."""

from __future__ import annotations

from django.utils.translation import gettext, override

from quen.cli.demo import count_segments, fill_workspace
from quen.core import clock
from quen.rooms.accounts import queries as accounts_queries
from quen.rooms.accounts import services as accounts
from quen.rooms.team import services as team

OWNER_EMAIL = "chu@quen.localhost"
DEMO_SLUG = "tra-sen"


def first_run(*, demo: bool) -> bool:
    """Make the installation's owner, and the demo shop where wanted; tell whether it was the first run.

    The owner has no password: the one-time link of ``quen up`` lets them in until they choose one.
    """
    if accounts_queries.find_user(OWNER_EMAIL) or accounts_queries.all_workspaces():
        return False
    with override("vi"):
        owner = accounts.create_user(
            email=OWNER_EMAIL, name=gettext("Owner"), password=None, language="vi", is_operator=True
        )
    if demo:
        now = clock.now()
        shop = team.open_workspace(name="Trà Sen", slug=DEMO_SLUG, owner=owner, brand="Trà Sen", now=now)
        fill_workspace(shop, contacts_count=2_000, events_count=20_000, seed=1, actor=None, now=now)
        count_segments(shop, now=now)
    return True
