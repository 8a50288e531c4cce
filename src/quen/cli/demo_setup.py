"""What a new installation starts with: an owner, and a shop to try everything in."""

from __future__ import annotations

from django.utils.translation import gettext, override

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.cli.demo import count_segments, fill_campaigns, fill_workspace
from quen.core import clock, schemas

OWNER_EMAIL = "chu@quen.localhost"
DEMO_SLUG = "tra-sen"


def set_up_first_run(*, demo: bool) -> bool:
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
        shop = team.open_workspace(
            name="Trà Sen",
            slug=DEMO_SLUG,
            owner=owner,
            now=now,
            brand="Trà Sen",
            sender_address="18 Bạch Đằng, phường Hải Châu, Đà Nẵng",
            sender_phone="0236 388 1234",
            sender_email="cham-soc@trasen.example",
            sender_website="https://trasen.example",
        )
        fill_workspace(shop, contacts_count=2_000, events_count=20_000, seed=1, actor=None, now=now)
        count_segments(shop, now=now)
        with schemas.use(shop.schema_name):
            actor = team_queries.find_member(owner.pk)
        if actor is not None:
            fill_campaigns(shop, seed=1, actor=actor, now=now)
    return True
