"""Confirmations of refusals: one each, and no way to fill somebody's box with them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import RefusalWay
from quen.apps.delivery import services
from quen.apps.delivery.models import Launch
from quen.apps.delivery.tests.kit import connect, make_reader, make_sender
from quen.apps.delivery.types import Source

pytestmark = pytest.mark.django_db


def test_refusing_and_taking_back_again_and_again_fills_no_box(workspace: Any) -> None:
    connect()
    make_sender()
    lan = make_reader(1)
    for _round in range(8):
        refusal = compliance.refuse(
            contact_id=lan.pk,
            channel="email",
            way=RefusalWay.LINK.value,
            everything=False,
            message_id=None,
            now=NOW,
        )
        services.confirm_refusal(refusal_id=refusal.pk, now=NOW)
        compliance.undo_refusal(refusal=refusal, now=NOW)
    assert Launch.objects.filter(source=Source.NOTICE).count() == 3
