"""The form that uploads the do-not-advertise register."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import Channel
from quen.core import phones
from quen.core.encodings import file_encoding
from quen.ui.tags.filters import num

MAX_BYTES = 5_000_000
#: what separates cells of a line, whichever program wrote the file
_SEPARATORS = re.compile(r"[\t,;|]")
_MIN_DIGITS = 9
BOTH = "both"


class RegisterForm(forms.Form):
    """A text file with one number a line, in any of its columns."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or text, one number per line, up to 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv"}),
    )
    covers = forms.ChoiceField(
        label=_("The people on it want no"),
        choices=[
            (BOTH, _("Calls and SMS")),
            (Channel.SMS.value, _("SMS only")),
            (Channel.CALL.value, _("Calls only")),
        ],
        initial=BOTH,
        widget=forms.RadioSelect,
    )
    replaces = forms.BooleanField(
        label=_("This file is the whole register: numbers that are no longer on it are taken off the list"),
        required=False,
    )

    #: lines with something that is no phone number, known once the form is valid
    unread = 0

    def clean(self) -> dict[str, Any]:
        """Read the numbers; a file without any is an error."""
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file is None:
            return data
        if file.size > MAX_BYTES:
            message = _("The file is longer than %(limit)s MB. Split it.")
            self.add_error("file", forms.ValidationError(message % {"limit": num(MAX_BYTES // 1_000_000)}))
            return data
        raw = file.read()
        lines = raw.decode(file_encoding(raw[:4096]) or "utf-8", errors="replace").splitlines()
        found = [_number_in(line) for line in lines if any(letter.isdigit() for letter in line)]
        numbers = [number for number in found if number]
        self.unread = len(found) - len(numbers)
        if not numbers:
            self.add_error("file", forms.ValidationError(_("There is no phone number in this file.")))
        covers = data.get("covers")
        channels = [Channel.SMS.value, Channel.CALL.value] if covers == BOTH else [covers]
        return data | {"numbers": numbers, "channels": channels}


def _number_in(line: str) -> str:
    """Return the first phone number of a line, or an empty string."""
    for cell in _SEPARATORS.split(line):
        if sum(letter.isdigit() for letter in cell) >= _MIN_DIGITS:
            try:
                return phones.read(cell.strip(" \"'")).e164
            except ValueError:
                continue
    return ""
