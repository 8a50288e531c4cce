"""The values of a contact, custom fields included: all of them, or a few edited in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.forms.error_messages import error_message
from quen.apps.contacts.forms.proof import ContactStatusForm
from quen.apps.contacts.forms.special_days import (
    box_field,
    box_key,
    day_field,
    initial_days,
    typed_with_calendar,
    with_boxes,
)
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.rules.identifiers import LABELS as IDENTIFIER_LABELS
from quen.apps.contacts.rules.identifiers import SYSTEMS, read_identifiers, typed_identifiers
from quen.apps.contacts.rules.labels import LABELS, SALUTATIONS, field_key
from quen.apps.contacts.rules.special_days import typed_special_day
from quen.apps.contacts.rules.values import field_value, parse_system_value
from quen.apps.contacts.types import FieldFormat, Gender, Status
from quen.core import clock, countries, phones, provinces, text
from quen.ui.widgets import CalendarInput, ComboboxInput, StringListField

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

MAIN_KEYS = ("full_name", "phone", "email")
NAME_KEYS = ("salutation", "family_name", "middle_name", "given_name", "call_name")
ADDRESS_KEYS = ("address_line", "ward", "district", "province", "city", "country")
IDENTIFIER_KEYS = tuple(SYSTEMS)
MORE_KEYS = (*IDENTIFIER_KEYS, "birth_on", "birth_is_lunar", "gender", "company", "language", "note")
#: keys edited together in place
EDIT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "full_name": ("full_name", *NAME_KEYS),
    "birth_on": ("birth_on", "birth_is_lunar"),
    "address": ADDRESS_KEYS,
}
#: figures of another system, asked for when the workspace keeps them (R-07)
OPENING_KEYS = ("opening_spent", "opening_orders", "opening_points")
OTHER_PROVINCE = "other"


class ContactForm(forms.Form):
    """Values of a contact. Parses each value as the services will, so that all errors are shown together."""

    #: keyword arguments that forms mixed in need
    _form_kwargs: Mapping[str, Any] = {}

    def __init__(
        self,
        data: Any = None,
        *,
        workspace: Workspace,
        custom: Sequence[Field],
        only: Iterable[str] | None = None,
        contact: Contact | None = None,
        required: Iterable[str] | None = None,
    ) -> None:
        """required: instead of the fields that the workspace requires."""
        initial = initial_values(contact, custom) if contact else default_values(custom)
        self.opening = queries.contact_settings().opening_values
        super().__init__(data, initial=initial, **self._form_kwargs)
        self.workspace, self.is_change = workspace, contact is not None
        self.custom = {field_key(field.pk): field for field in custom}
        #: the special day of each box that says its calendar
        self._boxes = {box_key(key): key for key in self.custom}
        asked = workspace.required_fields if required is None else required
        self.required_keys = {*asked, *(k for k, f in self.custom.items() if f.required)}
        opening = OPENING_KEYS if self.opening else ()
        keys = (
            [*MAIN_KEYS, *NAME_KEYS, *MORE_KEYS, *opening, *ADDRESS_KEYS, *self.custom]
            if only is None
            else list(only)
        )
        for key in with_boxes(self.custom, keys):
            self.fields[key] = self._field(key)
            if key in self.required_keys:
                self.fields[key].label = _("%(label)s *") % {"label": self.fields[key].label}
                self.fields[key].widget.attrs["aria-required"] = "true"

    def _field(self, key: str) -> forms.Field:
        if key in self.custom:
            return custom_form_field(self.custom[key])
        if key in self._boxes:
            return box_field(self.custom[self._boxes[key]].label)
        return system_form_field(key)

    def bound(self, keys: Iterable[str]) -> list[BoundField]:
        """Return those of the named fields that the form has."""
        return [self[key] for key in keys if key in self.fields]

    @property
    def first_fields(self) -> list[BoundField]:
        """The three default fields (CON-08…10) and whatever else the workspace requires."""
        more = [k for k in (*NAME_KEYS, *MORE_KEYS, *ADDRESS_KEYS, *self.custom) if k in self.required_keys]
        return self.bound(with_boxes(self.custom, [*MAIN_KEYS, *more]))

    @property
    def more_fields(self) -> list[BoundField]:
        """The other system fields."""
        return self.bound(k for k in (*NAME_KEYS, *MORE_KEYS, *OPENING_KEYS) if k not in self.required_keys)

    @property
    def address_fields(self) -> list[BoundField]:
        """The address."""
        return self.bound(k for k in ADDRESS_KEYS if k not in self.required_keys)

    @property
    def custom_fields(self) -> list[BoundField]:
        """The workspace's custom fields."""
        return self.bound(with_boxes(self.custom, (k for k in self.custom if k not in self.required_keys)))

    @property
    def more_is_open(self) -> bool:
        """Whether the collapsed part has a value or an error."""
        return any(b.errors or b.value() for b in [*self.more_fields, *self.address_fields])

    def clean(self) -> dict[str, Any]:
        """Parse every value and check the required ones."""
        values = super().clean() or self.cleaned_data
        if values.get("province") == OTHER_PROVINCE:
            values["province"] = ""
        elif values.get("province"):
            values["city"] = ""
        for box, key in self._boxes.items():
            if box in values and key in values:
                values[key] = typed_with_calendar(values[key], values[box])
        for key, raw in list(values.items()):
            self._check(key, raw)
        for key in self.required_keys & set(self.fields):
            if key not in self.errors and self._is_empty(key):
                message = _("This field is required.")
                self.add_error(key, forms.ValidationError(message, code="field_required"))
        return values

    def values(self) -> dict[str, Any]:
        """Return the values for the services; for an existing contact only the changed ones.

        So a new full name sets the parts that were not edited, and new parts set the full name (R-02).
        """
        keys = {key for key in self.fields if key in LABELS or key in SYSTEMS or key in self.custom}
        if self.is_change:
            keys &= {self._boxes.get(key, key) for key in self.changed_data}
        for group in ({"province", "city"}, {"birth_on", "birth_is_lunar"}):
            if keys & group:
                keys |= group & set(self.fields)
        return {key: self.cleaned_data[key] for key in self.fields if key in keys}

    def _check(self, key: str, raw: Any) -> None:
        field, zone = self.custom.get(key), self.workspace.zone
        try:
            if field is not None:
                field_value(field, raw, zone=zone)
            elif key in SYSTEMS:
                read_identifiers(key, raw)
            elif key in LABELS:
                lunar, today = self.cleaned_data.get("birth_is_lunar"), clock.now().astimezone(zone).date()
                parse_system_value(key, raw, zone=zone, lunar=lunar, today=today)
        except ValueError as refusal:
            code = getattr(refusal, "code", "syntax")
            kind = field.format if field is not None else _KINDS.get(key, key)
            self.add_error(key, forms.ValidationError(error_message(kind, code), code=code))

    def _is_empty(self, key: str) -> bool:
        values = self.cleaned_data
        if key == "full_name":
            return not (values.get(key) or values.get("given_name"))
        if key == "given_name":
            return not (values.get(key) or values.get("full_name"))
        if key == "province":
            return not (values.get(key) or values.get("city"))
        return values.get(key) in (None, "", [])


