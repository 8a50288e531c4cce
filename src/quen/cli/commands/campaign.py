"""``quen campaign``: send a mail to whom conditions mean, and read what came of it."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.commands.export import read_rules
from quen.cli.frame import Command, Refused, Say
from quen.cli.words import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.models import Campaign

_FRONT = re.compile(r"\A---\r?\n(?P<front>.*?)\r?\n---\r?\n", re.DOTALL)
_MOST_BYTES = 2 << 20
#: faults that are mended once for all campaigns
_OF_THE_SHOP = {"terms_not_accepted", "sender_block", "no_reminder"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    send = _verb(verbs, "send", _("send a mail, once the check list lets it pass"))
    send.add_argument("--name", required=True, metavar="N", help=_("name of the campaign"))
    send.add_argument(
        "--template",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("the mail, HTML or text; lines “subject:” and “preview:” between two “---” may stand above"),
    )
    send.add_argument(
        "--rules",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("who receives it: a condition tree as JSON"),
    )
    send.add_argument("--subject", metavar="S", help=_("subject, in place of the file’s"))
    send.add_argument("--at", metavar="TIME", help=_("when, in the workspace’s time: 2026-10-20T09:00"))
    send.add_argument("--yes", action="store_true", help=_("yes, also when everyone is meant"))
    report = _verb(verbs, "report", _("what came of a campaign"))
    report.add_argument("name", metavar="NAME", help=_("name of the campaign"))


def _verb(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("answer with JSON"))
    verb.add_argument(
        "-w", "--workspace", required=True, metavar="WS", help=_("address name of the workspace")
    )
    return verb


def _run(options: argparse.Namespace, say: Say) -> int:
    from quen.apps.accounts import queries as accounts
    from quen.core import schemas

    workspace = accounts.get_workspace(options.workspace)
    with schemas.use(workspace.schema_name):
        if options.verb == "send":
            return _send(options, say, workspace)
        return _report(options.name, say)


def _send(options: argparse.Namespace, say: Say, workspace: Workspace) -> int:
    """Make the draft, say what the check list says, and send; a draft that can't be sent is deleted again."""
    from quen.apps.campaigns import queries, services
    from quen.apps.campaigns.types import Weight
    from quen.core import clock
    from quen.core.errors import DomainError

    now = clock.now()
    campaign = _drafted(options, workspace, now)
    try:
        if options.at:
            at = _time(options.at, workspace.zone)
            services.save_send_time(
                campaign=campaign, day=at.date(), clock=at.time(), zone=workspace.zone, now=now
            )
        if options.yes:
            services.confirm_everyone(campaign=campaign, confirmed=True, now=now)
        campaign.refresh_from_db()
        look = queries.look_at(campaign, workspace=workspace, now=now)
        lines = queries.checklist(campaign, workspace=workspace, now=now, look=look)
        for line in lines:
            say.line(f"{_MARKS[line.weight]} {line.said}{f' ({line.rule})' if line.rule else ''}")
        faults = [line for line in lines if line.weight is Weight.BLOCKS]
        if _OF_THE_SHOP & {line.code for line in faults}:
            say.line(_("`quen sending set -w %s …` sets what the law asks of the shop.") % workspace.slug)
        verb = services.schedule if options.at else services.send_now
        verb(campaign=campaign, workspace=workspace, look=look, actor=None, now=now)
    except (DomainError, Refused):
        services.delete(campaign=campaign, actor=None, now=now)
        raise
    answer = {
        "campaign": campaign.pk,
        "name": campaign.name,
        "state": campaign.state,
        "matched": look.matched if look else None,
        "eligible": look.eligible if look else None,
        "warnings": [line.code for line in lines if line.weight is Weight.WARNS],
        "faults": [line.code for line in faults],
    }
    text = (
        _("“%(name)s” is scheduled for %(eligible)d people.")
        if options.at
        else _("“%(name)s” goes out to %(eligible)d people.")
    )
    say.answer(answer, text % answer)
    return 0


