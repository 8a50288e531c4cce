"""Process what the script sent: visitors, visits and actions of a batch of requests, in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.ingest.types import StoredEvent
from quen.apps.website import queries, registry
from quen.apps.website.models import (
    LinkUse,
    Visitor,
    VisitorClaim,
    WebsiteAction,
    WebsiteSession,
    WebsiteSettings,
)
from quen.apps.website.rules import marks, sign_in
from quen.apps.website.rules.payload import actions_of
from quen.apps.website.services.identifying import (
    alive_contacts,
    become_known,
    current_visitors,
    record_actions,
)
from quen.apps.website.types import LINK_DAYS, SESSION_GAP, Action, ActionKind, KnownBy
from quen.core import emails, phones, sql
from quen.core.sql import Relation


class _Received(NamedTuple):
    """An action with the browser it came from, and when it was received."""

    token: str
    action: Action
    at: datetime
    user_agent: str


@transaction.atomic
def process_visits(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
    """Store what visitors did, join it with contacts who are known, and note that something was received.

    An action that is already stored changes nothing. Actions are taken in the order in which they were received: one
    after a sign-in of somebody else belongs to the new visitor. Locks the visitors by id.
    """
    tests = [each.at for each in raw_events if each.body.get("test")]
    real = [each for each in raw_events if not each.body.get("test")]
    _note("tested_at", tests)
    _note("received_at", [each.at for each in real])
    received = [
        _Received(str(each.body["visitor"]), action, each.at, str(each.body.get("agent", "")))
        for each in real
        for action in actions_of(each.body, at=each.at)
    ]
    received = _without_repeated(received)
    if received:
        _Visits(received).store()


class _Visits:
    """The visitors and visits of a batch while it is stored."""

    def __init__(self, received: Sequence[_Received]) -> None:
        self._received = received
        first: dict[str, datetime] = {}
        for each in received:
            first[each.token] = min(each.action.at, first.get(each.token, each.action.at))
        self._visitors = current_visitors(first)
        self._people = _People(received)
        self._known: set[int] = set()
        self._actions: list[tuple[int, _Received]] = []

    def store(self) -> None:
        """Write everything."""
        for each in self._received:
            visitor = self._identified(each)
            visitor.last_seen_at = max(visitor.last_seen_at, each.action.at)
            if each.action.kind is not None or not (
                each.action.token or each.action.mark or each.action.claims
            ):
                self._actions.append((visitor.pk, each))
        self._save_visitors()
        self._people.save(self._visitors)
        self._store_actions()
        known = {visitor.pk for visitor in self._visitors.values() if visitor.contact_id is not None}
        record_actions(sorted(known | self._known))

    def _identified(self, each: _Received) -> Visitor:
        """Return the visitor of an action, after what it says about who that is."""
        visitor = self._visitors[each.token]
        found = self._people.of(each, visitor)
        if found is None:
            return visitor
        contact_id, known_by = found
        if known_by == KnownBy.LINK and visitor.contact_id is not None:
            # A link that was passed on never re-labels a browser that is known.
            return visitor
        now_known = become_known(visitor, contact_id=contact_id, at=each.action.at, known_by=known_by)
        self._visitors[each.token] = now_known
        self._known |= {visitor.pk, now_known.pk}
        return now_known

    def _save_visitors(self) -> None:
        visitors = list(self._visitors.values())
        sql.execute(
            Relation(
                "UPDATE website_visitor v SET last_seen_at = s.last_at, contact_id = s.contact_id,"
                " known_at = s.known_at, known_by = s.known_by"
                " FROM unnest(%(ids)s::bigint[], %(last)s::timestamptz[], %(contacts)s::bigint[],"
                " %(known)s::timestamptz[], %(by)s::text[]) AS s (id, last_at, contact_id, known_at, known_by)"
                " WHERE v.id = s.id",
                {
                    "ids": [visitor.pk for visitor in visitors],
                    "last": [visitor.last_seen_at for visitor in visitors],
                    "contacts": [visitor.contact_id for visitor in visitors],
                    "known": [visitor.known_at for visitor in visitors],
                    "by": [visitor.known_by for visitor in visitors],
                },
            )
        )

    def _store_actions(self) -> None:
        if not self._actions:
            return
        sessions = _Sessions({visitor_id for visitor_id, _each in self._actions})
        assigned = [(sessions.of(visitor_id, each), visitor_id, each) for visitor_id, each in self._actions]
        sessions.save()
        WebsiteAction.objects.bulk_create(
            [
                WebsiteAction(
                    key=each.action.id,
                    visitor_id=visitor_id,
                    session_id=session.pk,
                    at=each.action.at,
                    kind=int(each.action.kind),
                    page=each.action.page,
                    title=each.action.title,
                    code=each.action.code,
                    name=each.action.name,
                    value=each.action.value,
                    data=each.action.data,
                )
                for session, visitor_id, each in assigned
                if each.action.kind is not None
            ]
        )


@dataclass(slots=True)
class _Sessions:
    """The latest visit of each visitor, and the new ones of a batch."""

    visitors: set[int]
    _latest: dict[int, WebsiteSession] = field(default_factory=dict)
    _new: list[WebsiteSession] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the latest visits."""
        found = WebsiteSession.objects.filter(visitor_id__in=self.visitors)
        for session in found.order_by("visitor_id", "-last_at").distinct("visitor_id"):
            self._latest[session.visitor_id] = session

    def of(self, visitor_id: int, each: _Received) -> WebsiteSession:
        """Return the visit that an action belongs to; a new one after a pause of half an hour."""
        at, action = each.action.at, each.action
        session = self._latest.get(visitor_id)
        if session is None or not session.began_at - SESSION_GAP <= at <= session.last_at + SESSION_GAP:
            session = WebsiteSession(
                visitor_id=visitor_id,
                began_at=at,
                last_at=at,
                landing_page=action.page,
                referrer=action.referrer,
                campaign=action.campaign,
                user_agent=each.user_agent,
            )
            self._latest[visitor_id] = session
            self._new.append(session)
        session.began_at, session.last_at = min(session.began_at, at), max(session.last_at, at)
        session.views += action.kind == ActionKind.VIEW
        return session

    def save(self) -> None:
        """Write new visits, which get their ids, and what changed of the others."""
        WebsiteSession.objects.bulk_create(self._new)
        new = {id(session) for session in self._new}
        old = [session for session in self._latest.values() if id(session) not in new]
        if not old:
            return
        sql.execute(
            Relation(
                "UPDATE website_websitesession s SET began_at = o.began_at, last_at = o.last_at, views = o.views"
                " FROM unnest(%(ids)s::bigint[], %(began)s::timestamptz[], %(last)s::timestamptz[], %(views)s::int[])"
                " AS o (id, began_at, last_at, views) WHERE s.id = o.id",
                {
                    "ids": [session.pk for session in old],
                    "began": [session.began_at for session in old],
                    "last": [session.last_at for session in old],
                    "views": [session.views for session in old],
                },
            )
        )