class NewContactForm(ContactForm, ContactStatusForm):
    """A new contact: values, tags, status with its proof."""

    def __init__(self, data: Any = None, *, now: Any, **kwargs: Any) -> None:
        self._form_kwargs = {"now": now, "zone": kwargs["workspace"].zone}
        super().__init__(data, **kwargs)
        self.fields["tags"] = StringListField(
            label=_("Tags"),
            required=False,
            widget=ComboboxInput(options=queries.tag_names),
            help_text=_("Create a new tag or choose from the list."),
        )
        self.fields["status"].initial = Status.NON_SUBSCRIBED
        self.fields["returned"] = forms.BooleanField(
            label=_("They were erased before and came to us again on their own"), required=False
        )

    @property
    def asks_whether_returned(self) -> bool:
        """Whether the person was erased, so that it has to be said that they came back themselves."""
        return bool(self["returned"].errors or self["returned"].value())


def system_form_field(key: str) -> forms.Field:
    """Return the form field of a system field; parsing is left to the rules."""
    if key in SYSTEMS:
        return forms.CharField(
            label=str(IDENTIFIER_LABELS[key]), help_text=_IDENTIFIER_HINTS[key], required=False
        )
    label = str(LABELS[key])
    if key == "gender":
        return forms.ChoiceField(label=label, choices=[("", "–"), *Gender.choices[1:]], required=False)
    if key == "salutation":
        choices = [("", "–"), *((salutation, salutation) for salutation in SALUTATIONS)]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if key == "language":
        choices = [("", "–"), ("vi", "Tiếng Việt"), ("en", "English")]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if key == "province":
        return forms.ChoiceField(label=label, choices=province_choices, required=False)
    if key == "country":
        return forms.ChoiceField(label=label, choices=country_choices, required=False)
    if key == "birth_is_lunar":
        return forms.BooleanField(label=_("Lunar calendar date"), required=False)
    if key == "birth_on":
        partial = _("Day and month are enough if you don't know the year.")
        return forms.CharField(label=label, widget=CalendarInput(), help_text=partial, required=False)
    if key == "note":
        return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), required=False)
    hint: Any = ""
    if key == "city":
        label = str(_("Other province or city"))
        hint = _("For a province that isn't in the list, or a former name such as Quảng Nam.")
    widget = forms.TextInput(attrs=_ATTRS.get(key, {}))
    return forms.CharField(label=label, widget=widget, help_text=hint, required=False)


