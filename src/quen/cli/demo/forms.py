"""Two sign-up forms of the demo shop and one of LadiPage, with what customers sent."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import FieldFormat
from quen.apps.signup import queries
from quen.apps.signup import services as signup
from quen.apps.signup.types import FormContent, FormKind, Item, ItemKind, Received, SpamSign, Way
from quen.core import clock, schemas
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.signup.models import SignupForm

_DAYS = 30
_STOP = "Tôi có thể từ chối bất cứ lúc nào."
_EMAIL = f"Gửi tôi email về ưu đãi và trà mới của Trà Sen, nhiều nhất 4 thư mỗi tháng. {_STOP}"
_ZALO = f"Nhắn tôi qua Zalo khi có quà sinh nhật và điểm thưởng, nhiều nhất 2 tin mỗi tháng. {_STOP}"
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi")
_MIDDLE = ("Thị", "Ngọc", "Minh", "Hoài", "Thanh", "Bảo", "Khánh")
_GIVEN = ("An", "Chi", "Duyên", "Hạnh", "Lam", "My", "Ngân", "Phúc", "Quân", "Thảo", "Trâm", "Vy")
_SOURCES = ("", "", "facebook", "zalo", "google")
_PER_DAY = 2


def add_forms(workspace: Workspace, *, seed: int, actor: Actor, now: datetime) -> None:
    """Create the forms, oldest submissions first; the last ones wait for somebody to look at them."""
    draw = random.Random(seed)  # nothing secret is drawn
    with schemas.use(workspace.schema_name), transaction.atomic():
        began = now - timedelta(days=_DAYS + 1)
        gift = _publish("Nhận quà khi ghé tiệm", _gift_form(), actor, began)
        news = _publish("Bản tin trà mỗi tháng", _news_form(), actor, began)
        for day in range(_DAYS, 0, -1):
            morning = clock.day_start(
                clock.local_day(now, workspace.zone) - timedelta(days=day), workspace.zone
            )
            at = morning + timedelta(hours=draw.randrange(8, 21), minutes=draw.randrange(60))
            for form, way in ((gift, Way.QR), (gift, Way.EMBED), (news, Way.POPUP)):
                _view(form, way, draw, clock.local_day(at, workspace.zone))
            for number in range(_PER_DAY):
                _send(gift if number % 2 else news, _somebody(draw), draw, at + timedelta(minutes=7 * number))
        _send_what_waits(gift, draw, now)
        _ladipage(actor, now)


def _publish(name: str, content: FormContent, actor: Actor, now: datetime) -> SignupForm:
    form = signup.create_form(name=name, content=content, actor=actor, now=now)
    signup.publish(form=form, actor=actor, now=now)
    return queries.get_form(form.pk)


def _gift_form() -> FormContent:
    choice = next((field for field in contacts.active_fields() if field.format == FieldFormat.SINGLE), None)
    asked = [_field(f"field_{choice.pk}", choice.name, "")] if choice else []
    return FormContent(
        languages=("vi", "en"),
        title={"vi": "Ghé tiệm, nhận một món quà nhỏ", "en": "Drop by for a little gift"},
        intro={
            "vi": "Để lại tên và số điện thoại, tiệm gói chờ bạn.",
            "en": "Leave your name and number, we wrap it for you.",
        },
        button={"vi": "Nhận quà", "en": "Get my gift"},
        items=(
            replace(_field("full_name", "Họ và tên", "Full name"), required=True),
            replace(_field("phone", "Số điện thoại", "Phone number"), required=True),
            _field("email", "Email", "Email"),
            *asked,
            _box(
                "consent_1", "email", _EMAIL, "Email me about offers and new teas, at most 4 times a month."
            ),
            _box(
                "consent_2", "zalo", _ZALO, "Message me on Zalo about birthday gifts, at most twice a month."
            ),
        ),
        thanks={"vi": "Cảm ơn bạn. Hẹn gặp ở tiệm.", "en": "Thank you. See you at the shop."},
        double_opt_in=False,
        tags=("Ghé tiệm",),
    )


def _news_form() -> FormContent:
    return FormContent(
        title={"vi": "Mỗi tháng một thư về trà"},
        button={"vi": "Đăng ký"},
        items=(
            replace(_field("full_name", "Tên bạn", ""), required=True),
            replace(_field("email", "Email", ""), required=True),
            _box("consent_1", "email", _EMAIL, ""),
        ),
        thanks={"vi": "Cảm ơn bạn đã đăng ký."},
        tags=("Bản tin",),
        accent="#7a3b2e",
        ground="#f6ece4",
        trigger="scroll",
        amount=50,
    )


def _field(target: str, vi: str, en: str) -> Item:
    return Item(key=target, kind=ItemKind.FIELD, target=target, label={"vi": vi, "en": en or vi})


def _box(key: str, channel: str, vi: str, en: str) -> Item:
    said = f"{en} I can refuse at any time." if en else vi
    return Item(key=key, kind=ItemKind.CONSENT, channel=channel, label={"vi": vi, "en": said})


def _view(form: SignupForm, way: Way, draw: random.Random, day: date) -> None:
    for _ in range(draw.randrange(2, 5)):
        signup.count_view(
            form=form,
            version_id=form.published_id or 0,
            way=way.value,
            source=draw.choice(_SOURCES),
            day=day,
        )


def _somebody(draw: random.Random) -> dict[str, str]:
    words = (draw.choice(_FAMILY), draw.choice(_MIDDLE), draw.choice(_GIVEN))
    number = draw.randrange(10**6)
    return {
        "full_name": " ".join(words),
        "phone": f"0907{number:06d}",
        "email": f"khach.{number}@thu.example",
    }


def _send(
    form: SignupForm, answers: dict[str, str], draw: random.Random, at: datetime, signs: tuple[str, ...] = ()
) -> None:
    version = queries.published_version(form)
    assert version is not None
    keys = {item.key for item in version.parsed.fields}
    source = draw.choice(_SOURCES)
    received = Received(
        form_id=form.pk,
        version_id=version.pk,
        key=f"{draw.getrandbits(128):032x}",
        answers={key: value for key, value in answers.items() if key in keys},
        ticked=[item.key for item in version.parsed.consents if draw.random() < 0.6],
        language="vi",
        way=Way.POPUP.value if form.content.double_opt_in else draw.choice((Way.QR.value, Way.EMBED.value)),
        utm={"utm_source": source} if source else {},
        signs=list(signs),
    )
    sent = signup.take(form=form, version=version, received=received, at=at, now=at)
    if sent.waits and draw.random() < 0.7:
        signup.confirm(submission=sent, now=at + timedelta(minutes=20))


def _send_what_waits(form: SignupForm, draw: random.Random, now: datetime) -> None:
    """Send a value that differs, a phone of one with an email of another, and something that looks like spam."""
    known = list(contacts.contacts().exclude(phone=None).exclude(email=None).order_by("id")[:3])
    if len(known) == 3:
        first, second, third = known
        own = {"full_name": f"{first.full_name} (Trà)", "phone": first.phone or ""}
        _send(form, own, draw, now - timedelta(hours=5))
        mixed = {"full_name": "Bạn của Lan", "phone": second.phone or "", "email": third.email or ""}
        _send(form, mixed, draw, now - timedelta(hours=4))
    spam = {"full_name": "Vay tiền nhanh 24h", "phone": "0901000222"}
    _send(form, spam, draw, now - timedelta(hours=3), (SpamSign.HONEYPOT.value, SpamSign.TOO_FAST.value))


def _ladipage(actor: Actor, now: datetime) -> None:
    form = signup.create_form(
        name="LadiPage: trà Trung thu",
        kind=FormKind.EXTERNAL.value,
        content=FormContent(double_opt_in=False, tags=("Trung thu",)),
        actor=actor,
        now=now - timedelta(days=4),
    )
    for number, values in enumerate(
        (
            {
                "Họ và tên": "Lê Thị Hoài An",
                "SĐT": "0905 774 211",
                "Bạn quan tâm": "Hộp trà sen",
                "status_send": "",
            },
            {
                "Họ và tên": "Trần Bảo Quân",
                "SĐT": "0905774212",
                "Bạn quan tâm": "Quà doanh nghiệp",
                "status_send": "",
            },
            {"Họ và tên": "Võ My", "SĐT": "0905774213", "status_send": "capture"},
            {"Họ và tên": "Chị Hạnh", "Ghi chú": "Gọi lại giúp mình", "status_send": ""},
        )
    ):
        lead = signup.lead_of({**values, "link": "https://ladi.trasen.example/?utm_source=facebook"})
        at = now - timedelta(days=3 - number / 2)
        signup.take_lead(form=form, lead=lead, at=at, now=at)
