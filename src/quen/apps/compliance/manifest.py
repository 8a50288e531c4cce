"""What the compliance app declares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.compliance import export_columns, importing, onboarding, panels, queries, registry, services
from quen.apps.compliance.services.merging import MERGE_COLUMNS, merge_refusals, unmerge_refusals
from quen.apps.compliance.types import ChannelPolicy, ComplianceRight
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import Channel, ContactRight, UnwantedAddresses
from quen.apps.events.types import Consumer, EventGroup, EventKind, EventPhrases
from quen.apps.import_export import registry as import_export
from quen.apps.import_export.types import ImportExportRight
from quen.apps.ingest import registry as ingest
from quen.apps.manifest import Manifest
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import AuditMessage, OnboardingItem, PendingItems
from quen.apps.team.types import DeclaredRight
from quen.core.sql import Relation
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import num

#: labels and caps: Decree 91/2020/NĐ-CP; calls: at most one advertising call in 24 hours (Art. 13.5)
POLICIES = (
    ChannelPolicy(
        Channel.EMAIL.value,
        "email",
        needs_subscribed_status=True,
        advertising_label="[QC]",
        label_rule=_("Placed at the start of the subject, as Decree 91/2020 Art. 18 requires."),
    ),
    ChannelPolicy(
        Channel.SMS.value,
        "phone",
        advertising_label="[QC]",
        label_rule=_("Placed at the start of the text, as Decree 91/2020 requires."),
    ),
    ChannelPolicy(Channel.ZALO.value, "phone"),
    ChannelPolicy(Channel.CHAT.value, None),
    ChannelPolicy(Channel.PUSH.value, None),
    ChannelPolicy(Channel.CALL.value, "phone", daily_cap=1, max_daily_cap=1),
)


def _suppressed(data: Mapping[str, Any]) -> str:
    count = data["addresses"]
    text = ngettext("Suppressed %(n)s address", "Suppressed %(n)s addresses", count)
    return text % {"n": num(count)}


def _register_uploaded(data: Mapping[str, Any]) -> str:
    count = data["numbers"]
    text = ngettext(
        "Uploaded the do-not-advertise register: %(n)s number",
        "Uploaded the do-not-advertise register: %(n)s numbers",
        count,
    )
    return text % {"n": num(count)}


def _settings_entry(name: str, label: Any, icon: str, order: int, *active_for: str) -> NavEntry:
    return NavEntry(
        key=f"compliance-{name}",
        label=label,
        icon=icon,
        url_name=f"compliance:{name}",
        group="settings",
        order=order,
        right=ComplianceRight.CONFIGURE,
        active_for=active_for,
    )


#: what the owners of another shop did, for the log and the notifications of this one
_FROM_OTHER_SHOPS: dict[str, Any] = {
    "compliance.join_received": _("“%(name)s” asks to share opt-outs and limits with this shop"),
    "compliance.join_was_withdrawn": _("“%(name)s” withdrew its request to share opt-outs and limits"),
    "compliance.join_was_accepted": _("“%(name)s” agreed to share opt-outs and limits with this shop"),
    "compliance.join_was_declined": _("“%(name)s” declined to share opt-outs and limits with this shop"),
    "compliance.company_member_left": _("“%(name)s” stopped sharing opt-outs and limits with this shop"),
}


def _notification(text: Any, data: Mapping[str, Any]) -> str:
    return str(text) % data


MANIFEST = Manifest(
    pages="sending/",
    manual_page="sending-rules",
    public_pages={"u/": "quen.apps.compliance.public_urls"},
    rights=(DeclaredRight(ComplianceRight.CONFIGURE, _("Set up channels, senders and sending settings")),),
    navigation=(
        NavEntry(
            key="compliance-consent_log",
            label=_("Consent log"),
            icon="book-open-check",
            url_name="compliance:consent_log",
            group="customers",
            order=80,
            right=ContactRight.VIEW,
        ),
        _settings_entry("settings", _("Sending settings"), "scale", 60),
        _settings_entry(
            "topics", _("Topics"), "list-checks", 61, "compliance:topic_new", "compliance:topic_edit"
        ),
        _settings_entry("terms", _("Anti-spam policy"), "shield-check", 62),
        _settings_entry("company", _("Shops of one company"), "building-2", 63),
        _settings_entry(
            "suppressions",
            _("Suppression list"),
            "shield-ban",
            64,
            "compliance:suppress",
            "compliance:register",
        ),
    ),
    event_codes=range(300, 400),
    event_groups=(EventGroup("consent", _("Consent"), "shield-check", 60, "interaction", filterable=False),),
    event_kinds=(
        EventKind(
            300,
            "unsubscribed",
            _("Unsubscribed"),
            _("Unsubscribed"),
            "ban",
            "consent",
            phrases=EventPhrases(
                _("who unsubscribed"), _("who never unsubscribed"), _("who did not unsubscribe")
            ),
        ),
        EventKind(
            301,
            "resubscribed",
            _("Resubscribed"),
            _("Resubscribed"),
            "check",
            "consent",
            phrases=EventPhrases(
                _("who subscribed again"), _("who never subscribed again"), _("who did not subscribe again")
            ),
        ),
        EventKind(
            302,
            "topic_left",
            _("Left a topic"),
            _("Left the topic “%(name)s” on %(channel)s"),
            "ban",
            "consent",
            phrases=EventPhrases(
                _("who left a topic"), _("who never left a topic"), _("who did not leave a topic")
            ),
        ),
        EventKind(
            303,
            "topic_joined",
            _("Chose a topic again"),
            _("Chose the topic “%(name)s” on %(channel)s again"),
            "check",
            "consent",
            phrases=EventPhrases(
                _("who chose a topic again"),
                _("who never chose a topic again"),
                _("who did not choose a topic again"),
            ),
        ),
        EventKind(
            304,
            "use_agreed",
            _("Agreed to another use of their data"),
            _("Agreed to: %(purpose)s"),
            "check",
            "consent",
            phrases=EventPhrases(
                _("who agreed to another use of their data"),
                _("who never agreed to another use of their data"),
                _("who did not agree to another use of their data"),
            ),
        ),
        EventKind(
            305,
            "use_refused",
            _("Refused another use of their data"),
            _("Refused: %(purpose)s"),
            "ban",
            "consent",
            phrases=EventPhrases(
                _("who refused another use of their data"),
                _("who never refused another use of their data"),
                _("who did not refuse another use of their data"),
            ),
        ),
    ),
    consumers=(Consumer(services.CONSUMER, services.consume_refusals, drain_after_seconds=1),),
    on_restore=services.restart_after_restore,
    audit_messages={
        "compliance.settings_changed": AuditMessage(_("Changed the sending settings")),
        "compliance.topic_created": AuditMessage(_("Created the topic “%(name)s”")),
        "compliance.topic_changed": AuditMessage(_("Changed the topic “%(name)s”")),
        "compliance.topic_archived": AuditMessage(_("Archived the topic “%(name)s”")),
        "compliance.topic_restored": AuditMessage(_("Restored the topic “%(name)s”")),
        "compliance.terms_accepted": AuditMessage(_("Accepted the anti-spam policy, version %(version)s")),
        "compliance.suppressed": AuditMessage(_suppressed, _("Suppressed addresses")),
        "compliance.register_uploaded": AuditMessage(
            _register_uploaded, _("Uploaded the do-not-advertise register")
        ),
        "compliance.suppression_removed": AuditMessage(_("Removed %(address)s from the suppression list")),
        "compliance.suppressions_exported": AuditMessage(_("Exported the suppression list")),
        "compliance.consent_log_exported": AuditMessage(_("Exported the consent log")),
        "compliance.contact_unsubscribed": AuditMessage(_("Unsubscribed %(name)s")),
        "compliance.company_code_renewed": AuditMessage(
            _("Replaced the code for other shops of the company")
        ),
        "compliance.join_asked": AuditMessage(_("Requested to share opt-outs and limits with another shop")),
        "compliance.join_withdrawn": AuditMessage(
            _("Withdrew the request to share opt-outs and limits with another shop")
        ),
        "compliance.join_accepted": AuditMessage(_("Agreed to share opt-outs and limits with “%(name)s”")),
        "compliance.join_declined": AuditMessage(_("Declined to share opt-outs and limits with “%(name)s”")),
        "compliance.company_left": AuditMessage(_("Stopped sharing opt-outs and limits with other shops")),
        **{kind: AuditMessage(text) for kind, text in _FROM_OTHER_SHOPS.items()},
    },
    notifications={kind: partial(_notification, text) for kind, text in _FROM_OTHER_SHOPS.items()},
    onboarding=(
        OnboardingItem(
            "compliance.permission_reminder", 54, ComplianceRight.CONFIGURE, onboarding.permission_reminder
        ),
        OnboardingItem("compliance.terms", 56, ComplianceRight.CONFIGURE, onboarding.terms),
    ),
    pending=(PendingItems("join-requests", 15, ComplianceRight.CONFIGURE, panels.pending_requests),),
    contact_panels=(
        contacts.ContactPanel(
            "unsubscribes",
            title=_("Unsubscribes and other uses"),
            order=20,
            right=ContactRight.VIEW,
            url=lambda contact_id: workspace_path(f"/sending/contacts/{contact_id}/"),
            slot="profile",
        ),
    ),
)


def register() -> None:
    """Register the policies of channels, stored unsubscribes, and what happens when contacts are deleted or erased."""
    for policy in POLICIES:
        registry.register_policy(policy)
    ingest.register_endpoint(services.UNSUBSCRIBE_ENDPOINT, services.process_unsubscribes, lasting=True)
    contacts.register_purposes(queries.purpose_labels)
    export_columns.register()
    importing.register()
    contacts.on_erase("compliance", _on_erase)
    contacts.register_personal_data(
        "compliance", _("Unsubscribes, topics and other uses"), queries.refusals_copy
    )
    contacts.on_delete("compliance", _on_delete)
    contacts.on_restore("compliance", _on_restore)
    contacts.on_unwanted("compliance", _on_unwanted)
    contacts.on_merge("compliance", merge_refusals, unmerge_refusals, columns=MERGE_COLUMNS)
    for key, label, right, kind in (
        (
            "suppressions",
            _("Suppression list"),
            ComplianceRight.CONFIGURE,
            "compliance.suppressions_exported",
        ),
        ("consent_log", _("Consent log"), ImportExportRight.EXPORT, "compliance.consent_log_exported"),
    ):
        import_export.register_export(import_export.ExportOffer(key, label, f"compliance:{key}", right, kind))


def _on_erase(erased: Relation, now: datetime) -> None:
    services.suppress_erased(erased, now=now)
    services.erase_choices(erased)
    services.erase_answers(erased)


def _on_delete(deleted: Relation, now: datetime) -> None:
    services.suppress_opted_out(deleted, now=now)


def _on_restore(restored: Relation, now: datetime) -> None:
    services.unsuppress_restored(restored)


def _on_unwanted(unwanted: UnwantedAddresses, now: datetime) -> None:
    services.suppress(
        channel=unwanted.channel,
        addresses=unwanted.addresses,
        cause=unwanted.cause,
        note=unwanted.note,
        actor=unwanted.actor,
        now=now,
        contact_ids=unwanted.contact_ids,
    )
