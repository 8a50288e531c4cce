"""Lines of the check list as pages show them, each with the link to the place where it is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.campaigns.models import Campaign
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, workspace_path
from quen.apps.team.types import TeamRight
from quen.ui.nav import url_for

#: fix target → id of the element of the composer that gets the focus
_ELEMENTS = {
    "audience": "audience",
    "content": "content-text",
    "blanks": "content-text",
    "schedule": "schedule",
    "class": "settings",
    "sender": "id_sender",
    "topic": "id_topic",
}
#: asked for on one page until the policy has been accepted
_BEFORE_THE_FIRST = ("terms", "reminder", "sender_block")
#: lines about one field of the text
_FIELDS = {"subject_empty": "content-subject", "subject_long": "content-subject"}


class SeverityStyle(NamedTuple):
    """How a line of the check list looks. prefix: the words before an error, for those who don't see the color."""

    css_class: str
    icon: str
    prefix: str | Promise = ""


SEVERITY_STYLES = {
    CheckSeverity.ERROR: SeverityStyle("text-error", "circle-x", gettext_lazy("Fix before sending:")),
    CheckSeverity.WARNING: SeverityStyle("text-warning", "triangle-alert"),
    CheckSeverity.INFO: SeverityStyle("text-ink-3", "info"),
    CheckSeverity.OK: SeverityStyle("text-success", "circle-check"),
}


class FixLink(NamedTuple):
    """Where a line is fixed. posts: it does something at once.  target, language: what of the composer it is about."""

    href: str
    label: str
    posts: bool = False
    target: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """A line with its looks. fix: None where nothing can be done, or not by this member."""

    line: ChecklistLine
    style: SeverityStyle
    fix: FixLink | None


def checklist_rows(
    request: WorkspaceRequest, campaign: Campaign, lines: Sequence[ChecklistLine]
) -> list[ChecklistRow]:
    """Return the lines in the same order."""
    return [
        ChecklistRow(line, SEVERITY_STYLES[line.severity], _fix_link(request, campaign, line))
        for line in lines
    ]


def _fix_link(request: WorkspaceRequest, campaign: Campaign, line: ChecklistLine) -> FixLink | None:
    if line.fix_target in _ELEMENTS:
        composer = reverse("campaigns:campaign", args=[campaign.pk])
        element = _FIELDS.get(line.key, _ELEMENTS[line.fix_target])
        language = str(line.params.get("code", ""))
        return FixLink(f"{composer}#{element}", _("Fix"), target=line.fix_target, language=language)
    if line.fix_target == "links":
        check = reverse("campaigns:link_check", args=[campaign.pk])
        return FixLink(check, _("Check links now"), posts=True)
    may_prepare = request.member.can(ComplianceRight.CONFIGURE) and request.member.can(TeamRight.CONFIGURE)
    if line.fix_target in _BEFORE_THE_FIRST and may_prepare and not compliance.terms_accepted():
        back = urlencode({"to": reverse("campaigns:campaign", args=[campaign.pk])})
        return FixLink(f"{workspace_path('/sending/first/')}?{back}", _("Complete"))
    if request.member.can(ComplianceRight.CONFIGURE):
        places = {
            "terms": (_settings_url("compliance:terms"), _("Read and accept")),
            "reminder": (_settings_url("compliance:rules"), _("Write")),
            "channels": (url_for("channels:channels") or workspace_path("/channels/"), _("Set up")),
        }
        if line.fix_target in places:
            return FixLink(*places[line.fix_target])
    if line.fix_target == "sender_block" and request.member.can(TeamRight.CONFIGURE):
        return FixLink(url_for("team:settings"), _("Complete"))
    return None


def _settings_url(name: str) -> str:
    return url_for(name) or workspace_path("/sending/")
