"""Parses a finished email, for the sandbox."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from quen.apps.channels.types import Outgoing


def parse_headers(body: bytes) -> list[list[str]]:
    """Return the headers as sent, unfolded, in their order."""
    head = (
        body.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").replace("\r\n ", " ").replace("\r\n\t", " ")
    )
    return [[name, value.strip()] for name, _, value in (line.partition(":") for line in head.split("\r\n"))]


def message_texts(message: Outgoing) -> tuple[str, str, str]:
    """Return subject, HTML and plain text from the message's parts, or parsed from the email without parts."""
    parts = message.parts
    if "html" in parts or "text" in parts:
        return parts.get("subject", ""), parts.get("html", ""), parts.get("text", "")
    mail = message_from_bytes(message.body, _class=EmailMessage, policy=policy.default)
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    return (
        str(mail.get("Subject", "")),
        str(html.get_content()) if html else "",
        str(plain.get_content()) if plain else "",
    )
