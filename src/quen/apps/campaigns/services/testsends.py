"""Send a test: the draft as one contact would get it, to a few addresses, at once.

A test needs no consent, because it goes to addresses its sender entered. It leaves no trace on the contact whose
data fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import NoSender, TooManyTestAddresses, TooManyTests
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channel_registry
from quen.apps.channels import services as channel_services
from quen.apps.channels.types import MailParts, Outgoing, SendOutcome, SendResult, TestSendFailed, Unreachable
from quen.apps.content import queries as contents
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.channels.models import Sender
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
    Raises TooManyTestAddresses, TooManyTests, NoSender, NoActiveConnection, TemplateBroken, TestSendFailed.
    """
    if len(addresses) > MAX_TEST_ADDRESSES:
        raise TooManyTestAddresses(limit=MAX_TEST_ADDRESSES)
    tests = team_queries.audit_entries().filter(kind="campaigns.tested", at__gt=now - _HOUR)
    if tests.count() >= MAX_TESTS_PER_HOUR:
        raise TooManyTests(limit=MAX_TESTS_PER_HOUR)
    sender = channels.senders("email").filter(pk=campaign.sender_id or 0).first()
    if sender is None:
        raise NoSender()
    with translation.override(language):
        mail = contents.preview(
            contents.get_content(campaign.content_id),
            contact_id,
            workspace=workspace,
            message_class=campaign.message_class,
            reminders=campaign.permission_reminders,
            now=now,
            language=language,
        )
    results = _deliver([_outgoing(mail, sender, to, language, now) for to in addresses], now)
    # A partly refused test counts towards the limit, too: some addresses received it.
    data = {"name": campaign.name, "addresses": len(addresses)}
    team.audit(actor, "campaigns.tested", target=campaign, data=data, now=now)
    for result in results:
        if result.outcome is not SendOutcome.ACCEPTED:
            raise TestSendFailed(reason=f"{result.code} {result.text}".strip())
    return len(addresses)


def _outgoing(mail: RenderedMessage, sender: Sender, to: str, language: str, now: datetime) -> Outgoing:
    with translation.override(language):
        mark = _("[Test]")
    subject = f"{mark} {mail.subject}"
    parts = MailParts(
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        to_address=to,
        subject=subject,
        html=mail.html,
        text=mail.text,
        at=now,
        bulk=False,
    )
    return Outgoing(
        key=0,
        sender=sender.address,
        recipient=to,
        body=channel_registry.build_mail(parts),
        parts={
            "subject": subject,
            "html": mail.html,
            "text": mail.text,
            "from": f"{sender.name} <{sender.address}>",
            "reply_to": sender.reply_to,
        },
    )


def _deliver(batch: Sequence[Outgoing], now: datetime) -> list[SendResult]:
    connection = channels.active_connection("email")
    try:
        session = channel_services.open_session(connection)
        try:
            results = session.send(batch)
        finally:
            session.close()
    except Unreachable as error:
        channel_services.record_failure(connection.pk, error.text, now, error.code)
        raise TestSendFailed(reason=channel_services.error_message(error.code, error.text)) from error
    channel_services.record_success(connection.pk, now)
    return results
