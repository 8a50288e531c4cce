"""What the replies of mail servers mean, in the reader's language.

Servers answer in English and each in words of its own; their codes (RFC 5321, RFC 3463) say what is wrong.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CODES: Final = re.compile(r"\s*(?P<basic>[245]\d\d)(?:[ -]+(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}))?(?!\d)")
_NO_SUCH_ADDRESS = _("This address doesn't exist.")
_DISABLED = _("This mailbox has been closed or doesn't take email.")
_FULL = _("The mailbox is full.")
_NO_DOMAIN = _("The address's domain doesn't receive email.")
_NOT_AN_ADDRESS = _("The server doesn't recognize this as an address.")
_TOO_LARGE = _("The message is too large for the server.")
_REFUSED = _("The server refused this message.")
_POLICY = _("The server refused this message by its rules, often as unwanted advertising.")
_AUTHENTICATION = _("The server wants proof that the sender's domain is yours: check SPF, DKIM and DMARC.")
_LATER = _("The server can't take this message now. It is tried again.")
_LIMITED = _("The server takes only so many messages at a time.")
_BUSY = _("The mail server is busy.")
_SENDER = _("The server doesn't accept the sender's address.")
_CONTENT = _("The server objects to the content of this message.")
#: by the whole code, its subject, or its class (4: for now, 5: for good)
_BY_ENHANCED: Final[dict[str, str | Promise]] = {
    "4.": _LATER,
    "5.": _REFUSED,
    "4.2.2": _FULL,
    "4.3.": _BUSY,
    "4.5.3": _LIMITED,
    "4.7.28": _LIMITED,
    "5.1.1": _NO_SUCH_ADDRESS,
    "5.1.10": _NO_SUCH_ADDRESS,
    "5.1.2": _NO_DOMAIN,
    "5.1.3": _NOT_AN_ADDRESS,
    "5.1.6": _NO_SUCH_ADDRESS,
    "5.1.7": _SENDER,
    "5.1.8": _SENDER,
    "5.2.1": _DISABLED,
    "5.2.2": _FULL,
    "5.2.3": _TOO_LARGE,
    "5.3.4": _TOO_LARGE,
    "5.4.4": _NO_DOMAIN,
    "5.6.": _CONTENT,
    "5.7.": _POLICY,
    "5.7.20": _AUTHENTICATION,
    "5.7.23": _AUTHENTICATION,
    "5.7.24": _AUTHENTICATION,
    "5.7.25": _AUTHENTICATION,
    "5.7.26": _AUTHENTICATION,
    "5.7.27": _AUTHENTICATION,
    "5.7.30": _AUTHENTICATION,
}
_BY_BASIC: Final[dict[str, str | Promise]] = {
    "4": _LATER,
    "5": _REFUSED,
    "421": _BUSY,
    "454": _LIMITED,
    "550": _NO_SUCH_ADDRESS,
    "551": _NO_SUCH_ADDRESS,
    "552": _TOO_LARGE,
    "553": _NOT_AN_ADDRESS,
}
#: without an enhanced code 550 says only that the mailbox is not available, and why is in the words
_NO_SUCH_MAILBOX: Final = re.compile(
    r"no such|unknown|not (?:be )?found|n[o']t exist|invalid|no mailbox", re.IGNORECASE
)


def explain_mail_reply(reply: str) -> str:
    """Return in a sentence what a reply such as "550 5.1.1 No such user" means, "" for one without a code."""
    found = _CODES.match(reply)
    if found is None or found["basic"].startswith("2"):
        return ""
    basic, enhanced = found["basic"], found["enhanced"]
    if enhanced:
        kind, subject, _detail = enhanced.split(".")
        keys = (enhanced, f"{kind}.{subject}.", f"{kind}.")
        return next(str(_BY_ENHANCED[key]) for key in keys if key in _BY_ENHANCED)
    if basic == "550" and not _NO_SUCH_MAILBOX.search(reply):
        return str(_REFUSED)
    return str(_BY_BASIC.get(basic) or _BY_BASIC[basic[0]])
