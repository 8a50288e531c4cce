"""Fields of other systems' forms matched to ours, by the vocabulary of imports; editable after the first arrival."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from quen.apps.contacts import queries as contacts
from quen.apps.import_export import registry as import_export
from quen.apps.signup.models import SignupForm
from quen.apps.signup.rules.external import ALIASES, fold_key
from quen.apps.signup.services.reading import ContactValues, read_values
from quen.core import booleans
from quen.core.text import fold

#: columns of the contact that a form may fill
TARGETS = (
    "full_name", "phone", "email", "birth_on", "gender", "company", "province", "district", "ward", "address_line",
    "note", "language", "salutation",
)  # fmt: skip
#: a consent box of the other form: "consent_1" is the first one set up here
CONSENT_PREFIX = "consent_"
_NO = frozenset({"false", "0", "off"})
#: an answer with one of these is no agreement, whatever else it says: "Không, cảm ơn", "No thanks"
_REFUSES = re.compile(r"\b(khong|ko|k|kg|chua|tu choi|huy|no|not|never|don.?t|decline|unsubscribe)\b")


def proposed_target(name: str) -> str:
    """Return the target that a field's name means, "" for an unknown one. Custom fields are known by their names."""
    folded = fold(name)
    for field in contacts.active_fields():
        if fold(field.name) == folded:
            return f"field_{field.pk}"
    key = fold_key(name)
    if key in ALIASES:
        return ALIASES[key]
    kind = import_export.get("contacts")
    meaning = kind.vocabulary().fields.exact(name)
    targets = {target.canonical or target.key: target.key for target in kind.targets()}
    found = targets.get(meaning or "", "")
    return found if found in TARGETS else ""


def targets_of(form: SignupForm, names: Iterable[str]) -> dict[str, str]:
    """Return the target of each field: what a member chose, else what its name means."""
    return {name: form.mapping[name] if name in form.mapping else proposed_target(name) for name in names}


def external_values(form: SignupForm, answers: Mapping[str, Any]) -> ContactValues:
    """Return the answers as values of a contact; of two fields with one target the first one counts."""
    given: dict[str, Any] = {}
    for name, target in targets_of(form, answers).items():
        if target and not target.startswith(CONSENT_PREFIX):
            given.setdefault(target, answers[name])
    return read_values(given)


def agreed_boxes(form: SignupForm, answers: Mapping[str, str]) -> list[str]:
    """Return the consent boxes that the other form's fields tick: those matched by a member, with a value like yes."""
    return [
        target
        for name, target in targets_of(form, answers).items()
        if target.startswith(CONSENT_PREFIX) and _agrees(answers[name])
    ]


def _agrees(value: str) -> bool:
    folded = fold(value)
    if not folded or folded in _NO or _REFUSES.search(folded):
        return False
    try:
        return booleans.read_bool(value)
    except ValueError:
        # A ticked box may send its own words.
        return True
