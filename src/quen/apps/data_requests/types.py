"""Types and refusals of the data_requests app."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.core.errors import DomainError


class DataRequestRight(StrEnum):
    """What a member may do with requests of persons about their data."""

    HANDLE = "data_requests.handle"


class RequestKindChoices(TextChoices):
    """What a person may ask for (Personal Data Protection Law 91/2025, Art. 4)."""

    COPY = "copy", _("Copy of my data")
    CORRECT = "correct", _("Correct my data")
    RESTRICT = "restrict", _("Restrict the use of my data")
    OBJECT = "object", _("Object to advertising and analysis")
    WITHDRAW = "withdraw", _("Withdraw consent")
    ERASE = "erase", _("Erase my data")


class RequestState(TextChoices):
    """How far a request is."""

    RECEIVED = "received", pgettext_lazy("state of a request", "Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    IN_WORK = "in_work", _("In work")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


OPEN_STATES = (RequestState.RECEIVED, RequestState.ACKNOWLEDGED, RequestState.IN_WORK)


class RequestOrigin(TextChoices):
    """How a request came in."""

    PAGE = "page", _("Their page")
    STAFF = "staff", _("Told to staff")


class RequestEnded(DomainError):
    """The request was answered already."""

    code = "request_ended"
    status = 409
    text = _("This request was already answered.")


class ReasonMissing(DomainError):
    """A refusal or an extension has a reason."""

    code = "reason_missing"
    text = _("Enter the reason. The person is told it.")
    field: ClassVar[str | None] = "reason"


class ExtendedAlready(DomainError):
    """The law allows one extension."""

    code = "extended_already"
    text = _("This request was extended already. The law allows it once.")
    field: ClassVar[str | None] = "reason"


class PersonGone(DomainError):
    """The person was erased in the meantime."""

    code = "person_gone"
    text = _("This person was erased in the meantime.")
