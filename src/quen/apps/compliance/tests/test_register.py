"""The do-not-advertise register is uploaded as a file: numbers in any column, counts, and a newer file replaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import AN, BINH, TRA_SEN

from quen.apps.compliance.models import Suppression
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.types import ExclusionReason, MessageClass
from quen.apps.contacts.types import Consent

pytestmark = pytest.mark.django_db
URL = f"/w/{TRA_SEN}/sending/suppressions/register/"


def upload(client: Client, text: str, **values: Any) -> str:
    file = SimpleUploadedFile("dnc.csv", text.encode())
    return client.post(URL, {"file": file, "covers": "both"} | values).content.decode()


def test_stops_advertising_by_call_and_sms_and_nothing_else(
    workspace: Any, client_of: Callable[[str], Client]
) -> None:
    lan = make_subscriber(phone="+84905777123", consent_sms=Consent.GRANTED, consent_call=Consent.GRANTED)
    page = upload(client_of(AN), "STT;So dien thoai\n1;0905 777 123\n2;84912000111\n3;123456789012345\n")
    for channel in ("sms", "call"):
        assert exclusion_reasons(lan, channel=channel) == [ExclusionReason.SUPPRESSED_REGISTER]
        assert exclusion_reasons(lan, channel=channel, message_class=MessageClass.TRANSACTIONAL) == [None]
    assert exclusion_reasons(lan) == [None]
    assert Suppression.objects.count() == 4
    assert "Số trong tệp" in page


def test_a_newer_file_replaces_only_when_asked(workspace: Any, client_of: Callable[[str], Client]) -> None:
    client = client_of(AN)
    upload(client, "0905777123\n0912000111\n")
    upload(client, "0912000111\n0913000222\n", covers="sms")
    assert Suppression.objects.filter(channel="sms").count() == 3
    upload(client, "0913000222\n", covers="sms", replaces="on")
    assert list(Suppression.objects.filter(channel="sms").values_list("address", flat=True)) == [
        "+84913000222"
    ]
    assert Suppression.objects.filter(channel="call").count() == 2


def test_a_file_without_numbers_is_refused(workspace: Any, client_of: Callable[[str], Client]) -> None:
    client = client_of(AN)
    answer = client.post(URL, {"file": SimpleUploadedFile("x.txt", b"xin chao"), "covers": "both"})
    assert answer.status_code == 422
    assert client_of(BINH).get(URL).status_code == 403
