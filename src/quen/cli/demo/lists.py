"""Coloured tags, saved lists and answers about other uses of the data in the demo shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from quen.apps.audience import queries as audience
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import DataUse
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ConsentMethod, ConsentProof, TagColour
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member

_TAGS: Final = {
    "VIP": ("Mua từ 5 triệu trong một năm, có quà sinh nhật", TagColour.STRAW),
    "thân thiết": ("Mua từ ba lần", TagColour.JADE),
    "sỉ": ("Quán và cửa hàng lấy sỉ, có bảng giá riêng", TagColour.PLUM),
    "mẹ bầu": ("Chỉ giới thiệu trà hoa không caffeine", TagColour.SKY),
}
_PEOPLE: Final = 24


def add_lists(workspace: Workspace, *, member: Member, now: datetime) -> None:
    """Colour tags, save lists for the team, and record what the customers active last said about other uses."""
    actor = member.actor
    with schemas.use(workspace.schema_name):
        for name, (description, colour) in _TAGS.items():
            tag = contact_queries.get_tag(contacts.ensure_tags([name])[0])
            contacts.describe_tag(tag=tag, description=description, colour=colour, actor=actor, now=now)
        lists = {
            "Sinh nhật 7 ngày tới": {"field": "birthday", "op": "next_days", "days": 7},
            "Khách VIP": {"field": "tags", "op": "any", "value": contacts.ensure_tags(["VIP"])},
        }
        for day in contact_queries.special_days()[:1]:
            lists[f"{day.name} 30 ngày tới"] = {"field": f"custom.{day.key}", "op": "next_days", "days": 30}
        for name, tree in lists.items():
            query = urlencode({"rules": audience.tree_to_query(audience.parse(tree))})
            contacts.save_view(name=name, query=query, for_team=True, member_id=member.pk, now=now)
        proof = ConsentProof(
            ground="Phiếu đăng ký thành viên, ô thứ ba",
            method=ConsentMethod.PAPER.value,
            obtained_at=now - timedelta(days=20),
            wording="Tôi đồng ý nhận bưu thiếp và để Trà Sen tìm tôi trên nền tảng quảng cáo.",
        )
        people = contact_queries.contacts().order_by("-last_activity_at", "-id")[:_PEOPLE]
        for number, contact in enumerate(people):
            for purpose, every in ((DataUse.ADS, 2), (DataUse.POST, 3)):
                if number % every == 0:
                    compliance.answer_purpose(
                        contact_id=contact.pk,
                        purpose=purpose,
                        agrees=number % 4 != 2,
                        proof=proof,
                        actor=actor,
                        now=now - timedelta(days=19, minutes=number),
                    )
