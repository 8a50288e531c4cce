"""``quen campaign``: sends an email to the contacts that match conditions, and shows its results."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.commands.export import read_rules
from quen.cli.i18n import _, gettext_noop
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.models import Campaign

_FRONT_MATTER = re.compile(r"\A---\r?\n(?P<front>.*?)\r?\n---\r?\n", re.DOTALL)
_MAX_BYTES = 2 << 20
#: errors that are fixed once for all campaigns
_WORKSPACE_ERRORS = {"terms_not_accepted", "sender_block", "no_reminder"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    send = _verb(verbs, "send", _("send an email if the checklist has no errors"))
    send.add_argument("--name", required=True, metavar="N", help=_("name of the campaign"))
    send.add_argument(
        "--template",
        type=Path,
        required=True,
        metavar="FILE",
        help=_(
            "the email, HTML or text; may start with “subject:” and “preview:” lines between two “---” lines"
        ),
    )
    send.add_argument(
        "--rules",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("recipients: a condition tree as JSON"),
    )
    send.add_argument("--subject", metavar="S", help=_("subject, instead of the file's"))
    send.add_argument(
        "--at", metavar="TIME", help=_("send time, in the workspace's time zone: 2026-10-20T09:00")
    )
    send.add_argument("--topic", metavar="T", help=_("name of the topic, needed when the shop has several"))
    send.add_argument("--yes", action="store_true", help=_("confirm sending to all contacts"))
    report = _verb(verbs, "report", _("show the results of a campaign"))
    report.add_argument("name", metavar="NAME", help=_("name of the campaign"))


def _verb(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
    verb.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    return verb


def _run(options: argparse.Namespace, output: Output) -> int:

    with in_workspace(options.workspace) as workspace:
        if options.verb == "send":
            return _send(options, output, workspace)
        return _report(options.name, output)


def _send(options: argparse.Namespace, output: Output, workspace: Workspace) -> int:
    """Create a draft, print its checklist and send it; a draft that can't be sent is deleted again."""
    from quen.apps.campaigns import queries, services
    from quen.apps.channels.types import CheckSeverity
    from quen.core import clock
    from quen.core.errors import DomainError

    now = clock.now()
    campaign = _create_draft(options, workspace, now)
    try:
        if options.at:
            at = _parse_time(options.at, workspace.zone)
            services.save_send_time(
                campaign=campaign, day=at.date(), clock=at.time(), zone=workspace.zone, now=now
            )
        if options.yes:
            services.confirm_everyone(campaign=campaign, confirmed=True, now=now)
        campaign.refresh_from_db()
        estimate = queries.estimate(campaign, workspace=workspace, now=now)
        lines = queries.checklist(campaign, workspace=workspace, now=now, estimate=estimate)
        for line in lines:
            output.line(
                f"{_MARKS[line.severity]} {line.message}{f' ({line.explanation})' if line.explanation else ''}"
            )
        errors = [line for line in lines if line.severity is CheckSeverity.ERROR]
        if _WORKSPACE_ERRORS & {line.key for line in errors}:
            output.line(_("Use `quen sending set -w %s …` to set what the law requires.") % workspace.slug)
        verb = services.schedule if options.at else services.send_now
        verb(campaign=campaign, workspace=workspace, estimate=estimate, actor=SYSTEM, now=now)
    except (DomainError, CommandError):
        services.delete(campaign=campaign, actor=SYSTEM, now=now)
        raise
    answer = {
        "campaign": campaign.pk,
        "name": campaign.name,
        "state": campaign.state,
        "matched": estimate.matched if estimate else None,
        "eligible": estimate.eligible if estimate else None,
        "warnings": [line.key for line in lines if line.severity is CheckSeverity.WARNING],
        "errors": [line.key for line in errors],
    }
    text = (
        _("“%(name)s” is scheduled for %(eligible)d recipients.")
        if options.at
        else _("Sending “%(name)s” to %(eligible)d recipients.")
    )
    output.result(answer, text % answer)
    return 0


def _create_draft(options: argparse.Namespace, workspace: Workspace, now: datetime) -> Campaign:
    from quen.apps.campaigns import services
    from quen.apps.campaigns.types import AudienceItem, AudienceItemKind
    from quen.apps.content import queries as contents
    from quen.apps.content import services as content_services

    headers, body = _read_template(options.template)
    tree = read_rules(options.rules)
    campaign = services.create_campaign(
        name=options.name,
        include=[AudienceItem(AudienceItemKind.TREE, tree if isinstance(tree, dict) else {"all": tree})],
        language=workspace.language,
        topic_id=_topic_id(options.topic),
        actor=SYSTEM,
        now=now,
    )
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language=workspace.language,
        subject=options.subject or headers.get("subject", ""),
        preview=headers.get("preview", ""),
        format="html" if re.search(r"<(html|body|p|div|table|h1|a)\b", body, re.IGNORECASE) else "text",
        body=body,
        now=now,
    )
    return campaign


