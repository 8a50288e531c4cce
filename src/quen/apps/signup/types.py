"""Types and refusals of the signup app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.core.errors import DomainError

LANGUAGES = ("vi", "en")
MAX_FORMS = 200
MAX_ITEMS = 30
MAX_NAME_CHARS = 120
MAX_TEXT_CHARS = 1_000
#: a text by language, such as {"vi": "Họ và tên", "en": "Full name"}
Text = Mapping[str, str]


class SignupRight(StrEnum):
    """What a member may do with sign-up forms."""

    VIEW = "signup.view"
    EDIT = "signup.edit"
    PUBLISH = "signup.publish"
    HANDLE = "signup.handle"


class SignupScope(StrEnum):
    """What the key of another system may do with sign-up forms."""

    READ = "forms.read"


class FormKind(TextChoices):
    """Whose form it is."""

    OWN = "own", _("Our form")
    EXTERNAL = "external", _("Form of another system")


class ItemKind(StrEnum):
    """What a form shows one below the other."""

    FIELD = "field"
    CONSENT = "consent"


class SubmissionState(TextChoices):
    """What became of a submission."""

    RECEIVED = "received", pgettext_lazy("state of a submission", "Received")
    HELD = "held", _("Suspected spam")
    REVIEW = "review", _("Needs a look")
    CAPTURE = "capture", _("Half-filled")


class Outcome(TextChoices):
    """Whom a submission belongs to."""

    NONE = "", _("Nobody yet")
    CREATED = "created", _("New customer")
    KNOWN = "known", _("Known customer")
    MIXED = "mixed", _("Phone and email of two customers")
    REFUSED = "refused", _("Signed up before")


class Way(TextChoices):
    """Where a form was seen or filled in."""

    PAGE = "page", _("Own page")
    EMBED = "embed", _("Embedded")
    POPUP = "popup", _("Pop-up")
    QR = "qr", _("QR code")
    COUNTER = "counter", _("Counter")
    HTML = "html", _("Own HTML")
    EXTERNAL = "external", _("Other system")


class SpamSign(TextChoices):
    """A sign of spam. None of them holds a submission back alone."""

    HONEYPOT = "honeypot", _("A field that people don't see was filled in")
    TOO_FAST = "too_fast", _("Sent within seconds")
    NO_TIME = "no_time", _("No time of filling in")
    RATE = "rate", _("Many from one connection")
    DUPLICATE = "duplicate", _("The same again within minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A field or a consent box of a form.

    key: the name of its input.  target: of a field, the contact's column or "field_<id>".  channel, topic: of a consent
    box; topic 0 is advertising in general.  label: of a field its name, of a consent box what the person agrees to.
    """

    key: str
    kind: ItemKind
    label: Text = field(default_factory=dict)
    target: str = ""
    required: bool = False
    channel: str = ""
    topic: int = 0

    def text(self, language: str) -> str:
        """Return the label in a language, else in the other one."""
        return text_in(self.label, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContent:
    """Everything that an editor sets on a form; drafts and versions are this as JSON.

    groups: ids.  source: id, 0 for one named after the form.  redirect: where a person goes afterwards, "" to stay.
    trigger: of the pop-up, "time", "scroll" or "exit"; after so many seconds or per cent, once in ``days`` days.
    """

    languages: Sequence[str] = ("vi",)
    title: Text = field(default_factory=dict)
    intro: Text = field(default_factory=dict)
    button: Text = field(default_factory=dict)
    items: Sequence[Item] = ()
    thanks: Text = field(default_factory=dict)
    redirect: str = ""
    double_opt_in: bool = True
    repeat: bool = True
    tags: Sequence[str] = ()
    groups: Sequence[int] = ()
    source: int = 0
    accent: str = "#24513f"
    ground: str = "#e8f4ec"
    trigger: str = "time"
    amount: int = 10
    days: int = 7

    @property
    def fields(self) -> list[Item]:
        """Return the fields in order."""
        return [item for item in self.items if item.kind == ItemKind.FIELD]

    @property
    def consents(self) -> list[Item]:
        """Return the consent boxes in order."""
        return [item for item in self.items if item.kind == ItemKind.CONSENT]

    def item(self, key: str) -> Item | None:
        """Return the item with a key, or None."""
        return next((item for item in self.items if item.key == key), None)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def read_content(data: Mapping[str, Any]) -> FormContent:
    """Return the content that ``as_json`` made; what it lacks has its default."""
    known = {name: data[name] for name in FormContent.__dataclass_fields__ if name in data}
    items = [Item(**{**item, "kind": ItemKind(item["kind"])}) for item in data.get("items", ())]
    return FormContent(**known | {"items": items})


def text_in(text: Text, language: str) -> str:
    """Return a text in a language, else in any that it has."""
    return text.get(language) or next(filter(None, text.values()), "")


@dataclass(frozen=True, slots=True)
class Received:
    """A submission as it arrived, before anything was looked up; stored raw as JSON.

    answers: what was typed, by item key.  ticked: keys of consent boxes.  key: random, names the submission in links.
    """

    form_id: int
    version_id: int
    key: str
    answers: dict[str, Any]
    ticked: list[str]
    language: str
    way: str = Way.PAGE.value
    page: str = ""
    utm: dict[str, str] = field(default_factory=dict)
    signs: list[str] = field(default_factory=list)
    visitor: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


class FormNameMissing(DomainError):
    """A form has a name."""

    code = "form_name_missing"
    text = _("Enter a name of at most 120 characters.")
    field: ClassVar[str | None] = "name"


class TooManyForms(DomainError):
    """A workspace has a limited number of forms."""

    code = "too_many_forms"
    text = _("There are %(max)s forms already. Delete one that is no longer used.")


class TooManyItems(DomainError):
    """A form has a limited number of fields."""

    code = "too_many_items"
    text = _("A form has at most %(max)s fields and boxes.")


class FormNotReady(DomainError):
    """Something is missing before the form can be published."""

    code = "form_not_ready"
    text = _("Not published yet: %(reasons)s")


class FormInUse(DomainError):
    """A form with submissions is closed, not deleted: consent rests on it."""

    code = "form_in_use"
    text = _("Customers have used this form, and their consent rests on it. Close it instead.")


class BadRedirect(DomainError):
    """A redirect leads to a web address."""

    code = "bad_redirect"
    text = _("Enter an address that starts with https:// or http://.")
    field: ClassVar[str | None] = "redirect"


class ProposalDecided(DomainError):
    """Somebody decided it in the meantime."""

    code = "proposal_decided"
    status = 409
    text = _("Somebody already decided this.")
