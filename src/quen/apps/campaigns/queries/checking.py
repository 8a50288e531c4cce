"""What stands between a draft and its recipients (CAM-56): faults that block, warnings, and what is in order."""

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
from quen.apps.campaigns.queries.looking import people_without, words_digest
from quen.apps.campaigns.queries.people import audience_of, people_of
from quen.apps.campaigns.types import CampaignState, Check, Look, Weight, Words
from quen.apps.channels import queries as channels
from quen.apps.channels.types import ConnectionState
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass, Reason
from quen.apps.content import queries as contents
from quen.core.errors import DomainError
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

EMAIL = "email"
#: findings about the words that stand above as one line about the shop
_SAID_ELSEWHERE = ("sender_incomplete", "refusal_way_missing", "reminder_missing")
LINKS_PATIENCE = timedelta(minutes=3)
_SANDBOX = "sandbox"
_ONLY_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  # compared, not bound
#: words by which one recognises an offer in a message that is called transactional (R-59)
_OFFERS = re.compile(
    r"khuyến mãi|khuyến mại|giảm giá|ưu đãi|voucher|mã giảm|quà tặng|miễn phí vận chuyển|freeship|flash sale"
    r"|giảm \d+\s?%|-\d+\s?%|\bsale\b|discount|coupon|% off|special offer",
    re.IGNORECASE,
)
_B, _W, _N, _OK = Weight.BLOCKS, Weight.WARNS, Weight.NOTES, Weight.HOLDS


def checklist(
    campaign: Campaign, *, workspace: Workspace, now: datetime, look: Look | None = None
) -> list[Check]:
    """Give every line, the worst first. look: a count of the audience; without one, nothing is said of numbers."""
    lines = [
        *_of_the_shop(campaign, workspace),
        *_of_the_audience(campaign, look, workspace, now),
        *_of_the_words(campaign, workspace, look, now),
        *_of_the_way(campaign),
        *_of_the_address(),
        *_of_the_time(campaign, now),
    ]
    order = list(Weight)
    return sorted(lines, key=lambda line: order.index(line.weight))


def _of_the_shop(campaign: Campaign, workspace: Workspace) -> Iterator[Check]:
    """What the law asks of whoever advertises."""
    if not compliance.terms_accepted():
        yield Check(
            "terms_not_accepted",
            _B,
            _("Nobody has accepted the anti-spam policy yet"),
            _("It tells which consent counts by Decree 91/2020/NĐ-CP. It is read and accepted once."),
            mend="terms",
        )
    missing = compliance.sender_block(workspace).missing
    if missing:
        fields = ", ".join(str(_SENDER_WORDS.get(key, key)) for key in missing)
        yield Check(
            "sender_block",
            _B,
            _("The sender’s details are not complete: %(fields)s"),
            _("Decree 91/2020/NĐ-CP, Article 19: name, phone, email and address stand in every mail."),
            mend="sender_block",
            params={"fields": fields},
        )
    if campaign.message_class == MessageClass.MARKETING:
        languages = contents.versions(contents.get_content(campaign.content_id))
        without = [
            language
            for language in languages
            if not compliance.reminder(language, override=campaign.reminders, workspace=workspace)
        ]
        if without:
            yield Check(
                "no_reminder",
                _B,
                _("Nothing says why people receive this mail"),
                _("The footer reminds everybody where they agreed."),
                part="what",
                mend="reminder",
            )


def _of_the_audience(
    campaign: Campaign, look: Look | None, workspace: Workspace, now: datetime
) -> Iterator[Check]:
    try:
        audience = audience_of(campaign)
    except DomainError as refusal:
        yield Check("audience_broken", _B, str(refusal), part="who", mend="who")
        return
    if not audience.include:
        yield Check(
            "nobody_chosen",
            _B,
            _("Nobody is chosen yet"),
            _("Choose segments, tags, conditions or single customers."),
            part="who",
            mend="who",
        )
        return
    try:
        people_of(audience, now=now, zone=workspace.zone)
    except DomainError as refusal:
        yield Check(
            "audience_broken",
            _B,
            _("A piece of the audience can’t be used any more"),
            str(refusal),
            part="who",
            mend="who",
        )
        return
    if audience.is_everyone and not audience.confirmed:
        yield Check(
            "everyone_not_confirmed",
            _B,
            _("Nothing narrows the audience: say that everyone is meant"),
            _("One tick in “Who receives it”, so that nobody writes to all by mistake."),
            part="who",
            mend="who",
        )
    if look is None:
        return
    if look.eligible == 0:
        yield Check(
            "nobody_left",
            _B,
            _("Nobody would receive this"),
            _("Everybody chosen is left out; the reasons stand beside the numbers."),
            part="who",
            mend="who",
        )
        return
    left = look.matched - look.eligible
    if left:
        text = ngettext("%(left)s person is left out", "%(left)s people are left out", left)
        yield Check(
            "left_out",
            _OK,
            text,
            _("No consent, refused, suppressed or no address; each reason is counted."),
            part="who",
            params={"left": num(left)},
        )
    if campaign.message_class == MessageClass.MARKETING:
        cap = compliance.rules().email_cap
        capped = look.left_out.get(Reason.CAP, 0)
        text = ngettext(
            "Nobody gets more than %(cap)s advertising mail in 24 hours",
            "Nobody gets more than %(cap)s advertising mails in 24 hours",
            cap,
        )
        rule: Words = _("Decree 91/2020/NĐ-CP, Article 13")
        if capped:
            rule = ngettext(
                "Article 13; %(capped)s person has had enough",
                "Article 13; %(capped)s people have had enough",
                capped,
            ) % {"capped": num(capped)}
        yield Check("cap", _OK, text, rule, part="who", params={"cap": num(cap)})


