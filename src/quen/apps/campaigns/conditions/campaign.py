"""The condition on a campaign: who received it, and what they did with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

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
    SqlFragment,
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
            pgettext_lazy("a campaign", "received"), _("who received **%(value)s**"), "arrived"
        ),
        "not_received": _CampaignOperator(
            pgettext_lazy("a campaign", "didn't receive"),
            _("who didn't receive **%(value)s**"),
            "arrived",
            negated=True,
        ),
        "opened": _CampaignOperator(
            pgettext_lazy("a campaign", "opened"), _("who opened **%(value)s**"), "opened"
        ),
        "not_opened": _CampaignOperator(
            pgettext_lazy("a campaign", "received but didn't open"),
            _("who received **%(value)s** but didn't open it"),
            "not_opened",
            every=True,
        ),
        "clicked": _CampaignOperator(
            pgettext_lazy("a campaign", "clicked in"), _("who clicked in **%(value)s**"), "clicked"
        ),
        "not_clicked": _CampaignOperator(
            pgettext_lazy("a campaign", "opened but didn't click in"),
            _("who opened **%(value)s** but didn't click"),
            "not_clicked",
        ),
        "bounced": _CampaignOperator(
            pgettext_lazy("a campaign", "couldn't be reached by"),
            _("who couldn't be reached by **%(value)s**"),
            "bounced",
        ),
        "unsubscribed": _CampaignOperator(
            pgettext_lazy("a campaign", "unsubscribed from"),
            _("who unsubscribed from **%(value)s**"),
            "unsubscribed",
        ),
        "complained": _CampaignOperator(
            pgettext_lazy("a campaign", "marked as spam"), _("who marked **%(value)s** as spam"), "complained"
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
            "event.unsubscribed",
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

    opposites: ClassVar[Mapping[str, str]] = {"received": "not_received", "not_received": "received"}

    def template(self, op: str) -> str | Promise:
        """Return a sentence such as “who opened %(value)s”."""
        return _OPERATORS[op].sentence

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the campaigns."""
        names = dict(Campaign.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted campaign"))) for number in condition["value"]]
        return {"value": self.choices_text(condition.op, labels)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “Mid-autumn tea or New Year”."""
        return registry.list_text(list(labels))


def _choices() -> Sequence[Choice]:
    """Return the campaigns that were sent, the latest first."""
    sent = Campaign.objects.filter(dispatch_id__isnull=False).order_by("-started_at", "-pk")
    return [Choice(number, name) for number, name in sent.values_list("pk", "name")]
