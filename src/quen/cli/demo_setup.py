"""What a new installation starts with: an owner and a demo shop."""

from __future__ import annotations

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.cli.demo import (
    add_api_keys,
    add_codes_and_addresses,
    add_duplicates,
    add_endpoint,
    add_forms,
    add_lists,
    add_notes,
    add_tasks,
    add_visits,
    count_segments,
    fill_campaigns,
    fill_workspace,
)
from quen.core import clock, schemas
from quen.core.actors import SYSTEM

OWNER_EMAIL = "chu@quen.localhost"
DEMO_SLUG = "tra-sen"


def set_up_first_run(*, demo: bool) -> bool:
    """Create the installation's owner and, if wanted, the demo shop. Return whether it was the first run.

    The owner has no name and no password: they sign in with the one-time link of ``quen up`` and are asked for both.
    Where only a workspace was restored, nobody is an operator yet, and there is no demo shop.
    """
    if accounts_queries.operator_names():
        return False
    owner = accounts_queries.find_user(OWNER_EMAIL)
    if owner is not None:
        accounts.make_operator(user=owner)
        return True
    # The page behind the sign-in link asks for the name.
    owner = accounts.create_user(email=OWNER_EMAIL, name="", password=None, language="vi", is_operator=True)
    if demo and not accounts_queries.all_workspaces():
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
        fill_workspace(shop, contacts_count=2_000, events_count=20_000, seed=1, actor=SYSTEM, now=now)
        add_duplicates(shop, actor=SYSTEM, now=now)
        add_codes_and_addresses(shop, actor=SYSTEM, now=now)
        add_visits(shop, seed=1, actor=SYSTEM, now=now)
        add_forms(shop, seed=1, actor=SYSTEM, now=now)
        count_segments(shop, now=now)
        with schemas.use(shop.schema_name):
            member = team_queries.find_member(owner.pk)
        if member is not None:
            add_notes(shop, member=member, now=now)
            add_lists(shop, member=member, now=now)
            add_tasks(shop, member=member, now=now)
            add_api_keys(shop, member=member, now=now)
            fill_campaigns(shop, seed=1, member=member, now=now)
            # Last: an endpoint is told of everything that happens after it was made.
            add_endpoint(shop, member=member, now=now)
    return True
