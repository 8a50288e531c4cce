"""Stop a dispatch whose provider refuses message after message, before the shop's reputation suffers."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from quen.apps.channels.types import SendOutcome, SendResult
from quen.apps.delivery.rendering import RENDER_FAILED
from quen.apps.delivery.services.throttle import send_throttle
from quen.core import schemas

ERROR_CODE: Final = "provider_refuses"
_SAMPLE_SIZE: Final = 100
_MAX_REFUSALS: Final = 50


def should_stop(dispatch_id: int, results: Sequence[SendResult]) -> str:
    """Record the results of a batch; return the provider's reply when the dispatch should stop, otherwise "".

    It stops after 50 refusals when none of the last 100 messages was accepted. Dead addresses and messages that could
    not be rendered do not count, because they say nothing about the provider. The recorded results are cleared then, so
    resuming the dispatch allows another 50.
    """
    key = (schemas.current(), dispatch_id)
    refusals = [each for each in results if _is_refusal(each)]
    if not refusals and key not in send_throttle.recent_outcomes:
        return ""
    outcomes = send_throttle.recent_outcomes.setdefault(key, deque(maxlen=_SAMPLE_SIZE))
    outcomes.extend(_accepted(each) for each in results)
    if True in outcomes or outcomes.count(False) < _MAX_REFUSALS:
        if False not in outcomes:
            del send_throttle.recent_outcomes[key]
        return ""
    del send_throttle.recent_outcomes[key]
    last = refusals[-1] if refusals else results[-1]
    return last.text or last.code or ERROR_CODE


def _is_refusal(result: SendResult) -> bool:
    return result.outcome is SendOutcome.REFUSED and not result.hard_bounce and result.code != RENDER_FAILED


def _accepted(result: SendResult) -> bool | None:
    """True: accepted, False: refused, None: does not count."""
    if result.outcome is SendOutcome.ACCEPTED:
        return True
    return False if _is_refusal(result) else None
