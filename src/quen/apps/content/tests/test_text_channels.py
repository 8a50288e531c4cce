"""Contents of channels that have plain text only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW

from quen.apps.content import queries, services
from quen.apps.content.models import Content
from quen.apps.content.types import BodyFormat, TextTooLong

BODY = 'Chào {{ call_name | default: "bạn" }}, trà mới đã về.'


@pytest.fixture
def content(workspace: Any) -> Content:
    return services.create_content(now=NOW, channel="sms", subject="Chào", preview="x", body=BODY)


class TestSaving:
    def test_parts_the_channel_does_not_have_stay_empty(self, content: Content) -> None:
        version = queries.versions(content)["vi"]
        assert (version.subject, version.preview, version.format) == ("", "", BodyFormat.TEXT)
        assert version.body == BODY

    def test_a_text_has_a_limit(self, content: Content) -> None:
        with pytest.raises(TextTooLong):
            services.save_version(content=content, language="vi", body="a" * 5000, now=NOW)
        assert queries.versions(content)["vi"].body == BODY

    def test_a_copy_is_of_the_same_channel(self, content: Content) -> None:
        assert services.copy_content(content=content, now=NOW).channel == "sms"


class TestRendering:
    def test_the_label_is_first_and_there_is_no_footer(self, content: Content, workspace: Any) -> None:
        mail = queries.preview(
            content, None, workspace=workspace, message_class="marketing", reminders={}, now=NOW
        )
        assert (mail.subject, mail.html) == ("", "")
        assert mail.text == "[QC] Chào Lan, trà mới đã về."

    def test_transactional_text_is_as_written(self, content: Content, workspace: Any) -> None:
        mail = queries.preview(
            content, None, workspace=workspace, message_class="transactional", reminders={}, now=NOW
        )
        assert mail.text == "Chào Lan, trà mới đã về."

    def test_its_length_is_that_of_the_rendered_text(self, content: Content, workspace: Any) -> None:
        length = queries.text_length(content, "vi", workspace=workspace)
        assert length is not None
        assert (length.chars, length.parts, length.limit) == (len("[QC] Chào Lan, trà mới đã về."), 1, 70)

    def test_an_email_is_not_counted(self, workspace: Any) -> None:
        email = services.create_content(now=NOW, body="<p>a</p>")
        assert queries.text_length(email, "vi", workspace=workspace) is None


class TestChecks:
    def test_subject_sender_and_reminder_are_not_asked_for(self, content: Content, workspace: Any) -> None:
        workspace.sender_phone = ""
        issues = queries.check(content, workspace=workspace, message_class="marketing", reminders={})
        assert {issue.code for issue in issues} == {"language_missing"}

    def test_an_empty_text_blocks(self, workspace: Any) -> None:
        empty = services.create_content(now=NOW, channel="sms")
        issues = queries.check(empty, workspace=workspace, message_class="marketing", reminders={})
        assert {issue.code for issue in issues if issue.blocking} == {"body_empty"}


class TestPages:
    def test_the_editor_has_one_text_and_counts_it(
        self, content: Content, client_of: Callable[[str], Client]
    ) -> None:
        an = client_of(AN)
        page = an.get(f"/w/tra-sen/content/{content.pk}/").content.decode()
        assert 'name="subject"' not in page
        assert "29/70 ký tự" in page
        answer = an.post(
            f"/w/tra-sen/content/{content.pk}/vi/", {"body": "Tra moi"}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        # Brackets take two characters of the GSM alphabet.
        assert "14/160 ký tự" in answer.content.decode()
        assert queries.versions(content)["vi"].body == "Tra moi"

    def test_the_preview_is_a_phone(self, content: Content, client_of: Callable[[str], Client]) -> None:
        page = client_of(AN).get(f"/w/tra-sen/content/{content.pk}/preview/").content.decode()
        assert "[QC] Chào Lan, trà mới đã về." in page
        assert "<iframe" not in page

    def test_there_are_no_starting_designs(
        self, content: Content, client_of: Callable[[str], Client]
    ) -> None:
        assert client_of(AN).get(f"/w/tra-sen/content/{content.pk}/vi/design/").status_code == 404
