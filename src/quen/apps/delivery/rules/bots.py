"""User agents of programs that open mails and follow links without a person.

The image proxies of Gmail and Yahoo are not among them: they load images when the person opens the mail
(shared facts, messaging §6.4). The names were seen in practice; add new ones here.
"""

from __future__ import annotations

import re

#: Apple Mail Privacy Protection loads all images of all mails with exactly this user agent
_PREFETCHERS = frozenset({"Mozilla/5.0"})
_NAMES = (
    # Mail security that follows links before the recipient sees them.
    r"barracuda",
    r"mimecast",
    r"proofpoint",
    r"messagelabs",
    r"symantec",
    r"fireeye",
    r"trellix",
    r"forcepoint",
    r"ironport",
    r"trendmicro",
    r"sophos",
    r"fortiguard|fortinet",
    r"zscaler",
    r"cloudmark",
    r"vade ?secure",
    r"google-?safety",
    # Previews and crawlers. Cubot is a maker of phones.
    r"(?<!cu)bot\b",
    r"crawler",
    r"spider",
    r"bingpreview",
    r"facebookexternalhit",
    r"slackbot|linkpreview",
    r"headlesschrome|phantomjs|puppeteer|playwright",
    # Command-line and HTTP clients.
    r"^(?:curl|wget|python-|java/|go-http-client|libwww-perl|apache-httpclient|okhttp|node-fetch|axios)",
)
_BOT = re.compile("|".join(_NAMES), re.IGNORECASE)


def is_bot(user_agent: str) -> bool:
    """Return whether a user agent is known to be a bot."""
    return user_agent.strip() in _PREFETCHERS or _BOT.search(user_agent) is not None
