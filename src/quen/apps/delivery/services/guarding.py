"""A provider that refuses message after message: going on would cost the shop its name, and bring nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from quen.apps.channels.types import Outcome, Result
from quen.apps.delivery.services.memory import memory
from quen.apps.delivery.services.windows import UNWRITTEN
from quen.core import schemas

CODE: Final = "provider_refuses"
_LOOKED_AT: Final = 100
_ENOUGH: Final = 50


def words_of_refusal(launch_id: int, results: Sequence[Result]) -> str:
    """Note a window's answers; give the provider's words when a launch had better stand still, else nothing.

    That is after 50 refusals that were not about a dead address, with no message accepted among the last 100. Dead
    addresses and mails that could not be made say nothing about the provider. What was noted is forgotten then, so
    that whoever lets the launch go on gets another 50.
    """
    key = (schemas.current(), launch_id)
    refusals = [each for each in results if _is_refusal(each)]
    if not refusals and key not in memory.answers:
        return ""
    answers = memory.answers.setdefault(key, deque(maxlen=_LOOKED_AT))
    answers.extend(_mark(each) for each in results)
    if True in answers or answers.count(False) < _ENOUGH:
        if False not in answers:
            del memory.answers[key]
        return ""
    del memory.answers[key]
    last = refusals[-1] if refusals else results[-1]
    return last.text or last.code or CODE


def _is_refusal(result: Result) -> bool:
    return result.outcome is Outcome.REFUSED and not result.address_is_dead and result.code != UNWRITTEN


def _mark(result: Result) -> bool | None:
    """True: accepted, False: refused, None: says nothing."""
    if result.outcome is Outcome.ACCEPTED:
        return True
    return False if _is_refusal(result) else None
