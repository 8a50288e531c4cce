"""What may become of a status (R-16, R-19) and which consent it carries (R-15)."""

from __future__ import annotations

from quen.apps.contacts.types import Consent, Status

#: why someone stays as they were
ALREADY, OPT_IN_REQUIRED, CONTACT_IS_SAVED = "already", "opt_in_required", "contact_is_saved"


def next_status(current: int, requested: int, *, before_saved: int | None) -> Status | str:
    """Give the status that follows when staff want one, or the reason why nothing changes.

    Unsubscribed ends only by the person's own opt-in, else it may only be put away as Saved. Saved leads back to the
    former refusal or to Non-subscribed.
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
    """Give the mail consent that a new status carries. A block outlasts every status."""
    if current == Consent.BLOCKED:
        return Consent.BLOCKED
    if status == Status.SUBSCRIBED:
        return Consent.GRANTED
    if status == Status.UNSUBSCRIBED:
        return Consent.WITHDRAWN
    if status == Status.NON_SUBSCRIBED and current == Consent.GRANTED:
        # Whoever is no longer subscribed has no standing consent either; they may be asked again.
        return Consent.NEVER_ASKED
    return Consent(current)