class _People:
    """Who the sign-ins and links of a batch name."""

    def __init__(self, received: Sequence[_Received]) -> None:
        self._claims: list[tuple[str, str, str, bool, datetime]] = []
        self._new_uses: list[LinkUse] = []
        self._signed = self._read_tokens(received)
        self._messages = self._read_marks([each for each in received if each.action.mark])
        self._recipients = recipients = registry.recipients_of(set(self._messages.values()))
        self._alive = alive_contacts(
            [recipient.contact_id for recipient in recipients.values()]
            + [contact_id for contact_id, _values in self._signed.values() if contact_id is not None]
        )
        uses = LinkUse.objects.filter(message_id__in=set(self._messages.values())).select_related("visitor")
        self._used_by = {use.message_id: use.visitor.token for use in uses}

    def of(self, each: _Received, visitor: Visitor) -> tuple[int, KnownBy] | None:
        """Return the contact that an action proves its visitor to be, and how."""
        action = each.action
        if action.mark:
            contact_id = self._by_link(each, visitor)
            return (contact_id, KnownBy.LINK) if contact_id is not None else None
        if action.token:
            contact_id, values = self._signed.get((each.token, action.token), (None, ()))
            if contact_id is None:
                self._claims += [(each.token, kind, value, True, each.at) for kind, value in values]
                return None
            alive = self._alive.get(contact_id)
            return (alive, KnownBy.SIGN_IN) if alive is not None else None
        self._claims += [
            (each.token, kind, value, False, each.at) for kind, value in _normalised(action.claims)
        ]
        return None

    def save(self, visitors: dict[str, Visitor]) -> None:
        """Write which browsers brought links first, and what visitors are said to be, which joins nobody."""
        LinkUse.objects.bulk_create(self._new_uses)
        VisitorClaim.objects.bulk_create(
            [
                VisitorClaim(visitor=visitors[token], kind=kind, value=value, is_signed=is_signed, at=at)
                for token, kind, value, is_signed, at in self._claims
            ],
            ignore_conflicts=True,
        )

    def _by_link(self, each: _Received, visitor: Visitor) -> int | None:
        message = self._messages.get(each.action.mark)
        recipient = self._recipients.get(message) if message is not None else None
        if message is None or recipient is None or each.at > recipient.sent_at + timedelta(days=LINK_DAYS):
            return None
        if message not in self._used_by:
            self._used_by[message] = each.token
            self._new_uses.append(LinkUse(message_id=message, visitor=visitor, at=each.at))
        return self._alive.get(recipient.contact_id) if self._used_by[message] == each.token else None

    @staticmethod
    def _read_marks(marked: Sequence[_Received]) -> dict[str, int]:
        """Return the messages of valid marks."""
        workspace_id = accounts.current_workspace().pk if marked else 0
        found = {
            each.action.mark: marks.message_of(each.action.mark, workspace_id=workspace_id, now=each.at)
            for each in marked
        }
        return {mark: message for mark, message in found.items() if message is not None}

    @staticmethod
    def _read_tokens(
        received: Iterable[_Received],
    ) -> dict[tuple[str, str], tuple[int | None, tuple[tuple[str, str], ...]]]:
        """Return by visitor and token the contact it names, and what it named them by while nobody has it."""
        wanted = {(each.token, each.action.token): each.at for each in received if each.action.token}
        secret = queries.secret(queries.website_settings()) if wanted else ""
        found = {}
        for (visitor, token), at in wanted.items():
            named = sign_in.identifiers_in(token, secret=secret, visitor=visitor, now=at)
            values = _normalised(named)
            owners = {contact for kind, value in values if (contact := _owner(kind, value)) is not None}
            if len(owners) > 1:
                values, owners = (), set()
            found[visitor, token] = (owners.pop() if owners else None, values)
        return found


def _owner(kind: str, value: str) -> int | None:
    by_column = {"email": contacts.find_by_email, "phone": contacts.find_by_phone}
    found = by_column[kind](value) if kind in by_column else None
    found = found or contacts.find_by_identity(kind, value)
    return found.pk if found else None


def _normalised(values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = []
    for kind, raw in values:
        try:
            if kind == "email":
                found.append((kind, emails.read(raw)))
            elif kind == "phone":
                found.append((kind, phones.read(raw).e164))
            else:
                found.append((kind, raw))
        except ValueError:
            continue
    return tuple(found)


def _without_repeated(received: Sequence[_Received]) -> list[_Received]:
    """Return the actions that are not stored yet, each once."""
    new = {each.action.id: each for each in reversed(received)}
    stored = set(WebsiteAction.objects.filter(key__in=list(new)).values_list("key", flat=True))
    return [each for each in received if new[each.action.id] is each and each.action.id not in stored]


def _note(column: str, instants: Sequence[datetime]) -> None:
    if instants:
        latest = max(instants)
        WebsiteSettings.objects.filter(**{f"{column}__isnull": True}).update(**{column: latest})
        WebsiteSettings.objects.filter(**{f"{column}__lt": latest}).update(**{column: latest})
