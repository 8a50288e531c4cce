"""The sentences of conditions on columns of the contact, to follow the word “People”."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import Channel

Text = str | Promise

GENDER_SENTENCES: Mapping[str, Text] = {
    "is": _("whose gender is **%(value)s**"),
    "is_not": _("whose gender is not **%(value)s**"),
    "filled": _("whose **gender is known**"),
    "empty": _("whose **gender is unknown**"),
}
GENDER_TEXTS: Mapping[Any, Text] = {
    "male": pgettext_lazy("in the middle of a sentence", "male"),
    "female": pgettext_lazy("in the middle of a sentence", "female"),
    "other": pgettext_lazy("gender, in the middle of a sentence", "other"),
}
BORN = _("born")
COUNTRY_SENTENCES: Mapping[str, Text] = {
    "is": _("living in **%(value)s**"),
    "is_not": _("not living in **%(value)s**"),
    "filled": _("whose **country is known**"),
    "empty": _("whose **country is unknown**"),
}
LANGUAGE_SENTENCES: Mapping[str, Text] = {
    "is": _("who prefer **%(value)s**"),
    "is_not": _("who do not prefer **%(value)s**"),
    "filled": _("whose **language is known**"),
    "empty": _("whose **language is unknown**"),
}
LANGUAGE_TEXTS: Mapping[Any, Text] = {
    "vi": pgettext_lazy("in the middle of a sentence", "Vietnamese"),
    "en": pgettext_lazy("in the middle of a sentence", "English"),
}

ORDERS_SENTENCES: Mapping[str, Text] = {
    "is": _("who ordered exactly **%(value)s**"),
    "is_not": _("who did not order exactly **%(value)s**"),
    "at_least": _("who ordered at least **%(value)s**"),
    "at_most": _("who ordered at most **%(value)s**"),
    "more": _("who ordered more than **%(value)s**"),
    "less": _("who ordered less than **%(value)s**"),
    "between": _("who ordered **%(from)s** to **%(to)s**"),
}
SPENT_SENTENCES: Mapping[str, Text] = {
    "is": _("who spent exactly **%(value)s**"),
    "is_not": _("who did not spend exactly **%(value)s**"),
    "at_least": _("who spent at least **%(value)s**"),
    "at_most": _("who spent at most **%(value)s**"),
    "more": _("who spent more than **%(value)s**"),
    "less": _("who spent less than **%(value)s**"),
    "between": _("who spent **%(from)s** to **%(to)s**"),
}
EVER_ORDERED: Mapping[str, Text] = {
    "filled": _("who **have ordered**"),
    "empty": _("who **have never ordered**"),
}
FIRST_ORDERED = _("who first ordered")
LAST_ORDERED = _("who last ordered")
JOINED = _("who joined")
CREATED = _("added to Quen")
LAST_ACTIVE = _("last active")
ACTIVITY: Mapping[str, Text] = {
    "last_days": _("active in the last **%(days)s**"),
    "older": _("not active for more than **%(days)s**"),
}
INCOMPLETE_SENTENCES: Mapping[str, Text] = {
    "yes": _("with an **incomplete record**"),
    "no": _("with a **complete record**"),
}

STATUS_SENTENCES: Mapping[str, Text] = {
    "is": _("who are **%(value)s**"),
    "is_not": pgettext_lazy("the status", "not **%(value)s**"),
}
STATUS_OPENINGS: Mapping[str, Text] = {
    "is": pgettext_lazy("before the status", "who are"),
    "is_not": pgettext_lazy("before the status", "who are not"),
}
STATUS_TEXTS: Mapping[Any, Text] = {
    "subscribed": pgettext_lazy("in the middle of a sentence", "subscribed"),
    "unsubscribed": pgettext_lazy("in the middle of a sentence", "unsubscribed"),
    "non_subscribed": pgettext_lazy("in the middle of a sentence", "non-subscribed"),
    "saved": pgettext_lazy("in the middle of a sentence", "archived"),
}
STATUS_NEGATIVE_TEXTS: Mapping[Any, Text] = {"saved": _("not archived")}

CONSENT_SENTENCES: Mapping[str, Text] = {
    "is": pgettext_lazy("the consent", "**%(value)s**"),
    "is_not": pgettext_lazy("the consent", "not among those **%(value)s**"),
}
CONSENT_OPENINGS: Mapping[str, Text] = {
    "is": pgettext_lazy("before the consent", "those"),
    "is_not": pgettext_lazy("before the consent", "not those"),
}
#: what is received on a channel, in the middle of a sentence
_RECEIVED: Mapping[Channel, str] = {
    Channel.EMAIL: gettext_noop("email"),
    Channel.SMS: gettext_noop("SMS"),
    Channel.ZALO: gettext_noop("Zalo messages"),
    Channel.CHAT: gettext_noop("chat messages"),
    Channel.PUSH: gettext_noop("push notifications"),
    Channel.CALL: gettext_noop("phone calls"),
}


def _about_channel(template: str, channel: Channel) -> str:
    return gettext(template) % {"messages": gettext(_RECEIVED[channel])}


_lazy_about_channel = lazy(_about_channel, str)


def consent_texts(channel: Channel) -> Mapping[Any, Text]:
    """Return the consents for a channel inside a sentence: “who agreed to email”."""
    return {
        "granted": _lazy_about_channel(gettext_noop("who agreed to %(messages)s"), channel),
        "withdrawn": _lazy_about_channel(gettext_noop("who opted out of %(messages)s"), channel),
        "never_asked": _lazy_about_channel(gettext_noop("who were never asked about %(messages)s"), channel),
        "blocked": _lazy_about_channel(gettext_noop("who are blocked from %(messages)s"), channel),
    }


def consent_negative_texts(channel: Channel) -> Mapping[Any, Text]:
    """Return the sentences of those without one consent: “who have not agreed to email”."""
    return {
        "granted": _lazy_about_channel(gettext_noop("who have not agreed to %(messages)s"), channel),
        "withdrawn": _lazy_about_channel(gettext_noop("who have not opted out of %(messages)s"), channel),
        "never_asked": _lazy_about_channel(
            gettext_noop("who were already asked about %(messages)s"), channel
        ),
        "blocked": _lazy_about_channel(gettext_noop("who are not blocked from %(messages)s"), channel),
    }
