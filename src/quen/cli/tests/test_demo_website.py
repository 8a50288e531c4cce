"""The demo shop has a week of visits to its website, some by customers."""

from __future__ import annotations

from datetime import timedelta

from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contacts
from quen.apps.contacts.types import Status
from quen.apps.website import queries
from quen.cli.demo.website import add_visits
from quen.core.actors import SYSTEM


def test_some_of_the_visitors_are_customers(workspace: Workspace) -> None:
    people = make_contacts(6)
    for each in people:
        each.status = Status.SUBSCRIBED
        each.save()
    workspace.sender_website = "https://trasen.example"
    add_visits(workspace, seed=1, actor=SYSTEM, now=NOW)
    visitors, known, visits, views = queries.totals(since=NOW - timedelta(days=8), until=NOW)
    assert visitors > 100 and visits >= visitors and views > visits
    assert 0 < known <= len(people)
    assert all("page_viewed" in kinds_on_timeline(each) for each in people[:known])
    assert queries.website_settings().enabled and queries.top_products(
        since=NOW - timedelta(days=8), until=NOW
    )
