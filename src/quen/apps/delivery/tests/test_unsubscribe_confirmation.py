"""Confirmations of unsubscribes: one each, and never enough to fill an inbox."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.delivery import services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.tests.factories import make_connection, make_sender, make_subscriber
from quen.apps.delivery.types import DispatchSource

pytestmark = pytest.mark.django_db


def test_repeated_unsubscribes_are_confirmed_three_times_a_day_at_most(workspace: Any) -> None:
    make_connection()
    make_sender()
    lan = make_subscriber(1)
    for _round in range(8):
        unsubscribe = compliance.unsubscribe(
            contact_id=lan.pk,
            channel="email",
            method=UnsubscribeMethod.LINK.value,
            all_channels=False,
            message_id=None,
            now=NOW,
        )
        services.send_unsubscribe_confirmation(unsubscribe_id=unsubscribe.pk, now=NOW)
        compliance.undo_unsubscribe(unsubscribe=unsubscribe, now=NOW)
    assert Dispatch.objects.filter(source=DispatchSource.NOTICE).count() == 3
