"""Types and errors of the website app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

#: the ingest endpoint that stores what the script sends until it is processed
ENDPOINT: Final = "website"
#: where the script is served, and where it sends to; the public key of the shop follows
SCRIPT_PATH, COLLECTOR_PATH = "/quen.js", "/q/"
#: of a request's body; the web process refuses more before it reads it
MAX_BODY_BYTES: Final = 32 * 1024
MAX_EVENTS_PER_REQUEST: Final = 50
#: a visit ends when nothing happened for so long
SESSION_GAP: Final = timedelta(minutes=30)
#: for how long a link of a message names its recipient, counted from the sending
LINK_DAYS: Final = 7
#: how long after the click the mark that the redirect hands over is accepted
MARK_MINUTES: Final = 30
RETENTION_DAYS: Final = (30, 90, 180, 365)
LANGUAGES: Final = ("vi", "en")
MAX_ORIGINS: Final = 20


class WebsiteRight(StrEnum):
    """What a member may do with the website."""

    VIEW = "website.view"
    CONFIGURE = "website.configure"


class WebsiteScope(StrEnum):
    """What a key of another system may do with the website."""

    WRITE = "website.write"


class KnownBy(models.TextChoices):
    """How a visitor became known."""

    FORM = "form", _("by a form")
    SIGN_IN = "sign_in", _("by signing in")
    LINK = "link", _("by a link in a message")
    API = "api", _("by another system")


class ActionKind(models.IntegerChoices):
    """What a visitor did. The numbers are stored."""

    VIEW = 1, _("Page")
    PRODUCT = 2, _("Product")
    CART = 3, _("Cart")
    CUSTOM = 4, _("Other")


#: the kind of event that a contact gets for each
EVENT_KINDS: Final = {
    ActionKind.VIEW: "page_viewed",
    # declared by events, since programs that import orders know it, too
    ActionKind.PRODUCT: "product_viewed",
    ActionKind.CART: "cart_updated",
    ActionKind.CUSTOM: "website_action",
}


class BadBatch(ValueError):
    """A request's body is not what the script sends."""


class UnknownVisitor(DomainError):
    """The text is no token of a visitor."""

    code = "unknown_visitor"
    text = _("This is not a visitor of the website.")
    field = "visitor"


class UnreadableOrigin(DomainError):
    """A line of the allowed addresses is no address of a website."""

    code = "unreadable_origin"
    text = _("“%(line)s” is not the address of a website. Write it as www.trasen.vn.")
    field = "origins"


class TooManyOrigins(DomainError):
    """More allowed addresses than there is room for."""

    code = "too_many_origins"
    text = _("At most %(max)s addresses.")
    field = "origins"


class LowContrast(DomainError):
    """The banner's text could not be read on its background."""

    code = "low_contrast"
    text = _("The text is hard to read on this background. Choose a darker or a lighter one.")
    field = "text_colour"


class MissingText(DomainError):
    """The banner has no text in one of its languages."""

    code = "missing_text"
    text = _("The banner needs a text in both languages.")


class BannerText(NamedTuple):
    """What the consent banner says in one language."""

    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteValues:
    """The settings of the website. origins: addresses as typed; texts: by language."""

    enabled: bool
    origins: tuple[str, ...]
    banner: bool
    texts: dict[str, BannerText]
    privacy_url: str
    background: str
    text_colour: str
    button: str
    retention_days: int


@dataclass(frozen=True, slots=True)
class ServedSite:
    """What the web process must know to serve a shop's website. script: the configuration as JSON, empty when off."""

    workspace_id: int
    enabled: bool
    origins: frozenset[str]
    configuration: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a visitor did, cleaned. ``id`` is given by the script; a second action with it is not stored."""

    id: str
    kind: ActionKind | None
    at: datetime
    page: str = ""
    title: str = ""
    referrer: str = ""
    campaign: dict[str, str] = field(default_factory=dict)
    code: str = ""
    name: str = ""
    value: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    #: of a sign-in: what the shop's server signed; of a link: the mark; of a claim: what was typed
    token: str = ""
    mark: str = ""
    claims: tuple[tuple[str, str], ...] = ()


class DayVisits(NamedTuple):
    """The visits of a day. known: those visitors of it who are known now."""

    day: Any
    visitors: int
    known: int
    sessions: int


class PageViews(NamedTuple):
    """How often a page, product or source was seen, and by how many visitors."""

    name: str
    title: str
    views: int
    visitors: int
