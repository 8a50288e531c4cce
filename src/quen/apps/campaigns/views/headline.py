"""The sentence a report opens with, and how it compares with the campaign before."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries import Comparison
from quen.apps.campaigns.rules import rates
from quen.apps.channels.registry import MessageChannel
from quen.apps.delivery.types import DispatchCounts
from quen.ui.tags.filters import num
from quen.ui.tags.filters import percent as percent_text


@dataclass(frozen=True, slots=True)
class Headline:
    """text: the finding.  change: compared with the campaign before, "" if there is nothing to compare with.

    note: what was compared, or why nothing was.  tone: "good" or "" of the change.  href: the other campaign.
    """

    text: str
    change: str = ""
    note: str = ""
    tone: str = ""
    href: str = ""


def headline(
    campaign: Campaign,
    channel: MessageChannel,
    counts: DispatchCounts,
    *,
    comparison: Comparison | None,
    is_active: bool,
) -> Headline:
    """Return the sentence. comparison: None while the campaign is being sent."""
    text = _finding(campaign, channel, counts, is_active=is_active)
    if comparison is None or not counts.sent:
        return Headline(text)
    if comparison.other is None:
        return Headline(text, note=_("There is no earlier campaign on this channel to compare with."))
    href = reverse("campaigns:campaign", args=[comparison.other.pk])
    if comparison.points is None or comparison.other_percent is None:
        note = _("Too few people to compare it with “%(name)s”.") % {"name": comparison.other.name}
        return Headline(text, note=note, href=href)
    note = (
        _("“%(name)s” had %(percent)s opens at the same time after sending.")
        if comparison.same_age
        else _("“%(name)s” had %(percent)s opens.")
    )
    values = {"name": comparison.other.name, "percent": percent_text(comparison.other_percent)}
    tone = "good" if comparison.points > 0 else ""
    return Headline(text, _change(comparison.points), note % values, tone, href)


def _finding(campaign: Campaign, channel: MessageChannel, counts: DispatchCounts, *, is_active: bool) -> str:
    arrived = rates.arrived(counts)
    values = {
        "opened": num(counts.opened),
        "clicked": num(counts.clicked),
        "arrived": num(arrived),
        "delivered": num(counts.delivered),
        "messages": channel.count_text(counts.sent),
    }
    if not counts.sent:
        return _("Being sent.") if is_active else _("Nobody has received it.")
    if is_active:
        return _("Being sent: %(messages)s so far") % values
    if channel.tracks_opens and campaign.track_opens:
        if not counts.opened:
            return _("%(messages)s sent, nobody has opened one yet") % values
        if not campaign.track_clicks:
            return _("%(opened)s of %(arrived)s people opened it") % values
        return _("%(opened)s of %(arrived)s people opened it, %(clicked)s clicked") % values
    if channel.tracks_links and campaign.track_clicks:
        return _("%(clicked)s of %(arrived)s people clicked") % values
    if counts.delivered:
        return _("%(messages)s sent, %(delivered)s arrived") % values
    return _("%(messages)s sent") % values


def _change(points: int) -> str:
    if not points:
        return _("as many opens as last time")
    template = (
        ngettext("%(n)s point better than last time", "%(n)s points better than last time", points)
        if points > 0
        else ngettext("%(n)s point less than last time", "%(n)s points less than last time", -points)
    )
    return template % {"n": num(abs(points))}
