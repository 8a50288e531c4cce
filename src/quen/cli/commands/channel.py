"""``quen channel``: sets a channel up, shows it, sends a test."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.i18n import _
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection, Sender

PASSWORD_VARIABLE = "QUEN_CHANNEL_PASSWORD"  # noqa: S105  # names the variable
#: security and default port by scheme
_SCHEMES = {"smtp": ("plain", 25), "smtps": ("tls", 465), "smtp+starttls": ("starttls", 587)}


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    setting = _verb(verbs, "set", _("choose how a channel sends"))
    connection = setting.add_mutually_exclusive_group(required=True)
    connection.add_argument(
        "--smtp",
        metavar="URL",
        help=_(
            "smtp://HOST:PORT, smtps://… or smtp+starttls://…, with USER@ or USER:PASSWORD@ before the host"
        ),
    )
    connection.add_argument("--sandbox", action="store_true", help=_("keep everything in the sandbox inbox"))
    setting.add_argument(
        "--password-stdin",
        action="store_true",
        help=_("read the password from standard input instead of QUEN_CHANNEL_PASSWORD"),
    )
    setting.add_argument("--from", dest="sender", metavar="ADDRESS", help=_("the preferred sender's address"))
    setting.add_argument("--name", default="", metavar="NAME", help=_("the preferred sender's name"))
    setting.add_argument("--rate", type=float, metavar="N", help=_("messages a second at most"))
    _verb(verbs, "show", _("show a channel's settings and state"))
    test = _verb(verbs, "test", _("send a test message"))
    test.add_argument("--to", required=True, metavar="ADDRESS")


def _verb(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    verb.add_argument("channel", metavar="CHANNEL", help=_("the channel, such as email or sms"))
    verb.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
    return verb


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.channels import registry

    known = [channel.key for channel in registry.channels()]
    if options.channel not in known:
        text = _("There is no channel “%(channel)s”. Use one of: %(known)s.")
        params = {"channel": options.channel, "known": ", ".join(known)}
        raise CommandError(text % params, code="unknown_channel")
    with in_workspace(options.workspace):
        {"set": _set, "show": _show, "test": _test}[options.verb](options, output)


def _set(options: argparse.Namespace, output: Output) -> None:
    from django.db import transaction

    from quen.apps.channels import services
    from quen.core import clock

    settings: dict[str, Any] = {}
    secret: str | None = ""
    if options.smtp:
        if options.channel != "email":
            raise CommandError(_("Only email is sent through a mail server."), code="bad_adapter")
        settings, secret = read_url(options.smtp)
        secret = _password(options, secret)
    if options.rate is not None and options.rate <= 0:
        raise CommandError(_("The rate must be greater than 0."), code="bad_rate")
    with transaction.atomic():
        services.set_connection(
            channel=options.channel,
            adapter="smtp" if options.smtp else "sandbox",
            settings=settings,
            secret=secret,
            rate_per_second=options.rate,
            actor=SYSTEM,
            now=clock.now(),
        )
        if options.sender or options.name:
            _set_preferred_sender(options)
    _show(options, output)


def read_url(url: str) -> tuple[dict[str, Any], str]:
    """Return the settings and the password of a URL like smtp+starttls://user:password@host:587."""
    try:
        found = urlsplit(url)
        security, usual = _SCHEMES[found.scheme]
        port, host = found.port or usual, found.hostname
    except (KeyError, ValueError) as error:
        raise CommandError(_("This is not a mail server address."), code="bad_url") from error
    if not host:
        raise CommandError(_("This is not a mail server address."), code="bad_url")
    user = unquote(found.username or "")
    settings = {"host": host, "port": port, "security": security, "user": user}
    return settings, unquote(found.password or "")


def _password(options: argparse.Namespace, typed: str) -> str | None:
    """Return the password from standard input, the URL or the environment; None keeps the current one."""
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return typed or os.environ.get(PASSWORD_VARIABLE) or None


def _set_preferred_sender(options: argparse.Namespace) -> None:
    from quen.apps.channels import queries, registry, services
    from quen.core import clock
    from quen.core.errors import DomainError

    preferred = queries.preferred_sender(options.channel)
    typed = options.sender or (preferred.address if preferred else "")
    name = options.name or (preferred.name if preferred else typed.partition("@")[0])
    try:
        sender = registry.channel(options.channel).clean_sender(name=name, address=typed, reply_to="")
    except DomainError as error:
        raise CommandError(str(error), code=error.code) from error
    except ValueError as error:
        raise CommandError(_("%s is not a valid address.") % typed, code="bad_address") from error
    name, address = sender.name, sender.address
    found = queries.senders(options.channel).filter(address=address, name=name).first()
    if found is None and preferred is not None and preferred.address.endswith(services.PLACEHOLDER_DOMAIN):
        services.change_sender(sender=preferred, name=name, address=address, actor=SYSTEM, now=clock.now())
        return
    if found is None:
        found = services.add_sender(
            channel=options.channel, name=name, address=address, actor=SYSTEM, now=clock.now()
        )
    services.prefer_sender(sender=found, actor=SYSTEM, now=clock.now())


def _show(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.channels import queries

    connection = queries.active_connection(options.channel)
    sender = queries.preferred_sender(options.channel)
    answer = {
        **_connection_as_json(connection),
        "sender": _sender_text(sender) if sender else "",
    }
    output.result(
        answer, "\n".join(f"{key}: {value}" for key, value in answer.items() if value not in ("", None))
    )


def _sender_text(sender: Sender) -> str:
    return f"{sender.name} <{sender.address}>" if sender.address else sender.name


def _connection_as_json(connection: Connection) -> dict[str, Any]:
    from quen.apps.channels import registry

    return {
        "channel": connection.channel,
        "adapter": connection.adapter,
        "server": registry.adapter(connection.channel, connection.adapter).describe(connection.settings),
        "security": connection.settings.get("security", ""),
        "user": connection.settings.get("user", ""),
        "rate_per_second": connection.rate_per_second,
        "state": connection.state,
        "last_error": connection.last_error,
    }


def _test(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.channels import queries, registry, services
    from quen.core import clock

    try:
        to = registry.channel(options.channel).parse_address(options.to)
    except ValueError as error:
        raise CommandError(_("%s is not a valid address.") % options.to, code="bad_address") from error
    connection, sender = queries.active_connection(options.channel), queries.preferred_sender(options.channel)
    if sender is None:
        raise CommandError(_("There is no sender yet. Add one with --from or --name."), code="no_sender")
    result = services.send_test(connection=connection, sender=sender, to=to, actor=SYSTEM, now=clock.now())
    answer = {"to": to, "adapter": connection.adapter, "code": result.code, "text": result.text}
    if connection.adapter == "sandbox":
        output.result(answer, _("The test to %(to)s was delivered to the sandbox inbox.") % answer)
    else:
        output.result(answer, _("The test to %(to)s was accepted: %(code)s %(text)s") % answer)


COMMAND = Command(name="channel", summary="Set up a channel and test it.", run=_run, arguments=_arguments)
