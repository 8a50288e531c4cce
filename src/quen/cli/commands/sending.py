"""``quen sending``: sets and shows what the law requires of a shop before its first email."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from quen.apps.compliance.types import ComplianceRight
from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.i18n import _

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

_LANGUAGES = ("vi", "en")


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    _verb(verbs, "show", _("show the settings and what is missing"))
    setting = _verb(verbs, "set", _("change the given settings only"))
    for language in _LANGUAGES:
        setting.add_argument(
            f"--reminder-{language}",
            metavar="TEXT",
            help=_("permission reminder (ACC-14) in this language"),
        )
    setting.add_argument("--advertiser", metavar="NAME", help=_("legal entity of the advertiser"))
    setting.add_argument("--phone", metavar="NUMBER", help=_("hotline, in the footer of every email"))
    setting.add_argument("--email", metavar="ADDRESS", help=_("contact email, in the footer of every email"))
    setting.add_argument("--address", metavar="TEXT", help=_("postal address, in the footer of every email"))
    setting.add_argument("--website", metavar="URL", help=_("website, in the footer of every email"))
    setting.add_argument(
        "--accept-terms", action="store_true", help=_("I have read the anti-spam policy and accept it")
    )
    setting.add_argument(
        "--as", dest="actor", metavar="EMAIL", help=_("the member recorded as the actor (default: an owner)")
    )


def _verb(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
    verb.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    return verb


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.core import clock

    with in_workspace(options.workspace) as workspace:
        if options.verb == "set":
            _set(options, workspace, clock.now())
        _show(workspace, output)


def _set(options: argparse.Namespace, workspace: Workspace, now: datetime) -> None:
    from django.db import transaction

    from quen.apps.compliance import queries, services
    from quen.apps.team import services as team

    actor = _find_actor(options.actor).actor
    reminders = {language: getattr(options, f"reminder_{language}") for language in _LANGUAGES}
    with transaction.atomic():
        identity = _identity(options)
        if identity:
            team.change_settings(workspace=workspace, actor=actor, now=now, **identity)
        rules = queries.sending_settings()
        services.update_sending_settings(
            permission_reminders={
                **rules.permission_reminders,
                **{key: text for key, text in reminders.items() if text is not None},
            },
            bot_open_seconds=rules.bot_open_seconds,
            actor=actor,
            now=now,
        )
        if options.accept_terms:
            services.accept_terms(actor=actor, now=now)


def _identity(options: argparse.Namespace) -> dict[str, str]:
    """Return the workspace's fields given on the command line. Raises CommandError."""
    from django.core.exceptions import ValidationError
    from django.core.validators import URLValidator

    from quen.core.emails import BadEmail, read

    given = {
        "advertiser": options.advertiser,
        "sender_phone": options.phone,
        "sender_email": options.email,
        "sender_address": options.address,
        "sender_website": options.website,
    }
    named: dict[str, str] = {key: value.strip() for key, value in given.items() if value is not None}
    try:
        if named.get("sender_email"):
            named["sender_email"] = read(named["sender_email"])
        if named.get("sender_website"):
            URLValidator(schemes=["http", "https"])(named["sender_website"])
    except BadEmail as error:
        raise CommandError(_("%s is not an email address.") % options.email, code="bad_email") from error
    except ValidationError as error:
        text = _("%s is not a website address. Write it with https://.")
        raise CommandError(text % options.website, code="bad_website") from error
    return named


def _find_actor(email: str | None) -> Member:
    """Return the member recorded as the actor: the given one, otherwise an owner. Raises CommandError."""
    from quen.apps.team import queries as team
    from quen.apps.team.types import Role

    found = team.members()
    chosen = (found.filter(email__iexact=email) if email else found.filter(role=Role.OWNER)).first()
    if chosen is None or not chosen.can(ComplianceRight.CONFIGURE):
        text = _(
            "%s doesn't have permission to change the sending rules. Name an owner or administrator"
            " with --as."
        )
        raise CommandError(text % (email or "?"), code="no_such_member")
    return chosen


def _show(workspace: Workspace, output: Output) -> None:
    from quen.apps.compliance import queries

    block, rules = queries.sender_block(workspace), queries.sending_settings()
    email = queries.channel_rules("email")
    accepted = queries.acceptances().first()
    answer = {
        "advertiser": block.name,
        "phone": block.phone,
        "email": block.email,
        "address": block.address,
        "website": block.website,
        "missing": list(block.missing),
        "reminders": rules.permission_reminders,
        "label": email.label,
        "cap": email.daily_cap,
        "terms_accepted": queries.terms_accepted(),
        "accepted_by": accepted.member_name if accepted else None,
    }
    lines = [f"{key}: {value}" for key, value in answer.items() if key not in {"missing", "reminders"}]
    lines += [f"reminder {language}: {text}" for language, text in rules.permission_reminders.items()]
    if block.missing:
        lines.append(_("Missing: %s. Marketing email can't be sent without them.") % ", ".join(block.missing))
    output.result(answer, "\n".join(lines))


COMMAND = Command(
    name="sending",
    summary="Set what the law requires before the first email.",
    run=_run,
    arguments=_arguments,
)
