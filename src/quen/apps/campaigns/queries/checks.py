"""The check list of a campaign (CAM-56): errors that block sending, warnings, and what is in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.audiences import audience_of, contacts_in
from quen.apps.campaigns.queries.estimates import content_hash, count_without_value
from quen.apps.campaigns.types import AudienceEstimate, CampaignState, ChecklistItem, Severity, Text
from quen.apps.channels import queries as channels
from quen.apps.channels.types import ConnectionState
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import ExclusionReason, MessageClass
from quen.apps.content import queries as contents
from quen.core.errors import DomainError
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

EMAIL = "email"
#: findings about the content that _workspace_items already reports once
_COVERED_ELSEWHERE = ("sender_incomplete", "opt_out_channel_missing", "reminder_missing")
LINK_CHECK_TIMEOUT = timedelta(minutes=3)
_SANDBOX = "sandbox"
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  # compared, not bound
#: phrases that mark an offer in a message sent as transactional (R-59)
_OFFER_PATTERN = re.compile(
    r"khuyến mãi|khuyến mại|giảm giá|ưu đãi|voucher|mã giảm|quà tặng|miễn phí vận chuyển|freeship|flash sale"
    r"|giảm \d+\s?%|-\d+\s?%|\bsale\b|discount|coupon|% off|special offer",
    re.IGNORECASE,
)
_ERROR, _WARNING, _INFO, _OK = Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.OK


def checklist(
    campaign: Campaign, *, workspace: Workspace, now: datetime, estimate: AudienceEstimate | None = None
) -> list[ChecklistItem]:
    """Return all lines, most severe first.

    estimate: the last count of the audience; without one, lines that need numbers are left out.
    """
    lines = [
        *_workspace_items(campaign, workspace),
        *_audience_items(campaign, estimate, workspace, now),
        *_content_items(campaign, workspace, estimate, now),
        *_sender_items(campaign),
        *_base_url_items(),
        *_schedule_items(campaign, now),
    ]
    order = list(Severity)
    return sorted(lines, key=lambda line: order.index(line.severity))


def _workspace_items(campaign: Campaign, workspace: Workspace) -> Iterator[ChecklistItem]:
    """Yield what the law requires of the sender: accepted terms, full contact details, a permission reminder."""
    if not compliance.terms_accepted():
        yield ChecklistItem(
            "terms_not_accepted",
            _ERROR,
            _("The anti-spam policy hasn't been accepted yet"),
            _("It explains which consent is valid under Decree 91/2020/NĐ-CP. You read and accept it once."),
            fix_target="terms",
        )
    missing_fields = compliance.sender_block(workspace).missing
    if missing_fields:
        fields = ", ".join(str(_SENDER_FIELD_LABELS.get(key, key)) for key in missing_fields)
        yield ChecklistItem(
            "sender_block",
            _ERROR,
            _("The sender’s details are not complete: %(fields)s"),
            _("Decree 91/2020/NĐ-CP, Article 19: every email contains name, phone, email and address."),
            fix_target="sender_block",
            params={"fields": fields},
        )
    if campaign.message_class == MessageClass.MARKETING:
        languages = contents.versions(contents.get_content(campaign.content_id))
        missing_languages = [
            language
            for language in languages
            if not compliance.permission_reminder(
                language, override=campaign.permission_reminders, workspace=workspace
            )
        ]
        if missing_languages:
            yield ChecklistItem(
                "no_reminder",
                _ERROR,
                _("The permission reminder is missing"),
                _("The footer says where each customer consented."),
                card="content",
                fix_target="reminder",
            )


def _audience_items(
    campaign: Campaign, estimate: AudienceEstimate | None, workspace: Workspace, now: datetime
) -> Iterator[ChecklistItem]:
    try:
        audience = audience_of(campaign)
    except DomainError as refusal:
        yield ChecklistItem("audience_broken", _ERROR, str(refusal), card="audience", fix_target="audience")
        return
    if not audience.include:
        yield ChecklistItem(
            "nobody_chosen",
            _ERROR,
            _("No recipients selected"),
            _("Choose segments, tags, conditions or individual customers."),
            card="audience",
            fix_target="audience",
        )
        return
    try:
        contacts_in(audience, now=now, zone=workspace.zone)
    except DomainError as refusal:
        yield ChecklistItem(
            "audience_broken",
            _ERROR,
            _("Part of the audience can’t be used any more"),
            str(refusal),
            card="audience",
            fix_target="audience",
        )
        return
    if audience.is_everyone and not audience.confirmed:
        yield ChecklistItem(
            "everyone_not_confirmed",
            _ERROR,
            _("Confirm that you want to send to all customers"),
            _("Tick the box under “Recipients”, so that no one emails all customers by mistake."),
            card="audience",
            fix_target="audience",
        )
    if estimate is None:
        return
    if estimate.eligible == 0:
        yield ChecklistItem(
            "nobody_left",
            _ERROR,
            _("No one would receive this email"),
            _("All selected customers are skipped. See the reasons next to the numbers."),
            card="audience",
            fix_target="audience",
        )
        return
    skipped = estimate.matched - estimate.eligible
    if skipped:
        text = ngettext("%(skipped)s contact is skipped", "%(skipped)s contacts are skipped", skipped)
        yield ChecklistItem(
            "skipped",
            _OK,
            text,
            _("No consent, unsubscribed, suppressed or no address. Each reason is listed with its count."),
            card="audience",
            params={"skipped": num(skipped)},
        )
    if campaign.message_class == MessageClass.MARKETING:
        cap = compliance.channel_rules(campaign.channel).daily_cap
        capped = estimate.skipped_by_reason.get(ExclusionReason.FREQUENCY_CAP, 0)
        text = ngettext(
            "Customers receive at most %(cap)s advertising email in 24 hours",
            "Customers receive at most %(cap)s advertising emails in 24 hours",
            cap,
        )
        detail: Text = _("Decree 91/2020/NĐ-CP, Article 13")
        if capped:
            detail = ngettext(
                "Article 13; %(capped)s contact has reached the limit",
                "Article 13; %(capped)s contacts have reached the limit",
                capped,
            ) % {"capped": num(capped)}
        yield ChecklistItem("cap", _OK, text, detail, card="audience", params={"cap": num(cap)})


def _content_items(
    campaign: Campaign, workspace: Workspace, estimate: AudienceEstimate | None, now: datetime
) -> Iterator[ChecklistItem]:
    content = contents.get_content(campaign.content_id)
    try:
        findings = contents.check(
            content,
            workspace=workspace,
            message_class=campaign.message_class,
            reminders=campaign.permission_reminders,
        )
    except DomainError as refusal:
        yield ChecklistItem(refusal.code, _ERROR, str(refusal), card="content", fix_target="content")
        return
    for finding in findings:
        if finding.code in _COVERED_ELSEWHERE:
            continue
        detail: Text = finding.rule
        if finding.code == "tag_without_fallback" and estimate is not None and estimate.matched:
            missing = count_without_value(campaign, str(finding.params["tag"]), workspace=workspace, now=now)
            if missing == 0:
                continue
            if missing is not None:
                detail = ngettext(
                    "%(count)s recipient has no value for it and would see a gap",
                    "%(count)s recipients have no value for it and would see a gap",
                    missing,
                ) % {"count": num(missing)}
        yield ChecklistItem(
            finding.code,
            _ERROR if finding.blocking else _WARNING,
            finding.text,
            detail,
            card="content",
            fix_target="content",
            params=finding.params,
        )
    if not any(finding.blocking for finding in findings) and campaign.message_class == MessageClass.MARKETING:
        label = compliance.channel_rules(campaign.channel).label
        if label:
            yield ChecklistItem(
                "label",
                _OK,
                _("The subject starts with %(label)s, and the footer says how to unsubscribe"),
                _("Decree 91/2020/NĐ-CP, Articles 18 and 20"),
                card="content",
                params={"label": label},
            )
    if campaign.message_class == MessageClass.TRANSACTIONAL and _reads_like_offer(campaign):
        yield ChecklistItem(
            "offer_in_transactional",
            _WARNING,
            _("This looks like an offer but is marked as transactional"),
            _("A message with a voucher, an offer or a link to one is advertising and needs consent."),
            card="content",
            fix_target="class",
        )
    yield from _link_items(campaign, now)


def _link_items(campaign: Campaign, now: datetime) -> Iterator[ChecklistItem]:
    link_check = campaign.link_check
    requested_at = link_check.get("requested_at")
    if requested_at and now - datetime.fromisoformat(requested_at) < LINK_CHECK_TIMEOUT:
        yield ChecklistItem(
            "links_being_checked",
            _INFO,
            _("Links are being checked"),
            _("This takes up to a minute."),
            card="content",
        )
        return
    if "broken" not in link_check or link_check.get("content_hash") != content_hash(campaign.content_id):
        yield ChecklistItem(
            "links_not_checked",
            _INFO,
            _("Links haven't been checked since the last change"),
            _("Broken links are the mistake most often found after sending."),
            card="content",
            fix_target="links",
        )
        return
    broken = link_check["broken"]
    for each in broken:
        yield ChecklistItem(
            "link_broken",
            _WARNING,
            each["text"],
            _("Recipients would see an error page."),
            card="content",
            fix_target="content",
        )
    if not broken:
        yield ChecklistItem("links", _OK, _("All links work"), card="content")


def _reads_like_offer(campaign: Campaign) -> bool:
    found = contents.versions(contents.get_content(campaign.content_id)).values()
    return any(_OFFER_PATTERN.search(f"{each.subject}\n{each.preview}\n{each.body}") for each in found)


def _sender_items(campaign: Campaign) -> Iterator[ChecklistItem]:
    """Yield the state of the sender and of the connection."""
    if not any(each.pk == campaign.sender_id for each in channels.senders(EMAIL)):
        yield ChecklistItem(
            "no_sender",
            _ERROR,
            _("No sender selected"),
            _("Use a name your customers know and an address that receives replies."),
            card="content",
            fix_target="sender",
        )
    connection = channels.find_active_connection(EMAIL)
    if connection is None:
        yield ChecklistItem(
            "no_connection",
            _ERROR,
            _("No email channel is connected"),
            _("Connect your mail server, or use the sandbox to try things out."),
            fix_target="channels",
        )
    elif connection.adapter == _SANDBOX:
        yield ChecklistItem(
            "sandbox",
            _INFO,
            _("The sandbox is on: nothing leaves the system"),
            _("You see every email as your customers would. Connect a mail server to send for real."),
            fix_target="channels",
        )
    elif connection.state == ConnectionState.FAILING:
        yield ChecklistItem(
            "connection_failing",
            _WARNING,
            _("The mail server didn't respond last time"),
            _("Sending waits and is retried automatically."),
            fix_target="channels",
            params={},
        )
    elif connection.state == ConnectionState.UNTESTED:
        yield ChecklistItem(
            "connection_untested",
            _WARNING,
            _("The mail server hasn't been tested yet"),
            _("Send a test to yourself first."),
            fix_target="channels",
        )


def _base_url_items() -> Iterator[ChecklistItem]:
    """Yield a warning when links and images of the mail point to an address that customers can't reach."""
    connection = channels.find_active_connection(EMAIL)
    host = urlsplit(settings.BASE_URL).hostname or ""
    if connection is not None and connection.adapter != _SANDBOX and host in _LOCAL_HOSTS:
        yield ChecklistItem(
            "address_unreachable",
            _WARNING,
            _("Links in this email point to %(host)s, which only this computer can open"),
            _("Customers couldn't open links or unsubscribe. Set QUEN_BASE_URL to your public address."),
            card="content",
            params={"host": host},
        )


def _schedule_items(campaign: Campaign, now: datetime) -> Iterator[ChecklistItem]:
    is_draft = campaign.state == CampaignState.DRAFT
    if is_draft and campaign.send_at is not None and campaign.send_at <= now:
        yield ChecklistItem(
            "send_time_past",
            _ERROR,
            _("The send time has passed"),
            _("Choose a later time, or send now."),
            card="schedule",
            fix_target="schedule",
        )


_SENDER_FIELD_LABELS = {
    "name": _("name"),
    "phone": _("phone"),
    "email": _("email"),
    "address": _("address"),
}
