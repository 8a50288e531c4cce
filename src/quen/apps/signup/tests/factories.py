"""Forms and submissions for tests."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.signup import queries, services
from quen.apps.signup.models import ConfirmationMail, FormVersion, SignupForm, Submission
from quen.apps.signup.types import FormContent, Item, ItemKind, Received
from quen.core.actors import SYSTEM

_numbers = count(1)
WORDS = (
    "Gửi tôi email về ưu đãi và sản phẩm mới của Trà Sen, nhiều nhất 4 thư mỗi tháng."
    " Tôi có thể từ chối bất cứ lúc nào."
)
SMS_WORDS = (
    "Nhắn tin SMS cho tôi khi có giảm giá, nhiều nhất 1 tin mỗi tháng. Tôi có thể từ chối bất cứ lúc nào."
)
FIELDS = (
    Item(key="full_name", kind=ItemKind.FIELD, target="full_name", label={"vi": "Họ và tên"}, required=True),
    Item(key="phone", kind=ItemKind.FIELD, target="phone", label={"vi": "Số điện thoại"}),
    Item(key="email", kind=ItemKind.FIELD, target="email", label={"vi": "Email"}),
    Item(key="birth_on", kind=ItemKind.FIELD, target="birth_on", label={"vi": "Ngày sinh"}),
)
EMAIL_BOX = Item(key="consent_1", kind=ItemKind.CONSENT, channel="email", label={"vi": WORDS})
SMS_BOX = Item(key="consent_2", kind=ItemKind.CONSENT, channel="sms", label={"vi": SMS_WORDS})


def make_form(*, published: bool = True, **changes: Any) -> SignupForm:
    """Return a published form with name, phone, email, birthday and two consent boxes; single opt-in."""
    given: dict[str, Any] = {
        "items": (*FIELDS, EMAIL_BOX, SMS_BOX),
        "title": {"vi": "Nhận quà khi ghé tiệm"},
        "thanks": {"vi": "Cảm ơn bạn."},
        "double_opt_in": False,
    }
    form = services.create_form(
        name=f"Nhận quà {next(_numbers)}", content=FormContent(**given | changes), actor=SYSTEM, now=NOW
    )
    if published:
        services.publish(form=form, actor=SYSTEM, now=NOW)
    return queries.get_form(form.pk)


def version_of(form: SignupForm) -> FormVersion:
    """Return what customers see of a form."""
    version = queries.published_version(form)
    assert version is not None
    return version


def submit(
    form: SignupForm,
    *,
    ticked: tuple[str, ...] = (),
    now: datetime = NOW,
    signs: tuple[str, ...] = (),
    **answers: Any,
) -> Submission:
    """Send a form as a visitor does."""
    version = version_of(form)
    received = Received(
        form_id=form.pk,
        version_id=version.pk,
        key=f"key-{next(_numbers)}",
        answers=answers,
        ticked=list(ticked),
        language="vi",
        signs=list(signs),
    )
    return services.take(form=form, version=version, received=received, at=now, now=now)


def sent_to(address: str) -> int:
    """Return how many confirmation mails were sent to an address."""
    return ConfirmationMail.objects.filter(address=address).exclude(sent_at=None).count()
