"""``quen workspace``: creates, lists and moves workspaces."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from quen.cli import workspace_lifecycle
from quen.cli.base import Command, CommandError, Output
from quen.cli.i18n import _

PASSWORD_VARIABLE = "QUEN_OWNER_PASSWORD"  # noqa: S105  # names the variable


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    create = verbs.add_parser("create", help=_("create a workspace"))
    create.add_argument("name", metavar="NAME", help=_("its name, such as “Mộc Sen Đà Nẵng”"))
    create.add_argument("--slug", help=_("its slug; derived from the name when omitted"))
    create.add_argument("--owner-email", required=True, metavar="EMAIL")
    create.add_argument(
        "--password-stdin",
        action="store_true",
        help=_("read a new owner's password from standard input instead of QUEN_OWNER_PASSWORD"),
    )
    # Everybody on the machine can read the arguments of a process.
    create.add_argument("--owner-password", nargs="?", const="", help=argparse.SUPPRESS)
    create.add_argument("--owner-name", default="", metavar="NAME")
    create.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    listed = verbs.add_parser("list", help=_("list the workspaces"))
    listed.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    move = verbs.add_parser(
        "move", help=_("move a workspace to another node of a Citus cluster, while it is used")
    )
    move.add_argument("slug", metavar="SLUG")
    move.add_argument(
        "--to", required=True, metavar="NODE", help=_("the node, as quen cluster check names it")
    )
    move.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    workspace_lifecycle.add_arguments(verbs)


def _run(options: argparse.Namespace, output: Output) -> None:
    if options.verb == "create":
        _create(options, output)
    elif options.verb in workspace_lifecycle.VERBS:
        workspace_lifecycle.run(options, output)
    elif options.verb == "move":
        _move(options, output)
    else:
        _list(output)


def _create(options: argparse.Namespace, output: Output) -> None:
    from django.db import transaction

    from quen.apps.accounts import queries
    from quen.apps.accounts import services as accounts
    from quen.apps.team import services as team
    from quen.core import clock
    from quen.core.emails import BadEmail, read

    password = _password(options)
    try:
        email = read(options.owner_email)
    except BadEmail as error:
        raise CommandError(
            _("%s is not an email address.") % options.owner_email, code="bad_email"
        ) from error
    if not options.name.strip():
        raise CommandError(_("Enter a name for the workspace."), code="no_name")
    with transaction.atomic():
        owner = queries.find_user(email)
        if owner is None and password:
            _check_password(password)
        elif owner is not None and (password or options.owner_name):
            output.progress(_("%s already has an account. Its name and password stay unchanged.") % email)
        is_new = owner is None
        if owner is None:
            owner = accounts.create_user(
                email=email,
                name=options.owner_name or email.partition("@")[0],
                password=password,
                is_operator=not queries.has_users(),
            )
        slug = options.slug or accounts.suggest_slug(options.name)
        workspace = team.open_workspace(name=options.name, slug=slug, owner=owner, now=clock.now())
    answer = {
        "slug": workspace.slug,
        "name": workspace.name,
        "schema": workspace.schema_name,
        "owner": owner.email,
        "owner_is_new": is_new,
    }
    output.result(answer, _("Created the workspace “%(name)s” at /w/%(slug)s/. Owner: %(owner)s.") % answer)


def _password(options: argparse.Namespace) -> str | None:
    """Return the password from standard input, typed there unseen, or from the environment."""
    if options.owner_password is not None:
        text = _(
            "A password among the arguments can be read in the list of processes. Set QUEN_OWNER_PASSWORD, or"
            " use --password-stdin."
        )
        raise CommandError(text, code="visible_password")
    if not options.password_stdin:
        return os.environ.get(PASSWORD_VARIABLE) or None
    if sys.stdin.isatty():
        return getpass.getpass(_("Password of the owner: "))
    return sys.stdin.readline().rstrip("\r\n")


def _check_password(password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages), code="weak_password") from error


def _move(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.accounts import queries
    from quen.cli.cluster import moving

    moving.move(queries.get_workspace(options.slug), options.to, output)


def _list(output: Output) -> None:
    from quen.apps.accounts import queries

    workspaces = queries.all_workspaces()
    for each in workspaces:
        note = "\t" + _("paused") if each.paused_at else ""
        output.line(f"{each.slug}\t{each.name}{note}")
    output.result(
        [
            {
                "slug": each.slug,
                "name": each.name,
                "schema": each.schema_name,
                "paused_at": each.paused_at,
            }
            for each in workspaces
        ]
    )


COMMAND = Command(
    name="workspace",
    summary="Create, list, archive, delete and move workspaces.",
    run=_run,
    arguments=_arguments,
)
