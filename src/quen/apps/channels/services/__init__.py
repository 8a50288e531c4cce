"""Verbs of the channels room, one file a family."""

from quen.apps.channels.services.connecting import TOPIC as CHANNELS_TOPIC
from quen.apps.channels.services.connecting import (
    choose_connection,
    note_error,
    note_ok,
    open_session,
    secret_for,
    send_test,
    set_connection,
    test_connection,
    trouble,
)
from quen.apps.channels.services.playing import open_as_customer, unsubscribe_by_one_click
from quen.apps.channels.services.sandbox import TOPIC as SANDBOX_TOPIC
from quen.apps.channels.services.sandbox import (
    empty_sandbox,
    forget_sandbox,
    keep_in_sandbox,
    play,
)
from quen.apps.channels.services.senders import add_sender, change_sender, prefer_sender, remove_sender
from quen.apps.channels.services.starting import STAND_IN, prepare_workspace
from quen.apps.channels.services.telling import tell_receipt

__all__ = [
    "CHANNELS_TOPIC",
    "SANDBOX_TOPIC",
    "STAND_IN",
    "add_sender",
    "change_sender",
    "choose_connection",
    "empty_sandbox",
    "forget_sandbox",
    "keep_in_sandbox",
    "note_error",
    "note_ok",
    "open_as_customer",
    "open_session",
    "play",
    "prefer_sender",
    "prepare_workspace",
    "remove_sender",
    "secret_for",
    "send_test",
    "set_connection",
    "tell_receipt",
    "test_connection",
    "trouble",
    "unsubscribe_by_one_click",
]
