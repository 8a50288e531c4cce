"""Forms of other systems: three content types, Vietnamese names, half-filled forms, repeats, nobody's calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Consent
from quen.apps.ingest import services as ingest
from quen.apps.signup import queries, services
from quen.apps.signup.models import SignupForm, Submission
from quen.apps.signup.rules.external import read_lead
from quen.apps.signup.tests.factories import EMAIL_BOX
from quen.apps.signup.types import FormContent, FormKind, SubmissionState
from quen.config.leads import routes
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
LEAD = {
    "Họ và tên": "Trần Lan",
    "SĐT": "0905 777 123",
    "Gmail của bạn": "",
    "email": "lan@thu.vn",
    "Số người đi cùng": "3",
    "ip": "203.0.113.7",
    "link": "https://promo.example.vn/?utm_source=fb&utm_campaign=T5",
    "ladi_form_id": "FORM33",
    "message_time": "01/05/2024 10:20:30",
    "otp_code": "123456",
}
BOUNDARY = "xyz"
MULTIPART = "".join(
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in LEAD.items()
)
NAME_VALUE = {
    "form_config_id": "x",
    "ladi_form_id": "FORM33",
    "form_data": [{"name": name, "value": value} for name, value in LEAD.items() if name != "link"],
    "tracking_form": [
        {"name": "url_page", "value": "https://promo.example.vn/"},
        {"name": "utm_source", "value": "fb"},
        {"name": "utm_campaign", "value": "T5"},
    ],
}
BODIES = [
    ("application/x-www-form-urlencoded", urlencode(LEAD).encode()),
    (f"multipart/form-data; boundary={BOUNDARY}", f"{MULTIPART}--{BOUNDARY}--\r\n".encode()),
    ("application/json", json.dumps(LEAD).encode()),
    ("application/json; charset=utf-8", json.dumps(NAME_VALUE, ensure_ascii=False).encode()),
]


def make_external(**changes: Any) -> SignupForm:
    """Return a form of another system."""
    given: dict[str, Any] = {"double_opt_in": False, "items": (EMAIL_BOX,)}
    content = FormContent(**given | changes)
    form = services.create_form(
        name="LadiPage tháng 5", kind=FormKind.EXTERNAL.value, content=content, actor=SYSTEM, now=NOW
    )
    services.publish(form=form, actor=SYSTEM, now=NOW)
    return queries.get_form(form.pk)


def call(
    workspace: Any, form: SignupForm, body: bytes, kind: str = "application/json", *, minutes: int = 0
) -> None:
    """Let a call arrive and be processed."""
    token = queries.external_url(workspace, form).rpartition("/")[2]
    at = NOW + timedelta(minutes=minutes)
    event = services.external_event(token, body=body, content_type=kind, now=at)
    assert event is not None
    ingest.store([event])
    ingest.process_endpoint(workspace=workspace, endpoint="signup.external", now=at)


@pytest.mark.parametrize(("kind", "body"), BODIES)
class TestContentTypes:
    def test_become_the_same_customer(self, workspace: Any, kind: str, body: bytes) -> None:
        form = make_external(tags=("Landing",))
        call(workspace, form, body, kind)
        lan = contacts.find_by_phone("+84905777123")
        assert lan is not None
        assert (lan.full_name, lan.email) == ("Trần Lan", "lan@thu.vn")
        sent = Submission.objects.get()
        assert (sent.utm["utm_source"], sent.utm["utm_campaign"]) == ("fb", "T5")
        assert sent.page.startswith("https://promo.example.vn/")
        assert sent.answers["Số người đi cùng"] == "3"
        assert "123456" not in json.dumps(sent.answers)
        # Without words of consent nothing is agreed to.
        assert lan.consent_email == Consent.NEVER_ASKED


class TestCalls:
    def test_the_same_again_within_minutes_is_dropped(self, workspace: Any) -> None:
        form, body = make_external(), json.dumps(LEAD).encode()
        call(workspace, form, body)
        call(workspace, form, body, minutes=3)
        assert Submission.objects.count() == 1
        call(workspace, form, body, minutes=60)
        assert Submission.objects.count() == 2

    def test_a_half_filled_form_is_kept_apart_and_never_a_consent(self, workspace: Any) -> None:
        form = make_external()
        services.set_mapping(form=form, mapping={"Nhận tin": "consent_1"}, actor=SYSTEM, now=NOW)
        given = LEAD | {"status_send": "capture", "Nhận tin": "1"}
        call(workspace, form, json.dumps(given).encode())
        sent = Submission.objects.get()
        assert (sent.state, sent.ticked) == (SubmissionState.CAPTURE, [])
        assert not Contact.objects.filter(phone="+84905777123").exists()

    def test_a_call_of_nobody_waits_and_is_read_again_after_matching(self, workspace: Any) -> None:
        form = make_external()
        call(workspace, form, b'{"Zalo cua chi": "0905777123", "ten goi": "Lan"}')
        sent = Submission.objects.get()
        assert sent.state == SubmissionState.REVIEW
        assert not services.read_again(submission=sent, now=NOW)
        services.set_mapping(form=form, mapping={"Zalo cua chi": "phone"}, actor=SYSTEM, now=NOW)
        assert services.read_again(submission=sent, now=NOW)
        assert Contact.objects.filter(phone="+84905777123").exists()

    def test_only_a_matched_box_with_its_words_is_a_consent(self, workspace: Any) -> None:
        form = make_external()
        services.set_mapping(form=form, mapping={"Nhận tin": "consent_1"}, actor=SYSTEM, now=NOW)
        call(workspace, form, json.dumps(LEAD | {"Nhận tin": "Đồng ý"}).encode())
        lan = contacts.find_by_phone("+84905777123")
        assert lan is not None
        assert lan.consent_email == Consent.GRANTED
        assert lan.consent_entries.get(channel="email").proof.wording == EMAIL_BOX.label["vi"]
        no = LEAD | {"SĐT": "0905777999", "email": "khac@thu.vn", "Nhận tin": "Không"}
        call(workspace, form, json.dumps(no).encode())
        other = contacts.find_by_phone("+84905777999")
        assert other is not None
        assert other.consent_email == Consent.NEVER_ASKED

    @pytest.mark.parametrize(
        "said",
        [
            "Không, cảm ơn",
            "Tôi không muốn nhận",
            "Chưa cần",
            "No, thanks",
            "Please don't",
            "ko nhận",
            "Từ chối nhé",
        ],
    )
    def test_an_answer_that_refuses_in_its_own_words_is_no_consent(self, workspace: Any, said: str) -> None:
        form = make_external()
        services.set_mapping(form=form, mapping={"Nhận tin": "consent_1"}, actor=SYSTEM, now=NOW)
        call(workspace, form, json.dumps(LEAD | {"Nhận tin": said}).encode())
        assert Submission.objects.get().ticked == []
        lan = contacts.find_by_phone("+84905777123")
        assert lan is not None
        assert lan.consent_email == Consent.NEVER_ASKED

    @pytest.mark.parametrize("said", ["Có", "Đúng", "Tôi muốn nhận ưu đãi", "on", "1", "✓"])
    def test_an_answer_that_agrees_in_its_own_words_is_one(self, workspace: Any, said: str) -> None:
        form = make_external()
        services.set_mapping(form=form, mapping={"Nhận tin": "consent_1"}, actor=SYSTEM, now=NOW)
        call(workspace, form, json.dumps(LEAD | {"Nhận tin": said}).encode())
        assert Submission.objects.get().ticked == ["consent_1"]

    def test_a_page_that_is_no_address_loses_no_lead(self, workspace: Any) -> None:
        call(workspace, make_external(), json.dumps(LEAD | {"link": "https://[x?utm_source=fb"}).encode())
        assert contacts.find_by_phone("+84905777123") is not None
        assert Submission.objects.get().utm == {"utm_source": "fb"}

    def test_what_waits_is_found_when_its_sender_is_erased(self, workspace: Any, an: Any) -> None:
        form = make_external()
        address = queries.external_url(workspace, form).rpartition("/")[2]
        services.close_form(form=form, actor=an.actor, now=NOW)
        bodies = (json.dumps(LEAD).encode(), urlencode(LEAD).encode(), MULTIPART.encode())
        for body in bodies:
            event = services.external_event(address, body=body, content_type="", now=NOW)
            assert event is not None
            ingest.store([event])
        assert ingest.erase(workspace_id=workspace.pk, texts=["lan@thu.vn"]) == len(bodies)

    def test_what_the_database_cannot_store_is_left_out(self, workspace: Any) -> None:
        call(workspace, make_external(), b'{"ten": "La\\u0000n\\ud800", "sdt": "0905777123"}')
        lan = contacts.find_by_phone("+84905777123")
        assert lan is not None
        assert lan.full_name.startswith("Lan")

    def test_a_renewed_address_takes_nothing_at_the_old_one(self, workspace: Any, an: Any) -> None:
        form = make_external()
        old = queries.external_url(workspace, form)
        services.renew_address(form=form, actor=an.actor, now=NOW)
        assert queries.external_url(workspace, queries.get_form(form.pk)) != old
        call(workspace, form, json.dumps(LEAD).encode())
        assert not Submission.objects.exists()

    @pytest.mark.parametrize(
        "body", [b"", b"[", b"{}", b'["a"]', b"\xff\xfe", b'{"a": {"b": [1]}}', b"a" * 1000]
    )
    def test_anything_is_read_without_failing(self, body: bytes) -> None:
        for kind in (
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "",
            "text/plain",
        ):
            assert read_lead(body, kind).capture is False

    @pytest.mark.parametrize(
        "header", [b'form-data; name="a', b"form-data; name*0*=x", b'=?utf-8?b?"', b";0*", b"\xff(\xff"]
    )
    @pytest.mark.parametrize("encoding", [b"base64", b"x", b"*''%*"])
    def test_parts_with_broken_headers_are_read_without_failing(self, header: bytes, encoding: bytes) -> None:
        part = b"--x\r\nContent-Disposition: %b\r\nContent-Transfer-Encoding: %b\r\n\r\nabc\r\n--x--"
        assert read_lead(part % (header, encoding), "multipart/form-data; boundary=x").capture is False


class TestAddress:
    def test_answers_browsers_and_servers(self, workspace: Any) -> None:

        client = TestClient(Starlette(routes=routes))
        form = make_external()
        path = "/leads/" + queries.external_url(workspace, form).rpartition("/")[2]
        asked = client.options(path, headers={"origin": "https://ladi.example"})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
        assert client.post("/leads/" + "x" * 40, json={}).status_code == 404
        assert client.post(path, content=b"x" * 100_000).status_code == 413


class TestSetup:
    def test_shows_the_last_call_and_saves_the_matching(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        form = make_external()
        call(workspace, form, json.dumps(LEAD).encode())
        client, path = client_of(AN), f"/w/{TRA_SEN}/forms/{form.pk}/setup/"
        page = client.get(path).content.decode()
        assert "Số người đi cùng" in page
        assert queries.external_url(workspace, form) in page
        names = list(Submission.objects.get().answers)
        values = {f"target_{number}": "" for number in range(len(names))}
        values["target_0"] = "full_name"
        assert client.post(path, {"part": "mapping", **values}).status_code == 302
        assert queries.get_form(form.pk).mapping[names[0]] == "full_name"
