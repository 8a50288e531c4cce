"""Why a search text found a contact: what of the name it is, or which other value contains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from quen.apps.contacts.models import Contact, ContactIdentity
from quen.apps.contacts.queries.lookup import contacts_in_order
from quen.apps.contacts.queries.searching import SEARCHED_COLUMNS, Search, best_of, has_tag_word, read_search
from quen.apps.contacts.queries.tags import tags_of_many
from quen.apps.contacts.rules.marking import Pieces, mark_beginnings, mark_phone, mark_text
from quen.apps.contacts.rules.search import Part, SearchTerm
from quen.core import phones, sql, text
from quen.core.sql import Relation

_SHOWN_NOTES = 2


@dataclass(frozen=True, slots=True)
class Note:
    """A value, other than the name, that contains a word of the search text."""

    label: str
    value: Pieces

    def __str__(self) -> str:
        return f"{self.label}: {''.join(piece for piece, _marked in self.value)}"


@dataclass(frozen=True, slots=True)
class Match:
    """What a search text matched in a contact. name: marked where it matched; notes: where the name does not say it."""

    name: Pieces
    notes: tuple[Note, ...] = ()

    @property
    def marked_name(self) -> SafeString:
        """Return the name with marks."""
        return _marked(self.name)

    @property
    def marked_notes(self) -> SafeString:
        """Return the notes in one line, with marks."""
        return format_html_join(
            " · ", "{}: {}", ((note.label, _marked(note.value)) for note in self.notes[:_SHOWN_NOTES])
        )


def found_contacts(query: str, *, limit: int) -> list[tuple[Contact, Match]]:
    """Return the contacts that match a text best, each with what matched."""
    search = read_search(query)
    contacts = contacts_in_order(best_of(search, limit=limit))
    matches = matches_of(search, contacts)
    return [(contact, matches[contact.pk]) for contact in contacts]


def found_relation(query: str) -> Relation | None:
    """Return the contacts that a text finds, archived ones as well (column contact_id); None without a text."""
    search = read_search(query)
    if not search.terms:
        return (
            Relation("SELECT id AS contact_id FROM contacts_contact WHERE false") if query.strip() else None
        )
    source = Relation(
        f"SELECT id AS contact_id, {', '.join(SEARCHED_COLUMNS)} FROM contacts_contact"
        f" WHERE deleted_at IS NULL AND {search.indexed()}",
        search.params,
    )
    where = search.filter(is_indexed=True)
    return sql.compose(f"SELECT contact_id FROM {{source}} f WHERE {where}", source=source, **search.params)


def matches_of(search: Search, contacts: Sequence[Contact]) -> dict[int, Match]:
    """Return what a search text matched in contacts, by id; two queries at most."""
    ids = [contact.pk for contact in contacts]
    tags = tags_of_many(ids) if any(found.tags for found in search.terms) else {}
    identities: dict[int, list[tuple[str, str]]] = {}
    owners = {*search.owners, *(owner for found in search.terms for owner in found.owners)}
    if not owners.isdisjoint(ids):
        rows = ContactIdentity.objects.filter(contact_id__in=ids, deleted_at=None).order_by("id")
        for contact_id, system, value in rows.values_list("contact_id", "system", "external_id"):
            identities.setdefault(contact_id, []).append((system, value))
    return {
        contact.pk: _match(search, contact, identities.get(contact.pk, []), tags.get(contact.pk, []))
        for contact in contacts
    }


def _match(
    search: Search, contact: Contact, identities: Sequence[tuple[str, str]], tags: Sequence[str]
) -> Match:
    terms = [found.term for found in search.terms]
    in_name = text.search_fold(contact.full_name).split()
    others = [term for term in terms if not any(word.startswith(term.word) for word in in_name)]
    notes: dict[str, Note] = {}
    for term in others:
        for note in _notes(term, contact, identities, tags):
            notes.setdefault(str(note), note)
            break
    if contact.pk in search.owners and (others or len(terms) > 1):
        for system, value in identities:
            if _contains(value, search.whole):
                note = _identity_note(system, value, search.whole)
                notes = {str(note): note} | notes
                break
    name = mark_beginnings(str(contact), [term.word for term in terms]) if contact.full_name else ()
    return Match(name or ((str(contact), False),), tuple(notes.values()))


def _notes(
    term: SearchTerm, contact: Contact, identities: Sequence[tuple[str, str]], tags: Sequence[str]
) -> Iterator[Note]:
    if contact.phone and _contains(contact.phone, term.phones):
        yield Note(
            pgettext("what a search found", "phone"), mark_phone(phones.display(contact.phone), term.phones)
        )
    if contact.email and term.email is not None and _contains(contact.email, (term.email,)):
        yield Note("email", mark_text(contact.email, term.email.text))
    for system, value in identities:
        if _contains(value, term.identities):
            yield _identity_note(system, value, term.identities)
    for tag in tags:
        if any(has_tag_word(word, term.word) for word in text.search_fold(tag).split()):
            yield Note(pgettext("what a search found", "tag"), mark_beginnings(tag, [term.word]))
    if any(word.startswith(term.word) for word in text.search_fold(contact.company).split()):
        company = mark_beginnings(contact.company, [term.word])
        yield Note(pgettext("what a search found", "company"), company)
    address = ", ".join(
        filter(None, (contact.address_line, contact.ward, contact.district, contact.city))
    ).replace("\n", ", ")
    if any(word.startswith(term.word) for word in text.search_fold(address).split()):
        yield Note(pgettext("what a search found", "address"), mark_beginnings(address, [term.word]))


def _identity_note(system: str, value: str, parts: Sequence[Part]) -> Note:
    if system == "phone":
        label = pgettext("what a search found", "other phone")
        return Note(label, mark_phone(phones.display(value), parts))
    label = {
        "code": pgettext("what a search found", "code"),
        "email": pgettext("what a search found", "other email"),
    }.get(system, system)
    return Note(label, mark_text(value, parts[0].text if parts else ""))


def _contains(value: str, parts: Sequence[Part]) -> bool:
    return any(part.is_in(value) for part in parts)


def _marked(pieces: Pieces) -> SafeString:
    text = "".join(f"<mark>{escape(piece)}</mark>" if marked else escape(piece) for piece, marked in pieces)
    return mark_safe(text)  # noqa: S308  # every piece is escaped
