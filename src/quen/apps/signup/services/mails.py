"""Mails that ask to confirm: few to an address, few from a form in an hour, so that it is no mail bomb (trap 19)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.compliance import registry as compliance
from quen.apps.contacts.types import Channel
from quen.apps.signup import queries
from quen.apps.signup.models import ConfirmationMail, SignupForm, Submission
from quen.apps.signup.services.forms import tell
from quen.apps.signup.types import SignupRight, SubmissionState
from quen.core import jobs

#: to one address, over all forms, "send again" included
PER_ADDRESS = 3
_DAY = timedelta(hours=24)
_HOUR = timedelta(hours=1)
#: who has not got a mail by then has long forgotten the form
_FORGET = timedelta(days=3)
#: how long before a visitor may ask for the mail again
AGAIN_AFTER = timedelta(seconds=60)
_AT_ONCE = 200


def ask_to_confirm(submission: Submission, *, now: datetime) -> None:
    """Note that a mail is due, and send it soon; in the caller's transaction."""
    ConfirmationMail.objects.create(
        submission=submission, form_id=submission.form_id, address=submission.email, due_at=now
    )
    jobs.enqueue_unique("signup.send_confirmations")


@transaction.atomic
def send_again(*, submission: Submission, now: datetime) -> None:
    """Ask for another mail, unless one was sent within the last minute or is still due. Locks the submission."""
    found = Submission.objects.select_for_update().get(pk=submission.pk)
    last = ConfirmationMail.objects.filter(submission=found).order_by("-id").first()
    if not found.waits or found.confirmed_at is not None or last is None:
        return
    if last.sent_at is not None and last.sent_at <= now - AGAIN_AFTER:
        ask_to_confirm(found, now=now)


def send_confirmations(*, now: datetime) -> int:
    """Send the mails that are due, as far as the limits allow, and return how many; the others wait."""
    sent = 0
    waiting = ConfirmationMail.objects.filter(sent_at=None).order_by("form_id")
    for form_id in waiting.values_list("form_id", flat=True).distinct():
        sent += _send_of_form(form_id, now)
    return sent


@transaction.atomic
def _send_of_form(form_id: int, now: datetime) -> int:
    form = SignupForm.objects.select_for_update().get(pk=form_id)
    ConfirmationMail.objects.filter(form=form, sent_at=None, due_at__lt=now - _FORGET).delete()
    room = settings.SIGNUP_CONFIRMATIONS_PER_HOUR - queries.mails_of(form, since=now - _HOUR)
    # Left out here, so that many mails to one address don't stand before those to others.
    due = queries.due_mails(form, full=PER_ADDRESS, since=now - _DAY)
    sent = 0
    for mail in due.order_by("due_at", "id")[:_AT_ONCE]:
        if mail.submission.state != SubmissionState.RECEIVED or mail.submission.confirmed_at is not None:
            mail.delete()
        elif queries.mails_to(mail.address, since=now - _DAY) >= PER_ADDRESS:
            continue
        elif sent >= room:
            _pause(form, now)
            break
        elif _send(mail, now):
            mail.sent_at = now
            mail.save(update_fields=["sent_at"])
            sent += 1
        else:
            break
    else:
        if form.confirmations_paused_at is not None and room > 0:
            form.confirmations_paused_at = None
            form.save(update_fields=["confirmations_paused_at"])
    return sent


def _pause(form: SignupForm, now: datetime) -> None:
    """Tell once that mails wait; submissions are taken as before."""
    if form.confirmations_paused_at is None:
        form.confirmations_paused_at = now
        form.save(update_fields=["confirmations_paused_at"])
        tell(SignupRight.HANDLE, "signup.confirmations_paused", form, now=now, data={})


def _send(mail: ConfirmationMail, now: datetime) -> bool:
    """Send a mail; False while nothing can be sent by email."""
    workspace, submission = accounts.current_workspace(), mail.submission
    shop = workspace.brand or workspace.name
    with translation.override(submission.language):
        # Nothing that was typed stands in it: whoever typed it may not be who gets it.
        text = _(
            "Somebody entered this address in a form of %(shop)s.\n\nIf it was you, open this page and press the"
            " button:\n%(link)s\n\nIf it wasn't you, do nothing. Nothing else will be sent because of it."
        )
        return compliance.send_own_message(
            channel=Channel.EMAIL.value,
            address=mail.address,
            contact_id=submission.contact_id or 0,
            language=submission.language,
            subject=_("%(shop)s: please confirm your email") % {"shop": shop},
            text=text % {"shop": shop, "link": queries.confirmation_url(workspace, submission)},
            now=now,
        )
