"""Allowed changes of status (R-16, R-19) and the consent that comes with each (R-15), in Python and as SQL.

The functions are the rule. SQL for many contacts is their table of values, so there is nothing to keep in step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

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


def imported_status(current: int, given: int, consent: int, *, only_empty: bool) -> int:
    """Return the status of a contact for whom a file gives one: as for staff, but nobody saved or refusing returns.

    A No over an earlier Yes is a withdrawal (R-15): from Subscribed, Non-subscribed leads to Unsubscribed.
    consent: to email.  only_empty: keep every value that a contact has; a status counts as one once it means something.
    What leads to Unsubscribed is recorded by an update of its own all the same.
    """
    if only_empty:
        return given if (current, consent) == (Status.NON_SUBSCRIBED, Consent.NEVER_ASKED) else current
    refused = given == Status.SUBSCRIBED and consent in {Consent.WITHDRAWN, Consent.BLOCKED}
    if given == Status.NON_SUBSCRIBED and (current == Status.SUBSCRIBED or consent == Consent.GRANTED):
        given = Status.UNSUBSCRIBED
    after = next_status(current, given, before_saved=None)
    return current if current == Status.SAVED or refused or not isinstance(after, Status) else after


def imported_consent(current: int, given: int, status: int, *, only_empty: bool) -> int:
    """Return the consent of a contact for whom a file gives one: nobody who refused returns, and a No over an earlier
    Yes is a withdrawal (R-15).

    given: Consent.NEVER_ASKED for a plain No.  status: for email the contact's; for a channel that no status governs,
    Non-subscribed.  only_empty: as above.
    """
    if current in {Consent.WITHDRAWN, Consent.BLOCKED}:
        return current
    if only_empty and (current != Consent.NEVER_ASKED or status != Status.NON_SUBSCRIBED):
        return current
    if given == Consent.NEVER_ASKED:
        agreed = current == Consent.GRANTED or status == Status.SUBSCRIBED
        return Consent.WITHDRAWN if agreed else current
    if given == Consent.GRANTED and status in {Status.UNSUBSCRIBED, Status.SAVED}:
        return current
    return given


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


def status_case_sql(*, current: str, requested: str, before_saved: str) -> str:
    """Return SQL for ``next_status`` of three columns; the current status where it does not change."""

    def status(before: int, wanted: int, now: int) -> int:
        after = next_status(now, wanted, before_saved=before or None)
        return after if isinstance(after, Status) else now

    return _case(status, *_columns(current, requested, before_saved))


def reason_case_sql(*, current: str, requested: str, before_saved: str) -> str:
    """Return SQL for the reason why ``next_status`` changes nothing, NULL where it changes the status."""

    def reason(before: int, wanted: int, now: int) -> str | None:
        after = next_status(now, wanted, before_saved=before or None)
        return None if isinstance(after, Status) else after

    return _case(reason, *_columns(current, requested, before_saved))


def imported_status_case_sql(*, current: str, given: str, consent: str, only_empty: bool) -> str:
    """Return SQL for ``imported_status`` of three columns that are not NULL."""

    def status(refusal: int, wanted: int, now: int) -> int:
        return imported_status(now, wanted, refusal, only_empty=only_empty)

    return _case(status, (consent, list(Consent)), (given, list(Status)), (current, list(Status)))


def imported_consent_case_sql(*, current: str, given: str, status: str | None, only_empty: bool) -> str:
    """Return SQL for ``imported_consent`` of columns that are not NULL; status: None where none governs the channel."""

    def consent(state: int, answer: int, now: int) -> int:
        return imported_consent(now, answer, state, only_empty=only_empty)

    answers = ((given, list(Consent)), (current, list(Consent)))
    if status is None:
        return _case(partial(consent, Status.NON_SUBSCRIBED), *answers)
    return _case(consent, (status, list(Status)), *answers)


def consent_case_sql(*, status: str, current: str) -> str:
    """Return SQL for ``email_consent_for`` of two columns."""
    return _case(email_consent_for, (status, list(Status)), (current, list(Consent)))


def _columns(current: str, requested: str, before_saved: str) -> list[tuple[str, Sequence[int]]]:
    before = (f"coalesce({before_saved}, 0)", [0, *Status])
    return [before, (requested, list(Status)), (current, list(Status))]


def _case(rule: Callable[..., int | str | None], *columns: tuple[str, Sequence[int]]) -> str:
    """Return a CASE with what a rule returns for every combination of column values, given in the rule's order."""
    if not columns:
        return _literal(rule())
    (column, values), *rest = columns
    results = {value: _case(partial(rule, value), *rest) for value in values}
    usual = Counter(results.values()).most_common(1)[0][0]
    others = "".join(
        f" WHEN {int(value)} THEN {result}" for value, result in results.items() if result != usual
    )
    return f"CASE {column}{others} ELSE {usual} END" if others else usual


def _literal(value: int | str | None) -> str:
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, int) else f"'{value}'"
