"""What the team of the demo shop has to do: overdue, today, later, done; a call that advertises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Consent, ConsentMethod, ConsentProof, Status
from quen.apps.tasks import services as tasks
from quen.apps.tasks.types import TaskKind, TaskValues
from quen.apps.team.types import Role
from quen.core import schemas
from quen.core.clock import local_day

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

#: days from today, time of day, kind, title
_OPEN = (
    (-2, time(10), TaskKind.CALL, "Gọi lại về đơn quà Trung thu 20 hộp"),
    (-1, None, TaskKind.MESSAGE, "Gửi ảnh mẫu hộp trà sen mới"),
    (0, time(16), TaskKind.CALL, "Hỏi thăm sau khi đổi trà"),
    (0, None, TaskKind.MESSAGE, "Gửi báo giá quà Tết cho công ty"),
    (1, time(9, 30), TaskKind.MEETING, "Hẹn thử trà tại quầy Hải Châu"),
    (3, time(14), TaskKind.CALL, "Xác nhận ngày giao giỏ quà"),
    (6, None, TaskKind.OTHER, "Viết thiệp cảm ơn khách hạng Vàng"),
)
_DONE = (
    (5, TaskKind.CALL, "Gọi xin lỗi vì giao chậm", "Khách vui vẻ, tặng thêm 1 gói trà lài."),
    (9, TaskKind.MEETING, "Tư vấn quà cưới", "Chốt 50 hộp, giao ngày 20."),
)
_AGREED = ConsentProof(
    ground="Phiếu đăng ký thành viên tại quầy",
    method=ConsentMethod.PAPER.value,
    wording="Tôi đồng ý để Trà Sen gọi điện mời dùng thử sản phẩm mới.",
)


def add_tasks(workspace: Workspace, *, member: Member, now: datetime) -> None:
    """Create tasks about some customers, and one that anybody of sales may take."""
    with schemas.use(workspace.schema_name):
        people = list(
            contacts.contacts()
            .filter(status=Status.SUBSCRIBED, consent_call=Consent.NEVER_ASKED)
            .exclude(phone=None)
            .order_by("id")[: len(_OPEN) + len(_DONE) + 1]
        )
        today = local_day(now, workspace.zone)

        def due(days: int, clock: time | None) -> datetime:
            day: date = today + timedelta(days=days)
            return datetime.combine(day, clock or time(23, 59), tzinfo=workspace.zone)

        for (days, clock, kind, title), person in zip(_OPEN, people, strict=False):
            values = TaskValues(
                title=title,
                kind=kind,
                due_at=due(days, clock),
                is_all_day=clock is None,
                contact_id=person.pk,
                assignee_id=member.pk,
            )
            tasks.create_task(values=values, actor=member.actor, now=now - timedelta(days=4))
        for (days, kind, title, result), person in zip(_DONE, people[len(_OPEN) :], strict=False):
            at = now - timedelta(days=days)
            values = TaskValues(
                title=title, kind=kind, due_at=at, contact_id=person.pk, assignee_id=member.pk
            )
            done = tasks.create_task(values=values, actor=member.actor, now=at - timedelta(days=1))
            tasks.finish_task(task=done, result=result, actor=member.actor, now=at)
        tasks.create_task(
            values=TaskValues(
                title="Kiểm kho hộp quà Tết", due_at=due(2, None), is_all_day=True, group=Role.SALES
            ),
            actor=member.actor,
            now=now,
        )
        _add_advertising_call(people[-1].pk, due(1, time(10)), member, now)


def _add_advertising_call(contact_id: int, due_at: datetime, member: Member, now: datetime) -> None:
    person = contacts.get_contact(contact_id)
    contacts_services.set_consent(
        contact=person,
        channel="call",
        consent=Consent.GRANTED,
        proof=replace(_AGREED, obtained_at=now - timedelta(days=30)),
        actor=member.actor,
        now=now,
    )
    values = TaskValues(
        title="Mời dùng thử trà ô long mới",
        kind=TaskKind.CALL,
        due_at=due_at,
        contact_id=contact_id,
        assignee_id=member.pk,
        is_advertising=True,
    )
    tasks.create_task(values=values, actor=member.actor, now=now)
