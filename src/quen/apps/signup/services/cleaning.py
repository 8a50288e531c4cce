"""What belongs to nobody is not kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from quen.apps.signup.models import Submission
from quen.apps.signup.types import SubmissionState

#: spam, half-filled forms and calls of nobody
KEPT = timedelta(days=60)


def delete_old(*, now: datetime) -> int:
    """Delete submissions that were held back, half-filled or of nobody, past their time. Return how many."""
    states = (SubmissionState.HELD, SubmissionState.CAPTURE, SubmissionState.REVIEW)
    old = Submission.objects.filter(state__in=states, at__lt=now - KEPT, contact_id=None)
    return old.delete()[0]
