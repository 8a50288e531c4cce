"""Allowed changes of status (R-16, R-19) and the consent that comes with each (R-15)."""

from __future__ import annotations

from quen.apps.contacts.types import Consent, Status

#: reasons why a status is not changed
ALREADY, OPT_IN_REQUIRED, CONTACT_IS_SAVED = "already", "opt_in_required", "contact_is_saved"


def next_status(current: int, requested: int, *, before_saved: int | None) -> Status | str:
    """Return the status that results when staff request one, or the reason why nothing changes.

    Unsubscribed ends only by the contact's own opt-in; staff may only set it to Saved. Saved returns to the
    earlier refusal or to Non-subscribed.
    """
    if current == requested:
        return ALREADY
    if current == Status.UNSUBSCRIBED and requested != Status.SAVED:
        return OPT_IN_REQUIRED
    if current == Status.SAVED and requested == Status.SUBSCRIBED:
        return OPT_IN_REQUIRED if before_saved == Status.UNSUBSCRIBED else CONTACT_IS_SAVED
    if current == Status.SAVED and requested == Status.NON_SUBSCRIBED and before_saved == Status.UNSUBSCRIBED:
        return Status.UNSUBSCRIBED
    return Status(requested)


def email_consent_for(status: int, current: int) -> Consent:
    """Return the email consent that comes with a new status. A block survives every status."""
    if current == Consent.BLOCKED:
        return Consent.BLOCKED
    if status == Status.SUBSCRIBED:
        return Consent.GRANTED
    if status == Status.UNSUBSCRIBED:
        return Consent.WITHDRAWN
    if status == Status.NON_SUBSCRIBED and current == Consent.GRANTED:
        # Without a subscription there is no standing consent either; the contact may be asked again.
        return Consent.NEVER_ASKED
    return Consent(current)
