"""``quen contact``: erases a person for good."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.i18n import _
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

_REASONS = ("request", "withdrawn", "unlawful", "purpose_over")


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    text = _("erase a person for good, with every trace of them")
    erase = verbs.add_parser("erase", help=text, description=text, allow_abbrev=False)
    erase.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
    erase.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    erase.add_argument(
        "who", metavar="WHO", help=_("phone, email, customer code, or #id; deleted customers are found too")
    )
    erase.add_argument("--reason", required=True, choices=_REASONS, help=_("why; kept in the activity log"))
    erase.add_argument("--yes", action="store_true", help=_("confirm that this can't be undone"))


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.contacts import services
    from quen.core import clock

    with in_workspace(options.workspace):
        contact = _find(options.who)
        if not options.yes:
            raise CommandError(
                _("Customer #%(id)d would be erased for good. Repeat the command with --yes.")
                % {"id": contact.pk},
                code="not_confirmed",
            )
        answer = {"id": contact.pk, "reason": options.reason}
        services.erase_contact(contact=contact, reason=options.reason, actor=SYSTEM, now=clock.now())
        output.result(answer, _("Customer #%(id)d is erased for good.") % answer)


def _find(who: str) -> Contact:
    """Return the contact, deleted or not. The refusal doesn't repeat what was typed: terminals and jobs are logged."""
    from quen.apps.contacts import queries

    found = queries.find_all_by_identifier(who)
    if not found:
        raise CommandError(_("Nobody has this phone, email, code or number."), code="not_found")
    if len(found) > 1:
        numbers = ", ".join(f"#{contact.pk}" for contact in found)
        raise CommandError(
            _("Several customers have it: %(numbers)s. Name one of them.") % {"numbers": numbers},
            code="ambiguous",
        )
    return found[0]


COMMAND = Command(
    name="contact", summary="Erase a customer for good.", run=_run, arguments=_arguments, enqueues=True
)
