"""Creates the workspace and the dispatch of the crash test, and reads the result.

python -m quen.apps.delivery.tests.crash_workspace PORT CONTACTS [SLUG]    prints schema, dispatch, connection
python -m quen.apps.delivery.tests.crash_workspace count SCHEMA DISPATCH   prints the counts, after recounting them
"""

from __future__ import annotations

import sys

import django


def make_workspace(port: int, contact_count: int, slug: str = "tra-sen") -> str:
    """Create the workspace, its contacts and the dispatch."""
    from tests import cast

    from quen.apps.accounts import queries
    from quen.apps.accounts import services as accounts
    from quen.apps.contacts.models import Contact
    from quen.apps.contacts.types import Consent, Status
    from quen.apps.delivery.tests.factories import make_connection, make_dispatch
    from quen.apps.team import services as team
    from quen.core import schemas
    from quen.core.sql import Relation

    schemas.migrate_all()
    an = queries.find_user(cast.AN) or accounts.create_user(
        email=cast.AN, name="Nguyễn Hoài An", password=cast.PASSWORD, is_operator=True
    )
    shop = team.open_workspace(name="Trà Sen", slug=slug, owner=an, now=cast.NOW)
    with schemas.use(shop.schema_name):
        Contact.all_objects.bulk_create(
            (
                Contact(
                    full_name=f"Khách {n}",
                    email=f"khach{n}@example.net",
                    status=Status.SUBSCRIBED,
                    consent_email=Consent.GRANTED,
                    member_since=cast.NOW,
                    last_activity_at=cast.NOW,
                    created_at=cast.NOW,
                    updated_at=cast.NOW,
                )
                for n in range(contact_count)
            ),
            batch_size=2_000,
        )
        connection = make_connection(port)
        everyone = Relation("SELECT id AS contact_id FROM contacts_contact", {}, ("contact_id",))
        dispatch = make_dispatch(everyone)
        return f"{shop.schema_name} {dispatch.pk} {connection.pk}"


def count(schema: str, dispatch_id: int) -> str:
    """Recount the messages, compare with the counters and return the counts."""
    from quen.apps.delivery.models import Message
    from quen.apps.delivery.tests.factories import recount
    from quen.core import schemas

    with schemas.use(schema):
        counts = recount(dispatch_id)
        missing = (
            counts.audience
            - Message.objects.filter(dispatch_id=dispatch_id).values("contact_id").distinct().count()
        )
        return f"sent={counts.sent} uncertain={counts.uncertain} missing={missing}"


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "count":
        print(count(sys.argv[2], int(sys.argv[3])))  # noqa: T201
    else:
        print(make_workspace(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]))  # noqa: T201
