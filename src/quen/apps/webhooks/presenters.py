"""Endpoints, messages and attempts as pages show them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from quen.apps.webhooks import registry, rules
from quen.apps.webhooks.models import DeliveryAttempt, Endpoint, WebhookMessage
from quen.apps.webhooks.types import TEST_KIND, WebhookMessageState
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.tags.filters import instant, num

_STATES = {
    WebhookMessageState.WAITING: ("wait", "clock"),
    WebhookMessageState.DELIVERED: ("good", "circle-check"),
    WebhookMessageState.FAILED: ("bad", "circle-x"),
    WebhookMessageState.SKIPPED: ("", "circle-slash"),
}
_MAX_BODY_CHARS = 100_000


def endpoint_state(endpoint: Endpoint) -> StatusLabel:
    """Return how an endpoint is doing."""
    if endpoint.paused_at is not None:
        return StatusLabel(_("Paused"), "wait", "circle-pause")
    if endpoint.failing_since is not None:
        text = _("Failing since %(instant)s") % {"instant": instant(endpoint.failing_since)}
        return StatusLabel(text, "bad", "circle-alert")
    return StatusLabel(_("Active"), "good", "circle-check")


def kind_label(name: str) -> str:
    """Return the label of a kind; its name if no app offers it any more."""
    kind = registry.find_kind(name)
    if name == TEST_KIND:
        return _("Test")
    return str(kind.label) if kind is not None else name


def message_state(message: WebhookMessage) -> StatusLabel:
    """Return what became of a message."""
    state = WebhookMessageState(message.state)
    if state == WebhookMessageState.WAITING and message.attempts:
        return StatusLabel(_("Next try %(instant)s") % {"instant": instant(message.next_at)}, "wait", "clock")
    return StatusLabel(str(state.label), *_STATES[state])


def is_sending(messages: Sequence[WebhookMessage], now: datetime) -> bool:
    """Return whether one of these messages is being sent, or will be in a moment."""
    soon = now + timedelta(seconds=10)
    return any(each.state == WebhookMessageState.WAITING and each.next_at <= soon for each in messages)


def result_text(status: int | None, error: str) -> str:
    """Return how an attempt ended: the other system's answer, or why there is none."""
    if status is not None:
        return str(status)
    texts = {
        "": "",
        "timeout": _("no answer in time"),
        "private_address": _("private address"),
        "address": _("not an address"),
        "host": _("unknown host"),
    }
    return texts.get(error, _("no connection"))


def endpoint_table(endpoints: Sequence[Endpoint], counts: Mapping[tuple[int, str], int]) -> ListTable:
    """Return the list of endpoints."""
    return ListTable(
        label=_("Endpoints"),
        columns=[
            Column("url", _("Address"), "title", phone="title", width="w-2/5"),
            Column("state", _("State"), "state", phone="side"),
            Column("kinds", _("Messages about"), min_width=56),
            Column("waiting", _("Waiting"), "number", phone="foot", unit=_("waiting")),
            Column("success", _("Last success"), min_width=44, align="right"),
        ],
        rows=[
            Row(
                [
                    Title(each.place, each.description),
                    endpoint_state(each),
                    _kinds_text(each.kinds),
                    counts.get((each.pk, WebhookMessageState.WAITING.value), 0),
                    instant(each.last_success_at) if each.last_success_at else "–",
                ],
                href=reverse("webhooks:endpoint", args=[each.pk]),
            )
            for each in endpoints
        ],
        empty=EmptyState(
            _("No webhooks yet"),
            _("Quen tells your own systems what happens to customers, signed and repeated until it arrives."),
            button=_("Add an endpoint"),
            href=reverse("webhooks:new"),
            icon="plus",
        ),
    )


def message_table(
    endpoint: Endpoint, messages: Sequence[WebhookMessage], pager: Mapping[str, Any], *, filtered: bool
) -> ListTable:
    """Return the log of an endpoint."""
    return ListTable(
        label=_("Messages"),
        columns=[
            Column("kind", pgettext("webhook", "Message"), "title", phone="title", width="w-2/5"),
            Column("state", _("State"), "state", phone="side", min_width=0),
            Column("answer", _("Answer"), phone="foot"),
            Column("attempts", _("Attempts"), "number", min_width=44),
            Column("created", _("Created"), phone="foot-side", align="right"),
        ],
        rows=[
            Row(
                [
                    Title(kind_label(each.kind), each.kind),
                    message_state(each),
                    result_text(each.last_status, each.last_error) or "–",
                    each.attempts,
                    instant(each.created_at),
                ],
                href=reverse("webhooks:message", args=[endpoint.pk, each.pk]),
            )
            for each in messages
        ],
        empty=EmptyState(
            _("No such messages") if filtered else _("No messages yet"),
            _("What happens to customers appears here a few seconds later.") if not filtered else "",
            picture="search" if filtered else "lotus",
        ),
        pager=pager,
    )


def attempt_table(attempts: Sequence[DeliveryAttempt]) -> ListTable:
    """Return the attempts of a message."""
    return ListTable(
        label=_("Attempts"),
        title=_("Attempts"),
        columns=[
            Column("at", _("Time"), phone="title"),
            Column("status", _("Answer"), "state", phone="side"),
            Column("took", _("Took"), phone="foot"),
            Column("text", _("Beginning of the answer"), phone="note", width="w-1/2"),
        ],
        rows=[
            Row(
                [
                    instant(each.at),
                    _attempt_state(each),
                    _("%(n)s ms") % {"n": num(each.duration_ms)},
                    each.answer,
                ]
            )
            for each in attempts
        ],
        empty=EmptyState(_("Not sent yet")),
    )


def pretty_body(message: WebhookMessage) -> str:
    """Return the body of a message with line breaks; "" until it was sent."""
    if not message.body:
        return ""
    return json.dumps(json.loads(message.body), ensure_ascii=False, indent=2)[:_MAX_BODY_CHARS]


def message_name(endpoint: Endpoint, message: WebhookMessage) -> str:
    """Return the id under which the other system knows a message."""
    return rules.message_id(endpoint.token, message.pk, message.created_at)


def state_links(
    endpoint: Endpoint, current: str, counts: Mapping[tuple[int, str], int]
) -> list[dict[str, Any]]:
    """Return the tabs of the log."""
    path = reverse("webhooks:endpoint", args=[endpoint.pk])
    every: dict[str, Any] = {"text": _("All"), "href": path, "on": not current}
    return [every] + [
        {
            "text": str(state.label),
            "href": f"{path}?state={state.value}",
            "on": current == state.value,
            "count": counts.get((endpoint.pk, state.value), 0),
        }
        for state in WebhookMessageState
    ]


def overlap_text(endpoint: Endpoint, now: datetime) -> str:
    """Return until when the secret before the present one signs too; "" if it does not."""
    if endpoint.previous_until is None or endpoint.previous_until <= now:
        return ""
    return _("The old secret also signs until %(instant)s.") % {"instant": instant(endpoint.previous_until)}


def _attempt_state(attempt: DeliveryAttempt) -> StatusLabel:
    succeeded = attempt.status is not None and 200 <= attempt.status < 300
    text = result_text(attempt.status, attempt.error)
    return StatusLabel(text, "good" if succeeded else "bad", "circle-check" if succeeded else "circle-x")


def _kinds_text(names: Sequence[str]) -> str:
    shown = ", ".join(kind_label(name) for name in names[:2])
    if len(names) <= 2:
        return shown
    more = ngettext("%(shown)s and %(n)s more", "%(shown)s and %(n)s more", len(names) - 2)
    return more % {"shown": shown, "n": len(names) - 2}
