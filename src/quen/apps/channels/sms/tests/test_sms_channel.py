"""SMS: senders, addresses, checks, and messages in the sandbox."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.channels import queries, registry, services
from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.sms.channel import CHANNEL, InvalidBrandName
from quen.apps.channels.types import (
    ChecklistContext,
    ContentPart,
    Envelope,
    MessagePreview,
    ReceiptKind,
    RenderSettings,
)
from quen.core.actors import SYSTEM

PAGE = f"/w/{TRA_SEN}/channels/"
ClientOf = Callable[[str], Client]


def use_sandbox() -> None:
    services.set_connection(
        channel="sms",
        adapter="sandbox",
        settings={},
        secret="",
        rate_per_second=None,
        actor=SYSTEM,
        now=NOW,
    )
    services.add_sender(channel="sms", name="TRASEN", address="", actor=SYSTEM, now=NOW)


class TestChannel:
    def test_is_found_by_its_folder(self) -> None:
        assert [channel.key for channel in registry.channels()][:2] == ["email", "sms"]
        assert [adapter.key for adapter in registry.adapters("sms")] == ["sandbox"]

    def test_the_renderer_survives_another_process(self) -> None:
        renderer = CHANNEL.renderer(RenderSettings("TRASEN", "", "", NOW))
        renderer = pickle.loads(pickle.dumps(renderer))  # noqa: S301  # our own bytes
        content = MessagePreview(subject="x", html="<p>x</p>", text="Chào Lan\n")
        message = renderer.build(Envelope(7, "+84905318274"), content)
        assert (message.sender, message.recipient, message.body.decode()) == (
            "TRASEN",
            "+84905318274",
            "Chào Lan",
        )

    @pytest.mark.parametrize("name", ["TRASEN", "Tra Sen 1", "Tra-Sen.vn"])
    def test_accepts_brand_names(self, name: str) -> None:
        assert CHANNEL.clean_sender(name=f" {name} ").name == name

    @pytest.mark.parametrize("name", ["TS", "Trà Sen", "TRASENDANANG", "", "TRA@SEN", "-TRASEN"])
    def test_refuses_other_brand_names(self, name: str) -> None:
        with pytest.raises(InvalidBrandName):
            CHANNEL.clean_sender(name=name)

    def test_the_check_list_says_what_a_long_text_costs(self) -> None:
        context = ChecklistContext(
            sender_name="TRASEN",
            sender_address="",
            marketing=True,
            texts={"vi": {ContentPart.TEXT: "Chào bạn " * 10}, "en": {ContentPart.TEXT: "Hello"}},
            base_url="https://quen.example",
            delivers=True,
        )
        (line,) = CHANNEL.checks(context)
        assert (line.key, line.params["parts"], line.params["language"]) == ("sms_parts", 2, "vi")
        assert str(line.hint) % line.params


class TestPages:
    def test_is_offered_in_the_sandbox_and_then_tested(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        html = an.get(PAGE).content.decode()
        assert "Chưa kết nối SMS" in html
        assert an.post(f"{PAGE}sms/sandbox/").status_code == 302
        assert an.post(f"{PAGE}sms/senders/new/", {"name": "Trà Sen"}).status_code == 422
        assert an.post(f"{PAGE}sms/senders/new/", {"name": "TRASEN"}).status_code == 302
        answer = an.post(f"{PAGE}sms/test/", {"sms-to": "0905 318 274"})
        assert answer["Location"] == f"{PAGE}sandbox/"
        stored = queries.sandbox_messages().get()
        assert (stored.channel, stored.recipient, stored.sender) == ("sms", "+84905318274", "TRASEN")
        assert queries.active_connection("email").adapter == "sandbox"

    def test_an_email_address_is_a_field_error(self, workspace: Any, client_of: ClientOf) -> None:
        use_sandbox()
        answer = client_of(AN).post(f"{PAGE}sms/test/", {"sms-to": "lan@khach.vn"})
        assert answer.status_code == 422
        assert queries.sandbox_messages().count() == 0

    def test_a_test_without_a_sender_is_refused(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        an.post(f"{PAGE}sms/sandbox/")
        answer = an.post(f"{PAGE}sms/test/", {"sms-to": "0905318274"})
        assert answer.status_code == 422
        assert queries.sandbox_messages().count() == 0

    def test_unknown_channels_and_adapters_are_404(self, workspace: Any, client_of: ClientOf) -> None:
        an = client_of(AN)
        for path in ("fax/senders/new/", "sms/adapters/smtp/", "sms/adapters/sandbox/"):
            assert an.get(PAGE + path).status_code == 404
        assert an.post(f"{PAGE}fax/test/", {"to": "1"}).status_code == 404


class TestSandbox:
    def test_a_message_is_shown_on_a_phone(self, workspace: Any, client_of: ClientOf) -> None:
        use_sandbox()
        sender = queries.get_preferred_sender("sms")
        services.send_directly(
            connection=queries.active_connection("sms"),
            sender=sender,
            to=["+84905318274"],
            content=MessagePreview(subject="", html="", text="Trà mới <b>về</b> rồi"),
            now=NOW,
        )
        an = client_of(AN)
        listed = an.get(f"{PAGE}sandbox/").content.decode()
        assert "Trà mới &lt;b&gt;về&lt;/b&gt; rồi" in listed
        assert "0905 318 274" in listed
        row = SandboxMessage.objects.get()
        page = an.get(f"{PAGE}sandbox/{row.pk}/")
        assert [tab["text"] for tab in page.context["tabs"]] == ["Điện thoại", "Văn bản thuần"]
        assert "<iframe" not in page.content.decode()
        assert len(an.get(f"{PAGE}sandbox/", {"q": "trà về"}).context["table"].rows) == 1

    def test_only_what_providers_report_is_simulated(self, workspace: Any, client_of: ClientOf) -> None:
        use_sandbox()
        message = CHANNEL.renderer(RenderSettings("TRASEN", "", "", NOW)).build(
            Envelope(5, "+84905318274"), MessagePreview(subject="", html="", text="Chào")
        )
        services.open_session(queries.active_connection("sms")).send([message])
        row = SandboxMessage.objects.get()
        offered = [
            key for key, _label, _icon in client_of(AN).get(f"{PAGE}sandbox/{row.pk}/").context["simulations"]
        ]
        assert offered == [
            ReceiptKind.DELIVERED.value,
            ReceiptKind.BOUNCED_SOFT.value,
            ReceiptKind.BOUNCED_HARD.value,
        ]
