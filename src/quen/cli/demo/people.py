"""Customer codes of the demo shop's customers, and further addresses of some."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.contacts import queries, services
from quen.apps.contacts.types import AddressKnown
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.core.actors import Actor

_ADDRESSES = (
    {"address_line": "25 Nguyễn Văn Linh", "ward": "Hải Châu", "province": "48"},
    {"address_line": "Văn phòng, tầng 6, 74 Bạch Đằng", "ward": "Hải Châu", "province": "48"},
    {"address_line": "112 Trần Hưng Đạo", "ward": "Bến Thành", "province": "79"},
    {"address_line": "Nhà ngoại, 8 Phan Đình Phùng", "province": "46"},
)
_EVERY = 150


def add_codes_and_addresses(workspace: Workspace, *, actor: Actor, now: datetime) -> None:
    """Give everybody a customer code, and every 150th customer one or two further addresses."""
    with schemas.use(workspace.schema_name):
        services.give_codes_to_new(queries.relation_of(queries.contacts()), now=now)
        for number, contact in enumerate(
            queries.contacts().order_by("-last_activity_at", "-pk")[:1_200:_EVERY]
        ):
            for address in _ADDRESSES[number % 4 : number % 4 + 1 + number % 2]:
                try:
                    services.add_address(
                        workspace=workspace, contact=contact, values=address, actor=actor, now=now
                    )
                except AddressKnown:
                    continue