def _topic_id(name: str | None) -> int | None:
    """Return the id of the topic of emails with a name, in any case and with or without accents."""
    from quen.apps.compliance import queries as compliance
    from quen.core.text import fold

    if name is None:
        return None
    topics = compliance.topics_on("email")
    found = [topic.pk for topic in topics if fold(name) in {fold(each) for each in topic.names.values()}]
    if not found:
        text = _("There is no topic “%(topic)s”. Choose one of: %(topics)s")
        names = ", ".join(topic.names["vi"] for topic in topics)
        raise CommandError(text % {"topic": name, "topics": names}, code="unknown_topic")
    return found[0]


def _read_template(path: Path) -> tuple[dict[str, str], str]:
    """Return the headers above the email, and its body."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        text = _("Can't read the file %(path)s: %(why)s.")
        why = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise CommandError(text % {"path": path, "why": why}, code="cannot_read") from error
    found = _FRONT_MATTER.match(raw)
    if found is None:
        return {}, raw
    pairs = (line.partition(":") for line in found["front"].splitlines())
    headers = {name.strip().lower(): value.strip().strip('"') for name, colon, value in pairs if colon}
    return headers, raw[found.end() :]


def _parse_time(raw: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(raw)
    except ValueError as error:
        text = _("“%(at)s” is not a valid time. Write it as 2026-10-20T09:00.")
        raise CommandError(text % {"at": raw}, code="bad_time") from error
    return at.astimezone(zone) if at.tzinfo else at


def _report(name: str, output: Output) -> int:
    from quen.apps.campaigns import queries, services
    from quen.apps.compliance.types import ExclusionReason
    from quen.apps.delivery import queries as delivery
    from quen.apps.delivery import services as delivery_services
    from quen.core import clock

    campaign = queries.find_by_name(name)
    if campaign is None:
        raise CommandError(_("There is no campaign “%(name)s”.") % {"name": name}, code="not_found")
    if campaign.dispatch_id is not None:
        services.sync_with_dispatch(dispatch_id=campaign.dispatch_id, now=clock.now())
        campaign.refresh_from_db()
    counts = delivery.counts(campaign.dispatch_id or 0)
    answer: dict[str, Any] = {"campaign": campaign.pk, "name": campaign.name, "state": campaign.state}
    answer |= {key: getattr(counts, key) for key in _COUNTERS}
    answer["skipped"] = {
        ExclusionReason(code).name.lower(): count for code, count in counts.skipped_by_reason.items()
    }
    answer["failure"] = queries.failure_text(campaign)
    note = None
    if campaign.dispatch_id is not None:
        dispatch = delivery.get_dispatch(campaign.dispatch_id)
        note = delivery_services.sending_note(dispatch, now=clock.now(), counts=counts)
    answer |= {
        "waiting": note.text if note else "",
        "waiting_code": note.code if note else "",
        "server_reply": note.reply if note else "",
        "next_try": note.retry_at.isoformat() if note and note.retry_at else None,
    }
    output.line(f"{campaign.name}: {campaign.get_state_display()}")
    for key, label in _COUNTERS.items():
        if answer[key] or key in ("audience", "sent"):
            output.line(f"  {_(label):<28} {answer[key]}")
    for code, count in counts.skipped_by_reason.items():
        output.line(f"  − {ExclusionReason(code).label:<26} {count}")
    for text in (answer["failure"], answer["waiting"], answer["server_reply"]):
        if text:
            output.line(text)
    if output.json:
        output.result(answer)
    return 0


_MARKS = {"error": "✗", "warning": "!", "info": "·", "ok": "✓"}
_COUNTERS = {
    "audience": gettext_noop("Audience"),
    "sent": gettext_noop("Sent"),
    "delivered": gettext_noop("Delivered"),
    "opened": gettext_noop("Opened"),
    "opened_by_bot": gettext_noop("Opened by a bot"),
    "clicked": gettext_noop("Clicked"),
    "unsubscribed": gettext_noop("Unsubscribed"),
    "complained": gettext_noop("Marked as spam"),
    "bounced": gettext_noop("Bounced"),
    "refused": gettext_noop("Rejected by the mail server"),
    "failed": gettext_noop("Failed"),
    "uncertain": gettext_noop("Uncertain"),
    "cancelled": gettext_noop("Cancelled"),
    "deferred": gettext_noop("Retrying"),
    "queued": gettext_noop("Queued"),
}

COMMAND = Command(
    name="campaign",
    summary="Send campaigns and show their results.",
    run=_run,
    arguments=_arguments,
    enqueues=True,
)
