"""A test: the draft as one person would get it, to a few addresses, at once.

It needs no consent, since who asked for it gets it; it leaves no trace on the person it was written as.
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
from quen.apps.channels.types import MailParts, NotHandedOver, Outcome, Outgoing, Result, Unreachable
from quen.apps.content import queries as contents
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.channels.models import Sender
    from quen.apps.content.types import Rendered
    from quen.apps.team.models import Member

MOST_ADDRESSES = 5
TESTS_AN_HOUR = 30
_HOUR = timedelta(hours=1)


def send_test(
    *,
    campaign: Campaign,
    workspace: Workspace,
    addresses: Sequence[str],
    contact_id: int | None,
    language: str,
    actor: Member | None,
    now: datetime,
) -> int:
    """Send the draft, marked as a test, and give to how many addresses it went.

    contact_id: whose data fill the tags; None takes examples.
    Raises TooManyTestAddresses, TooManyTests, NoSender, NoConnection, TemplateBroken, NotHandedOver.
    """
    if len(addresses) > MOST_ADDRESSES:
        raise TooManyTestAddresses(most=MOST_ADDRESSES)
    tests = team_queries.actions().filter(kind="campaigns.tested", at__gt=now - _HOUR)
    if tests.count() >= TESTS_AN_HOUR:
        raise TooManyTests(most=TESTS_AN_HOUR)
    sender = channels.senders("email").filter(pk=campaign.sender_id or 0).first()
    if sender is None:
        raise NoSender()
    with translation.override(language):
        mail = contents.preview(
            contents.get_content(campaign.content_id),
            contact_id,
            workspace=workspace,
            message_class=campaign.message_class,
            reminders=campaign.reminders,
            now=now,
            language=language,
        )
    results = _hand_over([_outgoing(mail, sender, to, language, now) for to in addresses], now)
    # Also what was refused in part has gone to somebody: it counts.
    data = {"name": campaign.name, "addresses": len(addresses)}
    team.log_action(actor, "campaigns.tested", target=campaign, data=data, now=now)
    for result in results:
        if result.outcome is not Outcome.ACCEPTED:
            raise NotHandedOver(reason=f"{result.code} {result.text}".strip())
    return len(addresses)


def _outgoing(mail: Rendered, sender: Sender, to: str, language: str, now: datetime) -> Outgoing:
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


def _hand_over(window: Sequence[Outgoing], now: datetime) -> list[Result]:
    connection = channels.active_connection("email")
    try:
        session = channel_services.open_session(connection)
        try:
            results = session.send(window)
        finally:
            session.close()
    except Unreachable as error:
        channel_services.note_error(connection.pk, error.text, now, error.code)
        raise NotHandedOver(reason=channel_services.trouble(error.code, error.text)) from error
    channel_services.note_ok(connection.pk, now)
    return results
