"""Send a test: the draft as one contact would get it, to a few addresses, at once.

A test needs no consent, because it goes to addresses its sender entered. It leaves no trace on the contact whose
data fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import NoSender, TooManyTestAddresses, TooManyTests
from quen.apps.channels import queries as channels
from quen.apps.channels import services as channel_services
from quen.apps.channels.types import ContentPart, ContentSpec, SendOutcome, SendTestFailed
from quen.apps.content import queries as contents
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.content.types import RenderedMessage

MAX_TEST_ADDRESSES = 5
MAX_TESTS_PER_HOUR = 30
_HOUR = timedelta(hours=1)


def send_test(
    *,
    campaign: Campaign,
    workspace: Workspace,
    addresses: Sequence[str],
    contact_id: int | None,
    language: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Send the draft, marked as a test, and return the number of addresses.

    contact_id: the contact whose data fill the merge tags; None uses example data.
    Raises TooManyTestAddresses, TooManyTests, NoSender, NoConnection, TemplateBroken, TestSendFailed.
    """
    if len(addresses) > MAX_TEST_ADDRESSES:
        raise TooManyTestAddresses(limit=MAX_TEST_ADDRESSES)
    tests = team_queries.audit_entries().filter(kind="campaigns.tested", at__gt=now - _HOUR)
    if tests.count() >= MAX_TESTS_PER_HOUR:
        raise TooManyTests(limit=MAX_TESTS_PER_HOUR)
    sender = channels.senders(campaign.channel).filter(pk=campaign.sender_id or 0).first()
    if sender is None:
        raise NoSender()
    with translation.override(language):
        message = contents.preview(
            contents.get_content(campaign.content_id),
            contact_id,
            workspace=workspace,
            message_class=campaign.message_class,
            reminders=campaign.permission_reminders,
            now=now,
            language=language,
        )
        message = _marked(message, queries.channel_of(campaign).content)
    results = channel_services.send_directly(
        connection=channels.active_connection(campaign.channel),
        sender=sender,
        to=addresses,
        content=message,
        now=now,
    )
    # A partly refused test counts towards the limit, too: some addresses received it.
    data = {"name": campaign.name, "addresses": len(addresses)}
    team.audit(actor, "campaigns.tested", target=campaign, data=data, now=now)
    for result in results:
        if result.outcome is not SendOutcome.ACCEPTED:
            raise SendTestFailed(reason=f"{result.code} {result.text}".strip())
    return len(addresses)


def _marked(message: RenderedMessage, spec: ContentSpec) -> RenderedMessage:
    """Return the message with "[Test]" in front of its subject, or of its text if it has none."""
    mark = _("[Test]")
    if ContentPart.SUBJECT in spec.parts:
        return replace(message, subject=f"{mark} {message.subject}")
    return replace(message, text=f"{mark} {message.text}")
