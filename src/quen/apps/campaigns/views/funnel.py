"""The steps of a report, from sending to a click: one number each, with what became of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries import ListSizes
from quen.apps.campaigns.rules import rates
from quen.apps.channels.registry import MessageChannel
from quen.apps.delivery.types import DispatchCounts
from quen.ui.tags import filters


@dataclass(frozen=True, slots=True)
class StepPart:
    """Some recipients of a step who went no further, or another way than the rest. count: None when not counted.

    href: the page of these people, "" for nobody.  beside: the report with them beside it.
    """

    key: str
    text: str
    count: int | None
    href: str
    beside: str

    @property
    def link_text(self) -> str:
        """What leads to the people: the number, the words without one."""
        return self.text if self.count is None else filters.num(self.count)

    @property
    def rest(self) -> str:
        """The words beside the number."""
        return "" if self.count is None else self.text


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step. share: its part of the step before, in words.  href, beside: as of a part.

    bar, hatched: lengths in percent of the messages sent, the same base for all steps; None: without a bar. hatched:
    of these nobody knows.
    """

    key: str
    label: str
    count: int
    href: str
    beside: str
    share: str
    bar: float | None
    hatched: float = 0
    parts: list[StepPart] = field(default_factory=list)

    @property
    def bar_text(self) -> str:
        """The bar's length for SVG."""
        return f"{min(100.0, self.bar or 0):.2f}%"

    @property
    def hatched_text(self) -> str:
        """The hatched bar's length for SVG."""
        return f"{max(0.0, min(100.0 - (self.bar or 0), self.hatched)):.2f}%"


#: names the list beside the report in its URL
LIST_PARAM = "list"
#: shown even if they are 0, because everybody looks for them
_ALWAYS = frozenset({"bounced", "unsubscribed"})


def funnel_steps(
    campaign: Campaign,
    channel: MessageChannel,
    counts: DispatchCounts,
    *,
    recipients: int,
    sizes: ListSizes | None,
    label: Callable[[str], str],
) -> list[FunnelStep]:
    """Return the steps. sizes: of lists that no counter counts, None when there are too many to count.

    label: returns the name of a number.
    """

    def href(key: str) -> str:
        return reverse("campaigns:report_contacts", args=[campaign.pk, key])

    def beside(key: str) -> str:
        return beside_url(campaign, key)

    def step(key: str, count: int, share: str, parts: Iterable[StepPart], hatched: int = 0) -> FunnelStep:
        return FunnelStep(
            key,
            label(key),
            count,
            href(key) if count else "",
            beside(key),
            share,
            None if key == "sent" else rates.percent(count, counts.sent) or 0,
            rates.percent(hatched, counts.sent) or 0,
            [each for each in parts if each.count != 0 or each.key in _ALWAYS],
        )

    def part(key: str, text: str, count: int | None) -> StepPart:
        return StepPart(key, text, count, href(key) if count != 0 else "", beside(key))

    known = sizes or ListSizes(None, None, None)
    arrived = rates.arrived(counts)
    tracked = {"opened": campaign.track_opens, "clicked": campaign.track_clicks}
    bounced = part("bounced", _("bounced"), counts.bounced)
    feedback = [
        part("unsubscribed", _("unsubscribed"), counts.unsubscribed),
        part("complained", _("marked it as spam"), counts.complained),
    ]
    found = [
        step(
            "sent",
            counts.sent,
            ngettext("of %(n)s recipient", "of %(n)s recipients", recipients)
            % {"n": filters.num(recipients)},
            [
                part("skipped", _("left out"), counts.skipped),
                part("queued", _("waiting"), counts.queued),
                part("deferred", _("being tried again"), counts.deferred),
                part("refused", _("refused"), counts.refused),
                part("failed", _("failed"), counts.failed),
                part("uncertain", _("uncertain"), counts.uncertain),
                part("cancelled", _("cancelled"), counts.cancelled),
            ],
        )
    ]
    if not channel.tracks_opens:
        # Without opens the provider's report is all there is; it is no proof that the rest did not arrive.
        share = _share(str(channel.texts.share_of_sent), counts.delivered, counts.sent)
        found.append(step("delivered", counts.delivered, share, [bounced, *feedback]))
        return found
    reported = part("delivered", _("confirmed by the mailbox"), counts.delivered)
    share = _share(str(channel.texts.share_of_sent), arrived, counts.sent)
    found.append(step("arrived", arrived, share, [bounced, reported]))
    of_arrived = str(channel.texts.share_of_arrived)
    if tracked["opened"]:
        unopened = [
            part("not_opened", _("not opened yet"), known.not_opened),
            part("opened_by_bot_only", _("opened by a bot only, perhaps not read"), known.opened_by_bot_only),
        ]
        found.append(
            step(
                "opened",
                counts.opened,
                _share(of_arrived, counts.opened, arrived),
                unopened if counts.opened_by_bot else unopened[:1],
                hatched=known.opened_by_bot_only or 0,
            )
        )
    if tracked["clicked"]:
        read_only = part("not_clicked", _("opened without clicking"), known.not_clicked)
        found.append(
            step(
                "clicked",
                counts.clicked,
                _share(of_arrived, counts.clicked, arrived),
                [*([read_only] if tracked["opened"] else []), *feedback],
            )
        )
    else:
        found[-1].parts.extend(each for each in feedback if each.count or each.key in _ALWAYS)
    return found


def beside_url(campaign: Campaign, key: str) -> str:
    """Return the URL of the report with the people behind a number beside it."""
    return f"{reverse('campaigns:campaign', args=[campaign.pk])}?{urlencode({LIST_PARAM: key})}"


def _share(template: str, count: int, total: int) -> str:
    """Return "47,4% of the emails that arrived", "" of nothing."""
    percent = rates.percent(count, total)
    return template % {"percent": filters.percent(percent)} if percent is not None else ""


#: list of a report → the operator of the condition on a campaign that finds the same people
LIST_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "sent": ("received", "bounced"),
    "arrived": ("received",),
    "opened": ("opened",),
    "not_opened": ("not_opened",),
    "clicked": ("clicked",),
    "not_clicked": ("not_clicked",),
    "bounced": ("bounced",),
    "unsubscribed": ("unsubscribed",),
    "complained": ("complained",),
}
