"""The condition on a campaign: who received it, and what they did with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import CAMPAIGN_FIELD
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.types import ENGAGEMENT

_LABEL = _("Campaign")


@dataclass(frozen=True, slots=True)
class _CampaignOperator:
    """An operator.

    list_name: the list of messages it is about, see delivery.queries.LIST_CONDITIONS.  every: of all campaigns, each
    message that arrived is in the list.  negated: contacts without such a message.
    """

    label: str | Promise
    sentence: str | Promise
    list_name: str
    every: bool = False
    negated: bool = False


_OPERATORS: Mapping[str, _CampaignOperator] = MappingProxyType(
    {
        "received": _CampaignOperator(
            pgettext_lazy("a campaign", "received"), _("received **%(name)s**"), "arrived"
        ),
        "not_received": _CampaignOperator(
            pgettext_lazy("a campaign", "didn't receive"),
            _("didn't receive **%(name)s**"),
            "arrived",
            negated=True,
        ),
        "opened": _CampaignOperator(
            pgettext_lazy("a campaign", "opened"), _("opened **%(name)s**"), "opened"
        ),
        "not_opened": _CampaignOperator(
            pgettext_lazy("a campaign", "received but didn't open"),
            _("received **%(name)s** but didn't open it"),
            "not_opened",
            every=True,
        ),
        "clicked": _CampaignOperator(
            pgettext_lazy("a campaign", "clicked in"), _("clicked in **%(name)s**"), "clicked"
        ),
        "not_clicked": _CampaignOperator(
            pgettext_lazy("a campaign", "opened but didn't click in"),
            _("opened **%(name)s** but didn't click"),
            "not_clicked",
        ),
        "bounced": _CampaignOperator(
            pgettext_lazy("a campaign", "couldn't be reached by"),
            _("couldn't be reached by **%(name)s**"),
            "bounced",
        ),
        "unsubscribed": _CampaignOperator(
            pgettext_lazy("a campaign", "unsubscribed from"),
            _("unsubscribed from **%(name)s**"),
            "unsubscribed",
        ),
        "complained": _CampaignOperator(
            pgettext_lazy("a campaign", "marked as spam"), _("marked **%(name)s** as spam"), "complained"
        ),
    }
)


@dataclass(frozen=True, eq=False)
class CampaignCondition(ConditionType):
    """What contacts did with one of several campaigns, by id in JSON.

    "not_opened" with several campaigns: they received at least one and opened none.
    """

    key: str = CAMPAIGN_FIELD
    label: Any = _LABEL
    group: str = "messages"
    reads: frozenset[str] = frozenset(
        {
            ENGAGEMENT,
            "event.message_sent",
            "event.message_opened",
            "event.message_clicked",
            "event.message_bounced",
            "event.message_complained",
        }
    )

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return the operators, each with the campaigns."""
        campaigns = Argument("value", ArgumentKind.CHOICES, self.label, choices=_choices, default=[])
        return tuple(Operator(name, each.label, (campaigns,)) for name, each in _OPERATORS.items())

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return a SELECT of the recipients."""
        operator = _OPERATORS[condition.op]
        chosen = Campaign.objects.filter(pk__in=condition["value"]).values_list("dispatch_id", flat=True)
        dispatches = [dispatch_id for dispatch_id in chosen if dispatch_id is not None]
        found = delivery.recipients(dispatches, operator.list_name, every=operator.every)
        return Clause(
            SqlFragment(found.text, found.params),
            selects=True,
            unique=operator.every,
            negated=operator.negated,
            grouped=operator.every,
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return a sentence such as "opened Mid-autumn tea"."""
        names = dict(Campaign.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted campaign"))) for number in condition["value"]]
        return format_sentence(_OPERATORS[condition.op].sentence, name=registry.list_text(labels))


def _choices() -> Sequence[Choice]:
    """Return the campaigns that were sent, the latest first."""
    sent = Campaign.objects.filter(dispatch_id__isnull=False).order_by("-started_at", "-pk")
    return [Choice(number, name) for number, name in sent.values_list("pk", "name")]
