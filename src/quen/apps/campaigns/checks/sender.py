"""What the law requires of the sender: accepted terms, full contact details, a permission reminder."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.types import CampaignCheckContext
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.compliance import queries as compliance
from quen.apps.content import queries as contents

_FIELD_LABELS = {"name": _("name"), "phone": _("phone"), "email": _("email"), "address": _("address")}


def check_terms(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error until the anti-spam policy is accepted."""
    if not compliance.terms_accepted():
        yield ChecklistLine(
            "terms_not_accepted",
            CheckSeverity.ERROR,
            _("The anti-spam policy hasn't been accepted yet"),
            _("It explains which consent is valid under Decree 91/2020/NĐ-CP. You read and accept it once."),
            card="",
            fix_target="terms",
        )


def check_sender_details(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error while details of the sender are missing that the footer must have."""
    missing = compliance.sender_block(context.workspace).missing
    if missing and context.channel.content.footer:
        yield ChecklistLine(
            "sender_block",
            CheckSeverity.ERROR,
            _("The sender’s details are not complete: %(fields)s"),
            _("Decree 91/2020/NĐ-CP, Article 19: every message contains name, phone, email and address."),
            card="",
            fix_target="sender_block",
            params={"fields": ", ".join(str(_FIELD_LABELS.get(key, key)) for key in missing)},
        )


def check_permission_reminder(context: CampaignCheckContext) -> Iterator[ChecklistLine]:
    """Return an error if the footer of advertising would not say where customers consented."""
    if not context.is_marketing or not context.channel.content.footer:
        return
    reminders = context.campaign.permission_reminders
    missing = [
        language
        for language in contents.versions(context.content)
        if not compliance.permission_reminder(language, override=reminders, workspace=context.workspace)
    ]
    if missing:
        yield ChecklistLine(
            "no_reminder",
            CheckSeverity.ERROR,
            _("The permission reminder is missing"),
            _("The footer says where each customer consented."),
            fix_target="reminder",
        )
