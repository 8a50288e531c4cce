"""What may become of a status (R-16, R-19) and which consent it carries (R-15)."""

from __future__ import annotations

from quen.apps.contacts.types import Consent, Status

#: why someone stays as they were
ALREADY, ONLY_THE_PERSON, SAVED_FIRST = "already", "only_the_person", "saved_first"


def next_status(held: int, wanted: int, *, before_saved: int | None) -> Status | str:
    """Give the status that follows when staff want one, or the reason why nothing changes.

    Unsubscribed ends only by the person's own opt-in, else it may only be put away as Saved. Saved leads back to the
    former refusal or to Non-subscribed.
    """
    if held == wanted:
        return ALREADY
    if held == Status.UNSUBSCRIBED and wanted != Status.SAVED:
        return ONLY_THE_PERSON
    if held == Status.SAVED and wanted == Status.SUBSCRIBED:
        return ONLY_THE_PERSON if before_saved == Status.UNSUBSCRIBED else SAVED_FIRST
    if held == Status.SAVED and wanted == Status.NON_SUBSCRIBED and before_saved == Status.UNSUBSCRIBED:
        return Status.UNSUBSCRIBED
    return Status(wanted)


def mail_consent(status: int, held: int) -> Consent:
    """Give the mail consent that a new status carries. A block outlasts every status."""
    if held == Consent.BLOCKED:
        return Consent.BLOCKED
    if status == Status.SUBSCRIBED:
        return Consent.GRANTED
    if status == Status.UNSUBSCRIBED:
        return Consent.WITHDRAWN
    if status == Status.NON_SUBSCRIBED and held == Consent.GRANTED:
        # Whoever is no longer subscribed has no standing consent either; they may be asked again.
        return Consent.NEVER_ASKED
    return Consent(held)
