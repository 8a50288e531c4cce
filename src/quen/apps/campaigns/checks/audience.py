"""Whether the audience can be used, and how many contacts it reaches."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.campaigns.queries.audiences import audience_of, contacts_in
from quen.apps.campaigns.types import CampaignCheckContext
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import ExclusionReason
from quen.core.errors import DomainError
from quen.ui.tags.filters import num


def check_audience(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return errors about an audience that is empty, broken or needs a confirmation."""
    try:
        audience = audience_of(context.campaign)
    except DomainError as refusal:
        yield _error("audience_broken", str(refusal))
        return
    if not audience.include:
        yield _error(
            "nobody_chosen",
            _("No recipients selected"),
            _("Choose segments, tags, conditions or individual customers."),
        )
        return
    try:
        contacts_in(audience, now=context.now, zone=context.workspace.zone)
    except DomainError as refusal:
        yield _error("audience_broken", _("Part of the audience can’t be used any more"), str(refusal))
        return
    if audience.is_everyone and not audience.confirmed:
        yield _error(
            "everyone_not_confirmed",
            _("Confirm that you want to send to all customers"),
            _("Tick the box under “Recipients”, so that no one writes to all customers by mistake."),
        )


def check_topic(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error if advertising names no topic although there are topics on its channel."""
    if not context.is_marketing:
        return
    topics = compliance.topics_on(context.channel.key)
    if context.campaign.topic_id in {topic.pk for topic in topics}:
        return
    if context.campaign.topic_id is not None:
        yield ChecklistLine(
            "topic_gone",
            CheckSeverity.ERROR,
            _("The topic is no longer sent on this channel"),
            _("Choose another topic."),
            fix_target="topic",
        )
    elif topics:
        yield ChecklistLine(
            "no_topic",
            CheckSeverity.ERROR,
            _("No topic selected"),
            _("Customers choose which topics they want. Say which one this message belongs to."),
            fix_target="topic",
        )


def check_reach(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error if nobody is left, else how many are skipped and which limit applies."""
    estimate = context.estimate
    if estimate is None:
        return
    if estimate.eligible == 0:
        yield _error(
            "nobody_left",
            _("No one would receive this message"),
            _("All selected customers are skipped. See the reasons next to the numbers."),
        )
        return
    skipped = estimate.matched - estimate.eligible
    if skipped:
        yield ChecklistLine(
            "skipped",
            CheckSeverity.OK,
            ngettext("%(skipped)s contact is skipped", "%(skipped)s contacts are skipped", skipped),
            _("No consent, unsubscribed, suppressed or no address. Each reason is listed with its count."),
            card="audience",
            params={"skipped": num(skipped)},
        )
    if context.is_marketing:
        yield _cap_line(
            compliance.channel_rules(context.channel.key).daily_cap,
            capped=estimate.skipped_by_reason.get(ExclusionReason.FREQUENCY_CAP, 0),
        )


def _cap_line(cap: int, *, capped: int) -> ChecklistLine:
    hint: str | Promise = _("Decree 91/2020/NĐ-CP, Article 13")
    if capped:
        hint = ngettext(
            "Article 13; %(capped)s contact has reached the limit",
            "Article 13; %(capped)s contacts have reached the limit",
            capped,
        )
    return ChecklistLine(
        "cap",
        CheckSeverity.OK,
        ngettext(
            "Customers receive at most %(cap)s advertising message in 24 hours",
            "Customers receive at most %(cap)s advertising messages in 24 hours",
            cap,
        ),
        hint,
        card="audience",
        params={"cap": num(cap), "capped": num(capped)},
    )


def _error(key: str, text: str | Promise, hint: str | Promise = "") -> ChecklistLine:
    return ChecklistLine(key, CheckSeverity.ERROR, text, hint, card="audience", fix_target="audience")
