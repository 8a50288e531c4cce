"""Programs that open mails and follow links without a person: what they call themselves.

Gmail's and Yahoo's image proxies are not among them: they fetch when the person opens
(shared facts, messaging §6.4). Names seen in the wild; whoever finds another adds it here.
"""

from __future__ import annotations

import re

#: Apple Mail Privacy Protection fetches every image of every mail and calls itself exactly so
_PREFETCHERS = frozenset({"Mozilla/5.0"})
_NAMES = (
    # Mail security that follows links before the person sees them.
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
    # Previews and crawlers. Cubot makes telephones.
    r"(?<!cu)bot\b",
    r"crawler",
    r"spider",
    r"bingpreview",
    r"facebookexternalhit",
    r"slackbot|linkpreview",
    r"headlesschrome|phantomjs|puppeteer|playwright",
    # Programs.
    r"^(?:curl|wget|python-|java/|go-http-client|libwww-perl|apache-httpclient|okhttp|node-fetch|axios)",
)
_BOT = re.compile("|".join(_NAMES), re.IGNORECASE)


def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent is known not to be a person's."""
    return user_agent.strip() in _PREFETCHERS or _BOT.search(user_agent) is not None
