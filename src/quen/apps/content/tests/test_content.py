"""Contents are saved, copied and frozen; merge tag values; checks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.content import queries, registry, services
from quen.apps.content.models import Content
from quen.apps.content.types import BodyFormat, BodyTooLong, ContentFrozen, TemplateBroken

VERSION = {"subject": "Chào", "preview": "", "format": BodyFormat.RICH, "body": "<p>Chào {{ call_name }}</p>"}


def make_content(**changes: Any) -> Content:
    return services.create_content(now=NOW, **{**VERSION, **changes})


@pytest.mark.usefixtures("workspace")
class TestSaveVersion:
    def test_each_language_has_its_version(self) -> None:
        content = make_content()
        services.save_version(content=content, language="en", now=NOW, **{**VERSION, "subject": "Hello"})
        found = queries.versions(content)
        assert [(code, each.subject) for code, each in found.items()] == [("vi", "Chào"), ("en", "Hello")]

    def test_an_invalid_template_is_refused_and_nothing_is_written(self) -> None:
        content = make_content()
        with pytest.raises(TemplateBroken) as refusal:
            services.save_version(content=content, language="vi", now=NOW, **{**VERSION, "subject": "{{ x"})
        assert refusal.value.field == "subject"
        assert queries.versions(content)["vi"].subject == "Chào"

    def test_a_body_has_a_size_limit(self) -> None:
        with pytest.raises(BodyTooLong):
            make_content(body="a" * 500_000)

    def test_frozen_content_is_immutable_and_its_copy_is_not(self) -> None:
        content = make_content()
        services.freeze(content, now=NOW)
        with pytest.raises(ContentFrozen):
            services.save_version(content=content, language="vi", now=NOW, **VERSION)
        with pytest.raises(ContentFrozen):
            services.delete_content(content=content)
        copy = services.copy_content(content=content, now=NOW)
        services.save_version(content=copy, language="vi", now=NOW, **{**VERSION, "subject": "Mới"})
        assert queries.versions(content)["vi"].subject == "Chào"
        assert queries.versions(copy)["vi"].subject == "Mới"


class TestMergeValues:
    def test_one_statement_for_many_contacts(self, workspace: Any, django_assert_num_queries: Any) -> None:
        from quen.apps.contacts.models import Contact

        contacts = [
            Contact.objects.create(
                full_name=f"Nguyễn Lan {n}",
                call_name="Lan",
                salutation="chị",
                phone=f"+8490531827{n}",
                spent=n * 1000,
                member_since=NOW,
                last_activity_at=NOW,
                created_at=NOW,
                updated_at=NOW,
            )
            for n in range(3)
        ]
        content = make_content(
            subject="{{ addressee }}", body="<p>{{ phone }} {{ full_name }} {{ shop_name }}</p>"
        )
        keys = queries.tags_used(content)
        assert keys == {"addressee", "phone", "full_name", "shop_name"}
        with django_assert_num_queries(1):
            values = queries.merge_tag_values(keys, [each.pk for each in contacts], now=NOW)
        assert values[contacts[1].pk] == {
            "addressee": "chị Lan",
            "phone": "0905 318 271",
            "full_name": "Nguyễn Lan 1",
        }

    def test_a_contact_without_salutation_is_addressed_by_name(self, workspace: Any) -> None:
        from quen.apps.contacts.models import Contact

        chi = Contact.objects.create(
            call_name="Chi", member_since=NOW, last_activity_at=NOW, created_at=NOW, updated_at=NOW
        )
        values = queries.merge_tag_values({"addressee"}, [chi.pk], now=NOW)[chi.pk]
        assert values == {"addressee": {"vi": "bạn Chi", "en": "Chi"}}

    def test_every_tag_works_for_an_empty_contact(self, workspace: Any) -> None:
        from quen.apps.contacts.models import Contact

        nobody = Contact.objects.create(
            member_since=NOW, last_activity_at=NOW, created_at=NOW, updated_at=NOW
        )
        keys = {tag.key for tag in registry.merge_tags()}
        values = queries.merge_tag_values(keys, [nobody.pk], now=NOW)
        body = "".join(f"<p>{{{{ {key} }}}}</p>" for key in keys - {"footer"})
        mail = queries.compiled_content(
            make_content(body=body), workspace=workspace, message_class="marketing", reminders={}
        )
        assert "Quý khách" in mail.render("vi", values[nobody.pk], "https://q.example/u").html


class TestCheck:
    def codes(self, workspace: Any, message_class: str = "marketing", **changes: Any) -> dict[str, bool]:
        found = queries.check(
            make_content(**changes), workspace=workspace, message_class=message_class, reminders={"vi": "Vì…"}
        )
        assert all(str(each.text) % each.params for each in found)
        return {each.code: each.blocking for each in found}

    @pytest.mark.parametrize(
        ("changes", "code", "blocks"),
        [
            ({"subject": ""}, "subject_empty", True),
            ({"body": "<p> </p>"}, "body_empty", True),
            ({"subject": "a" * 61}, "subject_long", False),
            ({"subject": "GIẢM GIÁ LỚN"}, "subject_capitals", False),
            ({"subject": "Bạn đã TRÚNG THƯỞNG"}, "spam_words", False),
            ({"body": "<p>{{ nobody }}</p>"}, "tag_unknown", True),
            ({"body": "<p>{{ company }}</p>"}, "tag_without_fallback", False),
            ({"body": '<p><img src="https://a.vn/a.png"></p>'}, "image_without_alt", False),
            ({"body": '<p><a href="http://">x</a></p>'}, "link_empty", True),
            ({"body": '<p><a href="https://example.com/a">x</a></p>'}, "link_empty", True),
            ({"body": f"<p>{'a' * 110_000}</p>"}, "body_clipped", False),
            ({}, "language_missing", False),
        ],
    )
    def test_finds(self, workspace: Any, changes: dict[str, Any], code: str, blocks: bool) -> None:
        assert self.codes(workspace, **changes)[code] is blocks

    def test_advertising_needs_a_sender_a_reminder_and_opt_out_channels(self, workspace: Any) -> None:
        workspace.sender_phone = workspace.sender_email = workspace.sender_address = ""
        found = queries.check(
            make_content(), workspace=workspace, message_class="marketing", reminders={"vi": ""}
        )
        blocking = {each.code for each in found if each.blocking}
        assert {"sender_incomplete", "opt_out_channel_missing", "reminder_missing"} <= blocking

    def test_a_tag_with_a_built_in_fallback_needs_none(self, workspace: Any) -> None:
        assert "tag_without_fallback" not in self.codes(
            workspace, body="<p>{{ salutation }} {{ shop_name }}</p>"
        )
