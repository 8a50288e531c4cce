"""A mail server's reply in a sentence, by its code."""

from __future__ import annotations

import pytest
from django.utils import translation

from quen.core.mail_replies import explain_mail_reply


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        ("550 5.1.1 No such user", "This address doesn't exist."),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "This address doesn't exist."),
        ("550 No such user here", "This address doesn't exist."),
        ("550 Blocked", "The server refused this message."),
        ("550 5.7.1 Blocked by policy", "The server refused this message by its rules"),
        ("550 5.7.26 This mail is unauthenticated", "The server wants proof"),
        ("452 4.2.2 Over quota", "The mailbox is full."),
        ("552 5.2.2 Over quota", "The mailbox is full."),
        ("454 Throttling failure: Maximum sending rate exceeded.", "The server takes only so many messages"),
        ("421 4.3.2 Going down", "The mail server is busy."),
        ("451 4.7.1 Greylisted", "The server can't take this message now."),
        ("599 Odd", "The server refused this message."),
    ],
)
def test_the_codes_of_servers_are_explained(reply: str, meaning: str) -> None:
    with translation.override("en"):
        assert explain_mail_reply(reply).startswith(meaning)


@pytest.mark.parametrize(
    "reply", ["", "250 2.0.0 Ok: queued as 4X", "lost connection", "12345 things", "render_failed"]
)
def test_what_is_no_refusal_is_left_alone(reply: str) -> None:
    assert explain_mail_reply(reply) == ""


def test_readers_of_vietnamese_get_vietnamese() -> None:
    with translation.override("vi"):
        assert explain_mail_reply("550 5.1.1 No such user") == "Địa chỉ này không tồn tại."
