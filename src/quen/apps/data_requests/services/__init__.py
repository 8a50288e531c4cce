"""Services of the data_requests app, one transaction each."""

from quen.apps.data_requests.services.erasing import erase_person
from quen.apps.data_requests.services.reminders import remind
from quen.apps.data_requests.services.requests import (
    acknowledge,
    carry_out,
    extend,
    finish,
    forget_people,
    make_request,
    refuse,
    start,
    update_request_settings,
)

__all__ = [
    "acknowledge",
    "carry_out",
    "erase_person",
    "extend",
    "finish",
    "forget_people",
    "make_request",
    "refuse",
    "remind",
    "start",
    "update_request_settings",
]
