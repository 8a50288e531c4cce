"""Personal data, declared by each model field by field.

``tests/test_personal_data.py`` refuses a field that could hold personal data and is not declared.
``tests/test_erasure.py`` erases a contact who is everywhere, and reads back what each table still says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """The fields of a model by what ends them; ``personal_data = PersonalData(...)`` in the model's class.

    Names of fields are separated by blanks, also as keys of expires and kept.
    erased: gone as soon as the contact is erased.
    expires: what deletes them, and when; they may outlive the contact until then.
    kept: why they may outlive the contact for good.
    staff: about members of the team or users, and what ends them is said in the model's docstring.
    impersonal: text, JSON or a reference that is never about a person.
    """

    erased: str = ""
    expires: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    staff: str = ""
    impersonal: str = ""

    def fields(self) -> list[str]:
        """Return the declared fields; a field declared twice occurs twice."""
        return " ".join([self.erased, *self.expires, *self.kept, self.staff, self.impersonal]).split()


def mask_address(address: str) -> str:
    """Return an email address or phone number for the audit log: recognised by who knows it, of no use to others.

    "lan@khach.vn" becomes "l…@khach.vn", "+84905777123" becomes "+84…23".
    """
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"{address[:3]}…{address[-2:]}"
