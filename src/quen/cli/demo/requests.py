"""What customers of the demo shop chose on their page, and what they ask about their data."""

from __future__ import annotations

from datetime import datetime, timedelta

from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Consent, ConsentProof
from quen.apps.data_requests import services as data_requests
from quen.apps.data_requests.types import RequestOrigin
from quen.core.actors import Actor

#: days ago, what, in their words
_REQUESTS = (
    (1, "copy", ""),
    (3, "correct", "Sinh nhật của tôi là 02/05, không phải 05/02."),
    (9, "restrict", "Tôi đang kiểm tra lại thông tin, tạm thời đừng dùng."),
    (16, "erase", "Tôi không mua ở cửa hàng nữa, nhờ xóa giúp."),
)
_ANSWERED = (30, "copy", "")
_LEAVING = 18


def fill_requests(*, actor: Actor, now: datetime) -> None:
    """Let some customers leave the last topic, and some ask about their data; one is answered."""
    people = list(contacts.contacts().filter(consent_email=Consent.GRANTED).order_by("-id")[:40])
    topics = compliance_queries.topics_on("email")
    for number, person in enumerate(people[:_LEAVING]):
        at = now - timedelta(days=number, hours=2)
        compliance.choose_topics(
            contact_id=person.pk,
            wanted={(topics[-1].pk, "email"): False},
            proof=ConsentProof(ground="", method=UnsubscribeMethod.LINK.value, obtained_at=at),
            actor=Actor.contact(person.pk),
            now=at,
        )
    asking = people[_LEAVING:]
    for (days, kind, words), person in zip((_ANSWERED, *_REQUESTS), asking, strict=False):
        at = now - timedelta(days=days)
        request = data_requests.make_request(
            contact_id=person.pk,
            kind=kind,
            words=words,
            origin=RequestOrigin.PAGE,
            actor=Actor.contact(person.pk),
            now=at,
        )
        if days == _ANSWERED[0]:
            data_requests.finish(
                request=request, note="Đã gửi bản sao qua email.", actor=actor, now=at + timedelta(days=2)
            )
        elif kind == "restrict":
            data_requests.acknowledge(request=request, actor=actor, now=at + timedelta(days=1))
