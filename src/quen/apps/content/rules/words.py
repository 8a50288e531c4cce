"""The words that a reader of HTML sees, to notice when preparing an email would lose some of them.

Read as browsers read, in one pass: Python's own parser stops at some malformed declarations, and at many of them it
takes minutes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Final

from quen.apps.content.rules.limits import ATTRIBUTE
from quen.apps.content.rules.liquid import TAG

_TOKEN: Final = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
      |<(?P<raw>style|script|title)\b.*?(?:</(?P=raw)\b[^>]*>|\Z)
      |<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?:[\s/]++|{ATTRIBUTE})*+(?:>|\Z)
      |<[!?/][^>]*(?:>|\Z)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
#: elements whose text no reader of an email sees
_UNSEEN: Final = frozenset({"template", "object", "applet", "iframe", "head"})
_MAX_COMPARED: Final = 200


def lost_words(source: str, result: str) -> tuple[str, ...]:
    """Return the words of an author's HTML that the prepared HTML no longer shows. Template tags count for nothing."""
    written, shown = Counter(visible_words(source)), visible_words(result)
    missing = written - Counter(shown)
    if not missing:
        return ()
    # Words on both sides of an element that was removed are one word now.
    together = "".join(shown)
    return tuple(word for word in [*missing][:_MAX_COMPARED] if together.count(word) < written[word])


def visible_words(html: str) -> list[str]:
    """Return the words between elements, in order; what only Outlook shows is not among them."""
    return " ".join(_texts(TAG.sub(" ", html))).split()


def visible_text(html: str) -> str:
    """Return the text of HTML on one line, words that elements do not separate in one piece."""
    return " ".join("".join(_texts(html)).split())


def _texts(html: str) -> Iterator[str]:
    unseen: list[str] = []
    end = 0
    for token in _TOKEN.finditer(html):
        if not unseen:
            yield unescape(html[end : token.start()])
        end = token.end()
        name = (token["name"] or "").lower()
        if name == "body":
            # Browsers end a head that was not closed.
            unseen = [each for each in unseen if each != "head"]
        elif name in _UNSEEN and not token["end"]:
            unseen.append(name)
        elif name in unseen:
            del unseen[len(unseen) - 1 - unseen[::-1].index(name) :]
    if not unseen:
        yield unescape(html[end:])