def _drafted(options: argparse.Namespace, workspace: Workspace, now: datetime) -> Campaign:
    from quen.apps.campaigns import services
    from quen.apps.campaigns.types import Pick, PickKind
    from quen.apps.content import queries as contents
    from quen.apps.content import services as content_services

    told, body = _template(options.template)
    tree = read_rules(options.rules)
    campaign = services.create_campaign(
        name=options.name,
        include=[Pick(PickKind.TREE, tree if isinstance(tree, dict) else {"all": tree})],
        language=workspace.language,
        actor=None,
        now=now,
    )
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language=workspace.language,
        subject=options.subject or told.get("subject", ""),
        preview=told.get("preview", ""),
        format="html" if re.search(r"<(html|body|p|div|table|h1|a)\b", body, re.IGNORECASE) else "text",
        body=body,
        now=now,
    )
    return campaign


def _template(path: Path) -> tuple[dict[str, str], str]:
    """Read the mail and what stands above it."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        text = _("The file %(path)s can't be read: %(why)s.")
        why = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise Refused(text % {"path": path, "why": why}, code="cannot_read") from error
    found = _FRONT.match(raw)
    if found is None:
        return {}, raw
    pairs = (line.partition(":") for line in found["front"].splitlines())
    told = {name.strip().lower(): value.strip().strip('"') for name, colon, value in pairs if colon}
    return told, raw[found.end() :]


def _time(raw: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(raw)
    except ValueError as wrong:
        text = _("“%(at)s” is no time. Write it as 2026-10-20T09:00.")
        raise Refused(text % {"at": raw}, code="bad_time") from wrong
    return at.astimezone(zone) if at.tzinfo else at


def _report(name: str, say: Say) -> int:
    from quen.apps.campaigns import queries, services
    from quen.apps.compliance.types import Reason
    from quen.apps.delivery import queries as delivery
    from quen.core import clock

    campaign = queries.find_by_name(name)
    if campaign is None:
        raise Refused(_("There is no campaign “%(name)s”.") % {"name": name}, code="not_found")
    if campaign.launch_id is not None:
        services.settle(launch_id=campaign.launch_id, now=clock.now())
        campaign.refresh_from_db()
    figures = delivery.figures(campaign.launch_id or 0)
    answer: dict[str, Any] = {"campaign": campaign.pk, "name": campaign.name, "state": campaign.state}
    answer |= {key: getattr(figures, key) for key in _FIGURES}
    answer["left_out"] = {Reason(code).name.lower(): people for code, people in figures.left_out.items()}
    answer["trouble"] = queries.trouble_words(campaign)
    say.line(f"{campaign.name}: {campaign.get_state_display()}")
    for key, label in _FIGURES.items():
        if answer[key] or key in ("audience", "handed_over"):
            say.line(f"  {_(label):<28} {answer[key]}")
    for code, people in figures.left_out.items():
        say.line(f"  − {Reason(code).label:<26} {people}")
    if answer["trouble"]:
        say.line(answer["trouble"])
    if say.json:
        say.answer(answer)
    return 0


_MARKS = {"blocks": "✗", "warns": "!", "notes": "·", "holds": "✓"}
_FIGURES = {
    "audience": "Meant",
    "handed_over": "Sent",
    "delivered": "Delivered",
    "opened": "Opened",
    "opened_by_machine": "Opened by a machine",
    "clicked": "Clicked",
    "unsubscribed": "Unsubscribed",
    "complained": "Complained",
    "bounced": "Bounced",
    "refused": "Refused by the mail server",
    "failed": "Failed",
    "uncertain": "Uncertain",
    "cancelled": "Cancelled",
    "deferred": "Trying again",
    "queued": "Waiting",
}

COMMAND = Command(
    name="campaign",
    summary="Send campaigns and read what came of them.",
    run=_run,
    arguments=_arguments,
    enqueues=True,
)
