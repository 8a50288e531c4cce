"""The editor, the preview, the starting designs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW

from quen.apps.content import designs, queries, services
from quen.apps.content.models import Content

HTMX = {"HX-Request": "true"}


@pytest.fixture
def content(workspace: Any) -> Content:
    return services.create_content(now=NOW, subject="Chào", body="<p>Chào {{ call_name }}</p>")


@pytest.fixture
def client(client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


def version_data(**changes: str) -> dict[str, str]:
    return {"subject": "Mới", "preview": "", "format": "rich", "body": "<p>a</p>"} | changes


class TestEditor:
    def test_autosave_stores_and_confirms(self, client: Client, content: Content) -> None:
        answer = client.post(f"/w/tra-sen/content/{content.pk}/vi/", version_data(), headers=HTMX)
        assert answer.status_code == 200
        assert "Đã lưu" in answer.content.decode()
        assert queries.versions(content)["vi"].subject == "Mới"

    def test_a_broken_tag_is_reported_with_its_line(self, client: Client, content: Content) -> None:
        answer = client.post(
            f"/w/tra-sen/content/{content.pk}/vi/",
            version_data(body="<p>a</p>\n{% include 'x' %}"),
            headers=HTMX,
        )
        assert answer.status_code == 422
        assert "Dòng 2" in answer.content.decode()
        assert queries.versions(content)["vi"].subject == "Chào"

    def test_without_javascript_the_typed_text_is_kept(self, client: Client, content: Content) -> None:
        answer = client.post(f"/w/tra-sen/content/{content.pk}/vi/", version_data(body="{{ x", format="html"))
        assert answer.status_code == 422
        assert "{{ x</textarea>" in answer.content.decode()

    def test_frozen_content_is_read_only(self, client: Client, content: Content) -> None:
        services.freeze(content, now=NOW)
        assert 'name="body"' not in client.get(f"/w/tra-sen/content/{content.pk}/").content.decode()
        answer = client.post(f"/w/tra-sen/content/{content.pk}/vi/", version_data(), headers=HTMX)
        assert answer.status_code == 422
        assert queries.versions(content)["vi"].subject == "Chào"

    def test_an_unknown_language_is_404(self, client: Client, content: Content) -> None:
        assert client.get(f"/w/tra-sen/content/{content.pk}/fr/").status_code == 404


class TestDesigns:
    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize("key", [design.key for design in designs.DESIGNS])
    def test_each_replaces_the_text_and_passes_the_checks(
        self, client: Client, content: Content, workspace: Any, key: str, language: str
    ) -> None:
        answer = client.post(f"/w/tra-sen/content/{content.pk}/{language}/design/", {"design": key})
        assert answer.status_code == 302
        version = queries.versions(content)[language]
        assert version.subject == designs.get_design(key).versions[language].subject
        content.versions.filter(language="en").delete()
        found = queries.check(
            content, workspace=workspace, message_class="marketing", reminders={"vi": "Vì…"}
        )
        blocking = {each.code for each in found if each.blocking}
        assert blocking <= {"sender_incomplete", "opt_out_channel_missing", "link_empty", "blanks_unfilled"}
        frame = client.get(f"/w/tra-sen/content/{content.pk}/{language}/design/{key}/")
        assert "{{" not in frame.content.decode()


class TestPreview:
    def test_the_email_is_in_a_sandboxed_frame(self, client: Client, content: Content) -> None:
        answer = client.get(f"/w/tra-sen/content/{content.pk}/vi/frame/")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        page = client.get(f"/w/tra-sen/content/{content.pk}/preview/").content.decode()
        assert "<iframe" in page
        assert "sandbox" in page

    def test_a_contact_sees_their_own_name(self, client: Client, content: Content) -> None:
        from quen.apps.contacts.models import Contact

        lan = Contact.objects.create(
            full_name="Nguyễn Hương",
            call_name="Hương",
            email="huong@example.com",
            member_since=NOW,
            last_activity_at=NOW,
            created_at=NOW,
            updated_at=NOW,
        )
        frame = client.get(f"/w/tra-sen/content/{content.pk}/vi/frame/?contact={lan.pk}")
        assert "Chào Hương" in frame.content.decode()