#: whose messages tell what is wrong with a value
_KINDS = {
    "other_phones": "phone",
    "other_emails": "email",
    "opening_spent": "number",
    "opening_orders": "number",
    "opening_points": "number",
}
_IDENTIFIER_HINTS = {
    "customer_code": _("As in your till or accounting system. Separate several with commas."),
    "other_phones": _(
        "Separate several with commas. To make one the main number, type it under “Phone”; the former one moves here."
    ),
    "other_emails": _(
        "Separate several with commas. To make one the main address, type it under “Email”; the former one moves here."
    ),
}
_ATTRS = {
    "phone": {"type": "tel", "inputmode": "tel", "autocomplete": "off"},
    "email": {"inputmode": "email", "autocomplete": "off"},
    "full_name": {"autocomplete": "off"},
}


def custom_form_field(field: Field) -> forms.Field:
    """Return the form field of a custom field."""
    common: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": False}
    choices = [(label, label) for label in field.options.labels]
    match field.format:
        case FieldFormat.YES_NO:
            return forms.ChoiceField(choices=[("", "–"), ("yes", _("Yes")), ("no", _("No"))], **common)
        case FieldFormat.SINGLE:
            return forms.ChoiceField(choices=[("", "–"), *choices], **common)
        case FieldFormat.MULTIPLE:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
        case FieldFormat.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **common)
        case FieldFormat.SPECIAL_DAY:
            return day_field(field.label, field.help)
        case FieldFormat.DATE:
            return forms.CharField(widget=CalendarInput(), **common)
        case FieldFormat.NUMBER:
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
        case FieldFormat.DATE_TIME:
            attrs = {"placeholder": "dd/mm/yyyy hh:mm"}
            return forms.CharField(widget=forms.TextInput(attrs=attrs), **common)
    return forms.CharField(**common)


def initial_values(contact: Contact, custom: Sequence[Field]) -> dict[str, Any]:
    """Return a contact's values as the form shows them."""
    initial: dict[str, Any] = {
        key: getattr(contact, key)
        for key in (*MAIN_KEYS, *NAME_KEYS, *MORE_KEYS, *ADDRESS_KEYS)
        if key not in SYSTEMS
    }
    identifiers = queries.identifiers_of_many([contact.pk]).get(contact.pk, {})
    for key, system in SYSTEMS.items():
        initial[key] = typed_identifiers(key, identifiers.get(system, []))
    for key in OPENING_KEYS:
        value = getattr(contact, key)
        initial[key] = "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
    initial["phone"] = phones.display(contact.phone) if contact.phone else ""
    born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    initial["birth_on"] = born.typed() if born else ""
    if (not contact.province and contact.city) or contact.province_before:
        initial["province"] = OTHER_PROVINCE
    else:
        initial["city"] = ""
    for field in custom:
        initial[field_key(field.pk)] = as_input(field, contact.attrs.get(str(field.pk)))
    return initial | initial_days(custom, contact.attrs)


def default_values(custom: Sequence[Field]) -> dict[str, Any]:
    """Return the defaults of custom fields."""
    defaults = {str(field.pk): field.default for field in custom if field.default is not None}
    typed = {
        field_key(field.pk): as_input(field, field.default) for field in custom if str(field.pk) in defaults
    }
    return typed | initial_days(custom, defaults)


def as_input(field: Field, value: Any) -> Any:
    """Return a stored custom value as it would be typed."""
    if value is None:
        return [] if field.format == FieldFormat.MULTIPLE else ""
    match field.format:
        case FieldFormat.YES_NO:
            return "yes" if value else "no"
        case FieldFormat.NUMBER:
            return str(value).replace(".", ",")
        case FieldFormat.DATE:
            date = parse_date(value)
            return f"{date:%d/%m/%Y}" if date else ""
        case FieldFormat.DATE_TIME:
            at = parse_datetime(value)
            return f"{timezone.localtime(at):%d/%m/%Y %H:%M}" if at else ""
        case FieldFormat.PHONE:
            return phones.display(value)
        case FieldFormat.SPECIAL_DAY:
            return typed_special_day(value, lunar_unless_said=field.is_lunar)
    return field.in_words(value)


def province_choices() -> list[tuple[str, Any]]:
    """Return the 34 units by name, and the choice for a province that is not in the list (R-03)."""
    units = sorted(provinces.NEW.values(), key=lambda unit: text.fold(unit.name))
    return [
        ("", "–"),
        *((unit.code, unit.name) for unit in units),
        (OTHER_PROVINCE, _("Another province")),
    ]


def country_choices() -> list[tuple[str, str]]:
    """Return all countries by name, Việt Nam first."""
    language = get_language() or "vi"
    named = sorted(
        ((code, countries.name(code, language)) for code in countries.CODES), key=lambda c: text.fold(c[1])
    )
    first = [pair for pair in named if pair[0] == "VN"]
    return [("", "–"), *first, *(pair for pair in named if pair[0] != "VN")]
