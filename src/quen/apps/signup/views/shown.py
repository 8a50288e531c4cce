"""A form as customers see it: its fields ready for the template, its errors in words, its colours readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from quen.apps.contacts.types import FieldFormat
from quen.apps.signup import queries
from quen.apps.signup.rules.colours import light_ground, readable
from quen.apps.signup.types import FormContent, Item, text_in

#: what a browser may fill in, by target
_AUTOCOMPLETE = {
    "full_name": "name",
    "phone": "tel",
    "email": "email",
    "company": "organization",
    "address_line": "street-address",
    "birth_on": "bday",
}
_TYPES = {"phone": "tel", "email": "email"}
_CHOICES = (FieldFormat.SINGLE, FieldFormat.MULTIPLE)
#: may be shown inside pages of other hosts, where it sends to us alone
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; form-action 'self'; object-src 'none'"
)


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field ready to be shown. type: of its inputs, "textarea" for several lines.  value: what was typed."""

    key: str
    label: str
    type: str
    required: bool
    autocomplete: str
    choices: Sequence[str]
    value: str
    values: Sequence[str]
    error: str

    @property
    def has_choices(self) -> bool:
        """Return whether one chooses instead of typing."""
        return self.type in ("radio", "checkbox")

    @property
    def is_single(self) -> bool:
        """Return whether one thing is chosen."""
        return self.type == "radio"

    @property
    def is_long(self) -> bool:
        """Return whether it has several lines."""
        return self.type == "textarea"


@dataclass(frozen=True, slots=True)
class ShownBox:
    """A consent box ready to be shown. ticked: only by the visitor themselves, when the form comes back with errors."""

    key: str
    text: str
    ticked: bool


def form_context(
    content: FormContent,
    language: str,
    *,
    given: Mapping[str, Sequence[str]] | None = None,
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the template of a form needs. given: what was typed, when it comes back.  errors: reason codes."""
    formats = queries.field_formats()
    fields = [
        _shown(item, language, formats, given or {}, errors or {})
        for item in content.fields
        if not item.target.startswith("field_") or item.target in formats
    ]
    boxes = [ShownBox(item.key, item.text(language), item.key in (given or {})) for item in content.consents]
    return {
        "title_text": text_in(content.title, language),
        "intro": text_in(content.intro, language),
        "button": text_in(content.button, language) or _("Send"),
        "fields": fields,
        "boxes": boxes,
        "has_errors": bool(errors),
        **colours(content),
    }


def colours(content: FormContent) -> dict[str, str]:
    """Return the form's colours, changed until text can be read."""
    ground = light_ground(content.ground)
    return {"accent": readable(content.accent, on=ground), "ground": ground}


def error_texts(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the sentences for reason codes, by item key."""
    return {key: _error(code) for key, code in errors.items()}


def framed(response: HttpResponse, *, by: str = "*") -> HttpResponse:
    """Let a response be shown in frames of other pages."""
    response["Content-Security-Policy"] = _POLICY.format(ancestors=by)
    response.xframe_options_exempt = True
    return response


def _shown(
    item: Item,
    language: str,
    formats: Mapping[str, tuple[str, list[str]]],
    given: Mapping[str, Sequence[str]],
    errors: Mapping[str, str],
) -> ShownField:
    format_, choices = formats.get(item.target, ("", []))
    if format_ in _CHOICES:
        kind = "checkbox" if format_ == FieldFormat.MULTIPLE else "radio"
    elif item.target == "gender":
        kind, choices = "radio", [_("Male"), _("Female"), _("Other")]
    elif item.target == "note" or format_ == FieldFormat.LONG_TEXT:
        kind = "textarea"
    elif format_ == FieldFormat.YES_NO:
        kind, choices = "radio", [_("Yes"), _("No")]
    else:
        kind = _TYPES.get(item.target, _TYPES.get(format_, "text"))
    values = list(given.get(item.key, ()))
    return ShownField(
        key=item.key,
        label=item.text(language),
        type=kind,
        required=item.required,
        autocomplete=_AUTOCOMPLETE.get(item.target, "off"),
        choices=choices,
        value=values[0] if values else "",
        values=values,
        error=_error(errors[item.key]) if item.key in errors else "",
    )


def _error(code: str) -> str:
    return {
        "required": _("Please fill this in."),
        "phone_or_email": _("Please leave a phone number or an email."),
        "phone_short": _("Some digits are missing. A mobile number has 10."),
        "phone_long": _("There are too many digits. A mobile number has 10."),
        "phone": _("This is not a phone number we can call."),
        "choice": _("Please choose one of these."),
    }.get(code, _("Please check this."))
