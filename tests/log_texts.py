"""The texts of audit entries and notifications, as the tests really write them, are whole in both languages.

Each entry that is saved is noted (no query is made); after the test its text is rendered as the page would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from gettext import NullTranslations
from typing import Any

import psycopg
import pytest
from django.utils import translation
from django.utils.translation import trans_real
from psycopg.sql import SQL, Identifier

#: what no reader may see → what it is a sign of
FAULTS = {
    r"%\(": "a parameter that was not filled in",
    r"\bNone\b|\bTrue\b|\bFalse\b|\{[^}]*:|\['|\('|\bobject at 0x": "a value of Python",
    r"“\s*”|\(\s*\)|  |^\s|\s$|:\s*$|\s[,.;:]": "an empty name or value",
}
_written: list[tuple[str, str, Mapping[str, Any]]] = []
_seen: set[str] = set()


class _Untranslated(NullTranslations):
    """Notes the sentences that no Vietnamese catalogue has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def gettext(self, message: str) -> str:
        self.found.append(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.found.append(msgid1)
        return msgid1 if n == 1 else msgid2


@contextmanager
def _vietnamese() -> Iterator[list[str]]:
    """Render in Vietnamese; yields the sentences that turn out to be untranslated."""
    catalogue = trans_real.translation("vi")
    recorder = _Untranslated()
    last = catalogue
    while getattr(last, "_fallback", None) is not None:
        last = last._fallback
    last._fallback = recorder
    try:
        with translation.override("vi"):
            yield recorder.found
    finally:
        last._fallback = None


def _typed(data: Any) -> Iterator[str]:
    """Yield the texts of an entry's data."""
    if isinstance(data, str):
        if len(data) > 1:
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _typed(value)
    elif isinstance(data, list):
        for value in data:
            yield from _typed(value)


def faults(read: Callable[[str, Mapping[str, Any]], str], kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the text of an entry, in Vietnamese and in English."""
    found = []
    for language in ("vi", "en"):
        try:
            if language == "vi":
                with _vietnamese() as untranslated:
                    text = read(kind, data)
                found += [f"not translated: {sentence!r}" for sentence in untranslated if sentence]
            else:
                with translation.override(language):
                    text = read(kind, data)
        except Exception as failure:
            found.append(f"{language}: {type(failure).__name__}: {failure}")
            continue
        # What somebody typed may look like anything.
        for typed in sorted(_typed(data), key=len, reverse=True):
            text = text.replace(typed, "typed")
        if text == kind:
            found.append(f"{language}: a kind without a text")
        if "…" in text and "…" not in json.dumps(data, ensure_ascii=False, default=str):
            found.append(f"{language}: a parameter that is missing: {text!r}")
        found += [f"{language}: {sign}: {text!r}" for fault, sign in FAULTS.items() if re.search(fault, text)]
    return found


def faults_of(entries: Iterable[tuple[str, str, Mapping[str, Any]]]) -> list[str]:
    """Return the faults of entries, given as model ("auditentry", "notification"), kind and data."""
    from quen.apps.team import registry

    read = {"auditentry": registry.audit_text, "notification": registry.notification_text}
    return [
        f"{model} {kind} {dict(data)}: {fault}"
        for model, kind, data in entries
        for fault in faults(read[model], kind, data)
    ]


def note_written() -> None:
    """From now on note every entry that is saved."""
    from django.db.models.signals import post_save

    from quen.apps.team.models import AuditEntry, Notification

    for model in (AuditEntry, Notification):
        post_save.connect(_note, sender=model, dispatch_uid=f"log_texts.{model.__name__}", weak=False)


def _note(sender: type[Any], instance: Any, created: bool, **_given: Any) -> None:
    if created:
        _written.append((sender._meta.model_name, instance.kind, instance.data))


def faults_of_noted() -> list[str]:
    """Return the faults of what was written since the last call; a text is looked at once."""
    if not _written:
        return []
    new = []
    for entry in _written:
        # As it is stored and read back.
        stored = json.dumps(entry, sort_keys=True, default=str)
        if stored not in _seen:
            _seen.add(stored)
            model, kind, data = json.loads(stored)
            new.append((model, kind, data))
    _written.clear()
    return faults_of(new)


def faults_in_database(url: str) -> list[str]:
    """Return the faults of all that the workspaces of a database have logged and notified, by any process."""
    entries = []
    with psycopg.connect(url, autocommit=True) as connection:
        schemas = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ws\\_%'"
        ).fetchall()
        for (schema,) in schemas:
            for model in ("auditentry", "notification"):
                table = Identifier(schema, f"team_{model}")
                found = connection.execute(SQL("SELECT DISTINCT kind, data FROM {}").format(table)).fetchall()
                entries += [(model, kind, data) for kind, data in found]
    assert entries, "the workspaces have no log"
    return faults_of(entries)


@pytest.fixture(autouse=True)
def _texts_of_the_log() -> Iterator[None]:
    """Fail a test that logged or notified what cannot be read in both languages."""
    yield
    found = faults_of_noted()
    assert not found, "\n".join(found)
