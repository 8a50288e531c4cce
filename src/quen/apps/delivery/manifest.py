"""What the delivery app declares: event kinds, texts of the audit log and of notifications, the message log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry as audience
from quen.apps.channels import registry as channels
from quen.apps.channels.types import ChannelRight
from quen.apps.compliance import registry as compliance
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.registry import ContactPanel
from quen.apps.delivery import queries, services
from quen.apps.delivery.rules import tracking
from quen.apps.delivery.services.engagement import process_opens_and_clicks, record_unsubscribes
from quen.apps.delivery.services.merging import MERGE_COLUMNS, merge_messages, unmerge_messages
from quen.apps.delivery.services.restore import pause_for_archive
from quen.apps.delivery.types import ENGAGEMENT, DeliveryRight, MessageState
from quen.apps.events.types import Consumer, EventKind, EventPhrases
from quen.apps.ingest import registry as ingest
from quen.apps.manifest import Manifest
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import AuditMessage
from quen.apps.team.types import MARKETING, DeclaredRight
from quen.apps.website import registry as website
from quen.core.sql import Relation
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import num


def _started(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Started sending “%(name)s” to %(n)s recipient",
        "Started sending “%(name)s” to %(n)s recipients",
        data["contacts"],
    )
    return text % {"name": data["name"], "n": num(data["contacts"])}


def _retried(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Retried %(n)s failed message of “%(name)s”",
        "Retried %(n)s failed messages of “%(name)s”",
        data["contacts"],
    )
    return text % {"name": data["name"], "n": num(data["contacts"])}


def _uncertain_resolved(data: Mapping[str, Any]) -> str:
    if data["sent"]:
        text = ngettext(
            "Marked %(n)s uncertain message of “%(name)s” as sent",
            "Marked %(n)s uncertain messages of “%(name)s” as sent",
            data["contacts"],
        )
    else:
        text = ngettext(
            "Sent %(n)s uncertain message of “%(name)s” again",
            "Sent %(n)s uncertain messages of “%(name)s” again",
            data["contacts"],
        )
    return text % {"name": data["name"], "n": num(data["contacts"])}


def _finished(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "“%(name)s” was sent to %(n)s recipient", "“%(name)s” was sent to %(n)s recipients", data["sent"]
    ) % {"name": data["name"], "n": num(data["sent"])}
    if not data["uncertain"]:
        return text
    uncertain = ngettext(
        "%(n)s message is uncertain and needs your decision",
        "%(n)s messages are uncertain and need your decision",
        data["uncertain"],
    )
    return f"{text}. {uncertain % {'n': num(data['uncertain'])}}."


def _paused_on_error(data: Mapping[str, Any]) -> str:
    return gettext("“%(name)s” was paused: %(text)s") % {"name": data["name"], "text": data["text"]}


MANIFEST = Manifest(
    pages="messages/",
    manual_page="message-log",
    rights=(DeclaredRight(DeliveryRight.SEND, _("Send, schedule and cancel campaigns"), MARKETING),),
    navigation=(
        NavEntry(
            key="messages",
            label=_("Message log"),
            icon="mails",
            url_name="delivery:message_list",
            # Declared by campaigns.
            group="outreach",
            order=50,
            right=ChannelRight.VIEW_MESSAGES,
            active_for=("delivery:",),
        ),
    ),
    event_codes=range(500, 600),
    event_kinds=(
        EventKind(
            500,
            "message_sent",
            _("Message sent"),
            _("Sent “%(name)s”"),
            "send",
            "messages",
            by_shop=True,
            phrases=EventPhrases(
                _("who were sent a message"),
                _("who were never sent a message"),
                _("who were not sent a message"),
            ),
        ),
        EventKind(
            501,
            "message_opened",
            _("Opened a message"),
            _("Opened “%(name)s”"),
            "mail-open",
            "messages",
            phrases=EventPhrases(
                _("who opened a message"), _("who never opened a message"), _("who did not open a message")
            ),
        ),
        EventKind(
            502,
            "message_clicked",
            _("Clicked a link in a message"),
            _("Clicked %(url)s in “%(name)s”"),
            "mouse-pointer-click",
            "messages",
            phrases=EventPhrases(
                _("who clicked in a message"),
                _("who never clicked in a message"),
                _("who did not click in a message"),
            ),
        ),
        EventKind(
            503,
            "message_bounced",
            _("Message bounced"),
            _("“%(name)s” bounced"),
            "mail-x",
            "messages",
            by_shop=True,
            phrases=EventPhrases(
                _("whose message bounced"),
                _("whose messages never bounced"),
                _("whose messages did not bounce"),
            ),
        ),
        EventKind(
            504,
            "message_complained",
            _("Marked a message as spam"),
            _("Marked “%(name)s” as spam"),
            "shield-alert",
            "messages",
            phrases=EventPhrases(
                _("who marked a message as spam"),
                _("who never marked a message as spam"),
                _("who did not mark a message as spam"),
            ),
        ),
    ),
    consumers=(Consumer("delivery.unsubscribed", record_unsubscribes, kinds=("unsubscribed",)),),
    audit_messages={
        "delivery.paused": AuditMessage(_("Paused sending “%(name)s”")),
        "delivery.resumed": AuditMessage(_("Resumed sending “%(name)s”")),
        "delivery.cancelled": AuditMessage(_("Cancelled sending “%(name)s”")),
        "delivery.started": AuditMessage(_started, label=_("Started sending")),
        "delivery.retried": AuditMessage(_retried, label=_("Retried failed messages")),
        "delivery.uncertain_resolved": AuditMessage(
            _uncertain_resolved, label=_("Resolved uncertain messages")
        ),
    },
    notifications={"delivery.finished": _finished, "delivery.paused_on_error": _paused_on_error},
    contact_panels=(
        ContactPanel(
            "messages",
            title=pgettext_lazy("to a customer", "Messages"),
            order=10,
            right=ChannelRight.VIEW_MESSAGES,
            url=lambda contact_id: workspace_path(f"/messages/contacts/{contact_id}/"),
        ),
    ),
    on_restore=services.pause_after_restore,
    on_archive=pause_for_archive,
)


def register() -> None:
    """Register what handles opens, clicks, webhooks, receipts, erased contacts, and what channels ask of messages."""
    ingest.register_endpoint(tracking.ENDPOINT, process_opens_and_clicks)
    ingest.register_endpoint(services.WEBHOOK_ENDPOINT, services.process_webhooks)
    audience.register_readable(ENGAGEMENT)
    channels.on_receipts(services.apply_receipts)
    channels.register_origins(queries.message_origins)
    channels.register_dispatches(queries.messages_of_dispatch)
    channels.register_usage_counter(queries.sent_since)
    website.register_recipients(queries.recipients_of_messages)
    contacts.on_erase("delivery", _erase)
    contacts.on_merge("delivery", merge_messages, unmerge_messages, columns=MERGE_COLUMNS)
    contacts.register_merge_figure(
        contacts.MergeFigure(
            "messages", pgettext_lazy("to a customer", "Messages"), queries.messages_by_contact
        )
    )
    compliance.register_messenger(services.send_own_message)
    contacts.register_personal_data("delivery", _("Messages"), _kept)
    compliance.register_sending(
        block_claims=services.block_claims, recent_messages=queries.recent_advertising
    )


def _kept(contact_id: int) -> list[dict[str, Any]]:
    messages = list(queries.messages_for_contact(contact_id))
    dispatches = queries.dispatches_by_id({message.dispatch_id for message in messages})
    return [
        {
            gettext("Message"): dispatches[message.dispatch_id].name
            if message.dispatch_id in dispatches
            else "",
            gettext("Address"): message.address,
            gettext("State"): str(MessageState(message.state).label),
            gettext("Sent"): str(message.sent_at or ""),
            gettext("Opened"): str(message.opened_at or ""),
            gettext("Clicked"): str(message.clicked_at or ""),
        }
        for message in messages
    ]


def _erase(erased: Relation, _now: datetime) -> None:
    services.anonymize_messages(erased)