def _of_the_words(
    campaign: Campaign, workspace: Workspace, look: Look | None, now: datetime
) -> Iterator[Check]:
    content = contents.get_content(campaign.content_id)
    try:
        findings = contents.check(
            content,
            workspace=workspace,
            message_class=campaign.message_class,
            reminders=campaign.reminders,
        )
    except DomainError as refusal:
        yield Check(refusal.code, _B, str(refusal), part="what", mend="what")
        return
    for finding in findings:
        if finding.code in _SAID_ELSEWHERE:
            continue
        rule: Words = finding.rule
        if finding.code == "tag_without_fallback" and look is not None and look.matched:
            gaps = people_without(campaign, str(finding.params["tag"]), workspace=workspace, now=now)
            if gaps == 0:
                continue
            if gaps is not None:
                rule = ngettext(
                    "%(gaps)s person of this audience would read a gap",
                    "%(gaps)s people of this audience would read a gap",
                    gaps,
                ) % {"gaps": num(gaps)}
        yield Check(
            finding.code,
            _B if finding.blocks else _W,
            finding.text,
            rule,
            part="what",
            mend="what",
            params=finding.params,
        )
    if not any(finding.blocks for finding in findings) and campaign.message_class == MessageClass.MARKETING:
        label = compliance.rules().email_label
        if label:
            yield Check(
                "label",
                _OK,
                _("The subject begins with %(label)s, and the footer tells how to say no"),
                _("Decree 91/2020/NĐ-CP, Articles 18 and 20"),
                part="what",
                params={"label": label},
            )
    if campaign.message_class == MessageClass.TRANSACTIONAL and _offers(campaign):
        yield Check(
            "offer_in_transactional",
            _W,
            _("This reads like an offer, but is called transactional"),
            _("A voucher, an offer or a link to one makes it advertising, which needs consent."),
            part="what",
            mend="class",
        )
    yield from _of_the_links(campaign, now)


def _of_the_links(campaign: Campaign, now: datetime) -> Iterator[Check]:
    kept = campaign.links
    asked = kept.get("asked")
    if asked and now - datetime.fromisoformat(asked) < LINKS_PATIENCE:
        yield Check(
            "links_asked",
            _N,
            _("The links are being followed"),
            _("It takes up to a minute."),
            part="what",
        )
        return
    if "broken" not in kept or kept.get("of") != words_digest(campaign.content_id):
        yield Check(
            "links_not_checked",
            _N,
            _("The links have not been followed since the last change"),
            _("A broken link is the most common regret after sending."),
            part="what",
            mend="links",
        )
        return
    broken = kept["broken"]
    for each in broken:
        yield Check(
            "link_broken", _W, each["text"], _("Readers would reach nothing."), part="what", mend="what"
        )
    if not broken:
        yield Check("links", _OK, _("All links can be opened"), part="what")


def _offers(campaign: Campaign) -> bool:
    found = contents.versions(contents.get_content(campaign.content_id)).values()
    return any(_OFFERS.search(f"{each.subject}\n{each.preview}\n{each.body}") for each in found)


def _of_the_way(campaign: Campaign) -> Iterator[Check]:
    """The connection and who it comes from."""
    if not any(each.pk == campaign.sender_id for each in channels.senders(EMAIL)):
        yield Check(
            "no_sender",
            _B,
            _("Nobody is chosen as the sender"),
            _("A name your customers know, and an address that takes their answers."),
            part="what",
            mend="sender",
        )
    connection = channels.find_active(EMAIL)
    if connection is None:
        yield Check(
            "no_connection",
            _B,
            _("No channel for email is set up"),
            _("Mails need a way out: your mail server, or the sandbox to try."),
            mend="channels",
        )
    elif connection.adapter == _SANDBOX:
        yield Check(
            "sandbox",
            _N,
            _("The sandbox is on: nothing leaves the system"),
            _("You see every mail as your customers would. Set up a mail server to really send."),
            mend="channels",
        )
    elif connection.state == ConnectionState.FAILING:
        yield Check(
            "connection_failing",
            _W,
            _("The mail server did not answer last time"),
            _("Sending waits and is tried again by itself."),
            mend="channels",
            params={},
        )
    elif connection.state == ConnectionState.UNTESTED:
        yield Check(
            "connection_untested",
            _W,
            _("The mail server has not been tried yet"),
            _("Send a test to yourself first."),
            mend="channels",
        )


def _of_the_address() -> Iterator[Check]:
    """Links and pictures of a mail lead to this installation: customers must be able to reach it."""
    connection = channels.find_active(EMAIL)
    host = urlsplit(settings.BASE_URL).hostname or ""
    if connection is not None and connection.adapter != _SANDBOX and host in _ONLY_HERE:
        yield Check(
            "address_unreachable",
            _W,
            _("Links in this mail lead to %(host)s, which only this machine can open"),
            _(
                "Customers could neither follow a link nor unsubscribe: set QUEN_BASE_URL to your public address."
            ),
            part="what",
            params={"host": host},
        )


def _of_the_time(campaign: Campaign, now: datetime) -> Iterator[Check]:
    waits = campaign.state == CampaignState.DRAFT
    if waits and campaign.send_at is not None and campaign.send_at <= now:
        yield Check(
            "send_time_past",
            _B,
            _("The send time has passed"),
            _("Choose a later time, or send now."),
            part="when",
            mend="when",
        )


_SENDER_WORDS = {
    "name": _("name"),
    "phone": _("phone"),
    "email": _("email"),
    "address": _("address"),
}
