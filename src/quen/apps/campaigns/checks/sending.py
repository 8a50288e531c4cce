"""Sender, connection, what only the channel knows, and the send time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.queries.channels import delivers
from quen.apps.campaigns.types import CampaignCheckContext, CampaignState
from quen.apps.channels import queries as channels
from quen.apps.channels.types import (
    ChecklistContext,
    ChecklistLine,
    CheckSeverity,
    ConnectionState,
    ContentPart,
)
from quen.apps.content import queries as contents
from quen.apps.content.types import BodyFormat


def check_sender(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error if no sender of the channel is selected."""
    senders = channels.senders(context.channel.key)
    if not any(sender.pk == context.campaign.sender_id for sender in senders):
        yield ChecklistLine(
            "no_sender",
            CheckSeverity.ERROR,
            _("No sender selected"),
            context.channel.texts.sender_hint,
            fix_target="sender",
        )


def check_connection(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return the state of the connection."""
    connection = context.connection
    if connection is None:
        yield _connection_line(
            "no_connection",
            CheckSeverity.ERROR,
            _("%(channel)s isn't connected"),
            _("Connect a provider, or use the sandbox to try things out."),
            {"channel": context.channel.label},
        )
    elif not delivers(connection):
        yield _connection_line(
            "sandbox",
            CheckSeverity.INFO,
            _("The sandbox is on: nothing leaves the system"),
            _("You see every message as your customers would. Connect a provider to send for real."),
        )
    elif connection.state == ConnectionState.FAILING:
        yield _connection_line(
            "connection_failing",
            CheckSeverity.WARNING,
            context.channel.texts.unreachable,
            _("Sending waits and is retried automatically."),
        )
    elif connection.state == ConnectionState.UNTESTED:
        yield _connection_line(
            "connection_untested",
            CheckSeverity.WARNING,
            _("The connection hasn't been tested yet"),
            _("Send a test to yourself first."),
        )


def check_channel(context: CampaignCheckContext) -> Iterable[ChecklistLine]:
    """Return the lines of the campaign's channel."""
    sender = channels.senders(context.channel.key).filter(pk=context.campaign.sender_id or 0).first()
    return context.channel.checks(
        ChecklistContext(
            sender_name=sender.name if sender else "",
            sender_address=sender.address if sender else "",
            marketing=context.is_marketing,
            texts=_texts(context),
            base_url=settings.BASE_URL,
            delivers=delivers(context.connection),
        )
    )


def check_send_time(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error if the send time of a draft has passed."""
    campaign = context.campaign
    is_draft = campaign.state == CampaignState.DRAFT
    if is_draft and campaign.send_at is not None and campaign.send_at <= context.now:
        yield ChecklistLine(
            "send_time_past",
            CheckSeverity.ERROR,
            _("The send time has passed"),
            _("Choose a later time, or send now."),
            card="schedule",
            fix_target="schedule",
        )


def _connection_line(
    key: str,
    severity: CheckSeverity,
    text: str | Promise,
    hint: str | Promise,
    params: Mapping[str, object] | None = None,
) -> ChecklistLine:
    return ChecklistLine(key, severity, text, hint, card="", fix_target="channels", params=params or {})


def _texts(context: CampaignCheckContext) -> dict[str, dict[ContentPart, str]]:
    """Return the parts of the text by language, as far as the channel has them."""
    texts: dict[str, dict[ContentPart, str]] = {}
    for language, version in contents.versions(context.content).items():
        body = ContentPart.TEXT if version.format == BodyFormat.TEXT else ContentPart.HTML
        parts = {
            ContentPart.SUBJECT: version.subject,
            ContentPart.PREVIEW: version.preview,
            body: version.body,
        }
        texts[language] = {
            part: text for part, text in parts.items() if part in context.channel.content.parts
        }
    return texts
