"""Custom fields, and the settings of contacts."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.rules.special_days import typed_special_day
from quen.apps.contacts.types import FieldFormat, YoungForm
from quen.core.privacy import PersonalData


class Field(models.Model):
    """A custom field of the workspace.

    Personal data: none (its values are on the contact).
    """

    personal_data = PersonalData(
        impersonal="key name name_en help choices default",
    )

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    #: what members who work in English read; blank: the name
    name_en = models.CharField(_("English name"), max_length=120, blank=True, default="")
    format = models.CharField(_("format"), max_length=20, choices=FieldFormat.choices)
    help = models.CharField(_("help text"), max_length=300, blank=True)
    #: the options of choice fields as stored: read them with ``options``
    choices = models.JSONField(default=list, blank=True)
    default = models.JSONField(null=True, blank=True)
    #: of a special day: a date is one of the lunar calendar unless the person's own says otherwise
    is_lunar = models.BooleanField(_("lunar calendar"), default=False)
    required = models.BooleanField(_("required"), default=False)
    unique = models.BooleanField(_("unique"), default=False)
    indexed = models.BooleanField(_("indexed"), default=False)
    shown = models.BooleanField(_("shown on the customer page"), default=True)
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                Upper("name"), condition=models.Q(archived_at=None), name="field_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the active language."""
        return self.name_en if self.name_en and get_language() == "en" else self.name

    @property
    def options(self) -> FieldOptions:
        """Return the options of a choice field."""
        return FieldOptions.of(self.choices)

    @property
    def has_options(self) -> bool:
        """Return whether its values are chosen from a list."""
        return self.format in (FieldFormat.SINGLE, FieldFormat.MULTIPLE)

    def in_words(self, value: Any) -> Any:
        """Return a stored value with the labels of chosen options, a special day as it is typed; others as they are."""
        if self.format == FieldFormat.SPECIAL_DAY:
            return typed_special_day(value, lunar_unless_said=False) or value
        return self.options.in_words(value) if self.has_options else value


def new_erasure_key() -> bytes:
    """Return thirty-two random bytes."""
    return secrets.token_bytes(32)


class ContactSettings(models.Model):
    """What a workspace sets for its contacts. One row, made when something is first set or somebody is erased.

    Personal data: none.
    """

    personal_data = PersonalData(
        impersonal="erasure_key code_prefix",
    )

    #: key of the hashes of erased people; in the database, so that a restored backup still knows them
    erasure_key = models.BinaryField(max_length=32, default=new_erasure_key)
    #: the number field with an age in years, for contacts without a date of birth (R-04)
    age_field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    #: opening values of another system are shown and offered as conditions (R-07)
    opening_values = models.BooleanField(default=False)
    #: new contacts get a customer code if they have none: prefix and a number of so many digits (CON-70)
    codes_given = models.BooleanField(default=False)
    code_prefix = models.CharField(max_length=10, default="KH", blank=True)
    code_digits = models.SmallIntegerField(default=6)
    #: the number of the next code; only goes up, so that no code is given twice
    code_next = models.BigIntegerField(default=1)
    #: the style of the shop (CON-69): how people below an age are addressed, and from which age women are cô and men
    #: chú, from which bà and ông; null: at no age
    young_form = models.CharField(
        max_length=10, choices=YoungForm.choices, default=YoungForm.NONE, blank=True
    )
    young_below = models.SmallIntegerField(default=18)
    aunt_from = models.SmallIntegerField(null=True, blank=True)
    elder_from = models.SmallIntegerField(null=True, blank=True, default=60)

    def code(self, number: int) -> str:
        """Return the customer code with a number."""
        return f"{self.code_prefix}{number:0{self.code_digits}d}"
