"""What is wrong or unwise in the text, and whether its links work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from quen.apps.campaigns.queries.estimates import content_hash, count_readers, count_without_value
from quen.apps.campaigns.types import LINK_CHECK_TIMEOUT, CampaignCheckContext
from quen.apps.channels.types import ChecklistLine, CheckSeverity, ContentPart
from quen.apps.compliance import queries as compliance
from quen.apps.content import queries as contents
from quen.apps.content.types import ContentIssue
from quen.core.errors import DomainError
from quen.ui.tags.filters import num

#: issues that the checks of the sender report
_REPORTED_ELSEWHERE = ("sender_incomplete", "opt_out_channel_missing", "reminder_missing")
#: where an issue is fixed, if not simply in the text
_FIX_TARGETS = {"blanks_unfilled": "blanks"}
_LANGUAGES = {
    "vi": pgettext_lazy("in the middle of a sentence", "Vietnamese"),
    "en": pgettext_lazy("in the middle of a sentence", "English"),
}
#: phrases that mark an offer in a message sent as transactional (R-59)
_OFFER_PATTERN = re.compile(
    r"khuyến mãi|khuyến mại|giảm giá|ưu đãi|voucher|mã giảm|quà tặng|miễn phí vận chuyển|freeship|flash sale"
    r"|giảm \d+\s?%|-\d+\s?%|\bsale\b|discount|coupon|% off|special offer",
    re.IGNORECASE,
)


def check_content(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return the issues of the text, its label, and a warning about advertising sent as transactional."""
    campaign = context.campaign
    try:
        issues = contents.check(
            context.content,
            workspace=context.workspace,
            message_class=campaign.message_class,
            reminders=campaign.permission_reminders,
        )
    except DomainError as refusal:
        yield ChecklistLine(refusal.code, CheckSeverity.ERROR, str(refusal), fix_target="content")
        return
    for issue in issues:
        line = _issue_line(issue, context)
        if line is not None:
            yield line
    if context.is_marketing:
        label = compliance.channel_rules(context.channel.key).label
        if label and not any(issue.blocking for issue in issues):
            yield _label_line(label, context)
    elif _reads_like_offer(context):
        yield ChecklistLine(
            "offer_in_transactional",
            CheckSeverity.WARNING,
            _("This looks like an offer but is marked as transactional"),
            _("A message with a voucher, an offer or a link to one is advertising and needs consent."),
            fix_target="class",
        )


def _issue_line(issue: ContentIssue, context: CampaignCheckContext) -> ChecklistLine | None:
    """Return the line of an issue, None if another check reports it or no recipient is affected."""
    if issue.code in _REPORTED_ELSEWHERE:
        return None
    if issue.code == "language_missing":
        return _missing_language_line(issue, context)
    hint: str | Promise = issue.rule
    if issue.code == "tag_without_fallback" and context.estimate is not None and context.estimate.matched:
        missing = count_without_value(
            context.campaign, str(issue.params["tag"]), workspace=context.workspace, now=context.now
        )
        if missing == 0:
            return None
        if missing is not None:
            hint = ngettext(
                "%(count)s recipient has no value for it and would see a gap",
                "%(count)s recipients have no value for it and would see a gap",
                missing,
            ) % {"count": num(missing)}
    severity = CheckSeverity.ERROR if issue.blocking else CheckSeverity.WARNING
    return ChecklistLine(
        issue.code,
        severity,
        issue.text,
        hint,
        fix_target=_FIX_TARGETS.get(issue.code, "content"),
        params=issue.params,
    )


def _missing_language_line(issue: ContentIssue, context: CampaignCheckContext) -> ChecklistLine | None:
    """Return a warning only if somebody in the audience reads the language: one that is always there is not read."""
    if context.estimate is None or not context.estimate.matched:
        return None
    code = str(issue.params["code"])
    readers = count_readers(context.campaign, code, workspace=context.workspace, now=context.now)
    if readers == 0:
        return None
    if readers is None:
        return ChecklistLine(
            issue.code, CheckSeverity.WARNING, issue.text, fix_target="content", params=issue.params
        )
    return ChecklistLine(
        issue.code,
        CheckSeverity.WARNING,
        ngettext(
            "%(readers)s recipient reads %(language)s, and there is no %(language)s version",
            "%(readers)s recipients read %(language)s, and there is no %(language)s version",
            readers,
        ),
        _("They get the default language."),
        fix_target="content",
        params={"language": _LANGUAGES.get(code, issue.params["language"]), "readers": num(readers)},
    )


def _label_line(label: str, context: CampaignCheckContext) -> ChecklistLine:
    spec = context.channel.content
    if spec.footer:
        text = _("The subject starts with %(label)s, and the footer says how to unsubscribe")
    elif spec.label_part == ContentPart.SUBJECT:
        text = _("The subject starts with %(label)s")
    else:
        text = _("The text starts with %(label)s")
    return ChecklistLine(
        "label",
        CheckSeverity.OK,
        text,
        _("Decree 91/2020/NĐ-CP, Articles 18 and 20"),
        params={"label": label},
    )


def _reads_like_offer(context: CampaignCheckContext) -> bool:
    versions = contents.versions(context.content).values()
    return any(_OFFER_PATTERN.search(f"{each.subject}\n{each.preview}\n{each.body}") for each in versions)


def check_links(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return the result of the last check of the links, or that there is none."""
    link_check = context.campaign.link_check
    requested_at = link_check.get("requested_at")
    if requested_at and context.now - datetime.fromisoformat(requested_at) < LINK_CHECK_TIMEOUT:
        yield ChecklistLine(
            "links_being_checked",
            CheckSeverity.INFO,
            _("Links are being checked"),
            _("This takes up to a minute."),
        )
        return
    if "issues" not in link_check or link_check.get("content_hash") != content_hash(context.content.pk):
        yield ChecklistLine(
            "links_not_checked",
            CheckSeverity.INFO,
            _("Links haven't been checked since the last change"),
            _("Broken links are the mistake most often found after sending."),
            fix_target="links",
        )
        return
    issues = link_check["issues"]
    for each in issues:
        issue = contents.link_issue(each["code"], each["params"])
        yield ChecklistLine(
            "link_broken",
            CheckSeverity.WARNING,
            issue.text,
            _("Recipients would see an error page."),
            fix_target="content",
            params=issue.params,
        )
    if not issues:
        yield ChecklistLine("links", CheckSeverity.OK, _("All links work"))
