"""Creating a workspace, its settings, the list of workspaces."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import AN, BINH, GOM_VIET, NOW, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import Workspace
from quen.apps.team import queries, services
from quen.apps.team.forms import LOGO_MAX_BYTES
from quen.apps.team.models import AuditEntry, Member
from quen.apps.team.signals import workspace_changed
from quen.apps.team.types import Role
from quen.core import schemas
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
FORM_DATA = {
    "name": "Mộc Sen",
    "slug": "moc-sen",
    "brand": "Mộc Sen",
    "time_zone": "Asia/Ho_Chi_Minh",
    "currency": "VND",
    "language": "vi",
    "profile": "email",
}


class TestWhoMayCreate:
    def test_operators_may_by_default_and_others_are_told_whom_to_ask(
        self, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(BINH)
        for answer in (client.get("/workspaces/new/"), client.post("/workspaces/new/", FORM_DATA)):
            assert answer.status_code == 403
            assert "Nguyễn Hoài An" in answer.content.decode()
        assert not Workspace.objects.filter(slug="moc-sen").exists()
        for path in ("/workspaces/", f"/w/{TRA_SEN}/", "/profile/"):
            assert "/workspaces/new/" not in client.get(path).content.decode()
        assert "Nguyễn Hoài An" in client.get("/workspaces/").content.decode()
        an = client_of(AN)
        for path in ("/workspaces/", f"/w/{TRA_SEN}/"):
            assert "/workspaces/new/" in an.get(path).content.decode()

    def test_everyone_may_if_the_setting_says_so(
        self, client_of: Callable[[str], Client], settings: Any
    ) -> None:
        settings.WORKSPACE_CREATORS = "everyone"
        assert client_of(BINH).post("/workspaces/new/", FORM_DATA)["Location"] == "/w/moc-sen/"

    def test_nobody_creates_more_than_the_quota(
        self, client_of: Callable[[str], Client], settings: Any
    ) -> None:
        settings.WORKSPACES_PER_USER = 1
        client = client_of(AN)
        assert client.post("/workspaces/new/", FORM_DATA).status_code == 302
        answer = client.post("/workspaces/new/", FORM_DATA | {"slug": "moc-sen-2"})
        assert answer.status_code == 403
        assert "1 không gian" in answer.content.decode()
        assert not Workspace.objects.filter(slug="moc-sen-2").exists()

    def test_the_command_line_is_not_limited(self, settings: Any) -> None:
        settings.WORKSPACES_PER_USER = 1
        binh = accounts.find_user(BINH)
        assert binh is not None
        for slug in ("mot", "hai"):
            services.open_workspace(name=slug, slug=slug, owner=binh, now=NOW)


class TestNewWorkspace:
    def test_is_created_with_its_creator_as_owner(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        answer = client.post("/workspaces/new/", FORM_DATA)
        assert answer["Location"] == "/w/moc-sen/"
        made = accounts.get_workspace("moc-sen")
        assert (made.name, made.brand, made.required_fields) == ("Mộc Sen", "Mộc Sen", ["email"])
        with schemas.use(made.schema_name):
            assert [member.role for member in queries.members()] == [Role.OWNER]
        assert client.get("/w/moc-sen/").status_code == 200

    def test_needs_only_a_name(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        assert client.post("/workspaces/new/", {"name": "Gốm Phù Lãng"})["Location"] == "/w/gom-phu-lang/"
        made = accounts.get_workspace("gom-phu-lang")
        assert (made.time_zone, made.currency, made.language) == ("Asia/Ho_Chi_Minh", "VND", "vi")
        assert made.required_fields == ["full_name", "phone"]
        assert client.post("/workspaces/new/", {"name": ""}).status_code == 422

    def test_opens_the_options_when_something_is_wrong_there(
        self, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        assert 'class="mt-5" open' not in client.get("/workspaces/new/").content.decode()
        answer = client.post("/workspaces/new/", {"name": "Mộc Sen", "slug": TRA_SEN})
        assert 'class="mt-5" open' in answer.content.decode()

    def test_draws_the_required_fields_as_checkboxes(self, client_of: Callable[[str], Client]) -> None:
        text = client_of(AN).get("/workspaces/new/").content.decode()
        boxes = re.findall(r'<input class="([a-z-]+)"\s+type="checkbox"\s+name="custom_fields"', text)
        assert set(boxes) == {"checkbox-q"}

    def test_keeps_what_was_typed_when_the_address_is_taken(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post("/workspaces/new/", FORM_DATA | {"slug": TRA_SEN})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Mộc Sen" in page and TRA_SEN in page

    def test_suggests_a_free_slug_while_typing(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).get(
            "/workspaces/new/slug/", {"name": "Trà Sen"}, headers={"HX-Request": "true"}
        )
        assert 'value="tra-sen-2"' in answer.content.decode()

    def test_a_custom_choice_needs_a_field(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post("/workspaces/new/", FORM_DATA | {"profile": "custom"})
        assert answer.status_code == 422
        answer = client_of(AN).post(
            "/workspaces/new/", FORM_DATA | {"profile": "custom", "custom_fields": ["phone", "birth_on"]}
        )
        assert accounts.get_workspace("moc-sen").required_fields == ["phone", "birth_on"]

    def test_copies_the_configuration_of_another(self, client_of: Callable[[str], Client]) -> None:
        from quen.apps.contacts import queries as contacts
        from quen.apps.contacts import services as contact_services
        from quen.apps.contacts.tests.factories import make_field

        source = accounts.get_workspace(TRA_SEN)
        with schemas.use(source.schema_name):
            make_field(name="Loại da", format="single", choices=["dầu", "khô"])
            make_field(name="Ngày giỗ", name_en="Memorial day", format="special_day", is_lunar=True)
            age = make_field(name="Tuổi")
            settings = contacts.contact_settings()
            given = {"code_prefix": "TS", "code_digits": 4, "young_form": "em", "elder_from": 55}
            contact_services.update_people_settings(
                values={name: getattr(settings, name) for name in contact_services.PEOPLE_SETTINGS} | given,
                actor=SYSTEM,
                now=NOW,
            )
            contact_services.update_contact_settings(
                age_field=age, opening_values=True, actor=SYSTEM, now=NOW
            )
        accounts_services.change_workspace(workspace=source, sender_phone="0236 1234567")
        client_of(AN).post("/workspaces/new/", FORM_DATA | {"copy_from": TRA_SEN})
        made = accounts.get_workspace("moc-sen")
        assert made.sender_phone == "0236 1234567"
        with schemas.use(made.schema_name):
            fields = contacts.active_fields()
            assert [(field.name, field.name_en, field.choices, field.is_lunar) for field in fields] == [
                ("Loại da", "", ["dầu", "khô"], False),
                ("Ngày giỗ", "Memorial day", [], True),
                ("Tuổi", "", [], False),
            ]
            copied = contacts.contact_settings()
            assert {name: getattr(copied, name) for name in given} == given
            assert (copied.age_field, copied.opening_values) == (fields[2], True)
            assert copied.code_next == 1

    def test_offers_no_workspace_of_others_to_copy(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(AN).get("/workspaces/new/").content.decode()
        assert "Trà Sen" in page and "Gốm Việt" not in page
        assert client_of(AN).post("/workspaces/new/", FORM_DATA | {"copy_from": GOM_VIET}).status_code == 422
        assert "Trà Sen</option>" not in client_of(BINH).get("/workspaces/new/").content.decode()


class TestList:
    def test_counts_all_workspaces_with_one_query(
        self, workspace: Workspace, an: Member, django_assert_num_queries: Any
    ) -> None:
        from quen.apps.contacts.tests.factories import make_contacts

        make_contacts(3)
        second = services.open_workspace(
            name="Mộc Sen", slug="moc-sen", owner=accounts.users_by_id([an.user_id])[an.user_id], now=NOW
        )
        with django_assert_num_queries(1):
            here, there = queries.workspace_summaries([workspace, second], user_id=an.user_id)
        assert (here.members, here.counts["contacts"], here.role) == (2, 3, "owner")
        assert (there.members, there.counts["contacts"]) == (1, 0)

    def test_shows_the_users_own_only(self, client_of: Callable[[str], Client]) -> None:
        page = client_of(AN).get("/workspaces/").content.decode()
        assert "Trà Sen" in page and "Gốm Việt" not in page

    def test_explains_workspaces_to_a_user_without_one(self, client_of: Callable[[str], Client]) -> None:
        accounts_services.create_user(email="dung@x.example", name="Dung", password=None)
        assert (
            "Chưa có không gian làm việc" in client_of("dung@x.example").get("/workspaces/").content.decode()
        )


def settings_of(workspace: Workspace, **changes: Any) -> dict[str, Any]:
    fields = (
        "name",
        "brand",
        "advertiser",
        "time_zone",
        "currency",
        "language",
        "sender_address",
        "sender_phone",
    )
    return {name: getattr(workspace, name) for name in fields} | {"profile": "name_phone"} | changes


class TestSettings:
    def test_are_saved_logged_and_signalled(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        received: list[list[str]] = []

        def listen(fields: list[str], **_signal: Any) -> None:
            received.append(fields)

        workspace_changed.connect(listen)
        try:
            given = settings_of(workspace, brand="Trà Sen Tây Hồ", profile="email")
            answer = client_of(AN).post(f"/w/{TRA_SEN}/settings/", given)
        finally:
            workspace_changed.disconnect(listen)
        assert answer.status_code == 302, answer.content.decode()
        workspace.refresh_from_db()
        assert (workspace.brand, workspace.required_fields) == ("Trà Sen Tây Hồ", ["email"])
        assert received == [["brand", "required_fields"]]
        assert AuditEntry.objects.get(kind="workspace.changed").data == {
            "fields": ["brand", "required_fields"]
        }

    def test_unchanged_settings_are_neither_logged_nor_signalled(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        client_of(AN).post(f"/w/{TRA_SEN}/settings/", settings_of(workspace))
        assert not AuditEntry.objects.filter(kind="workspace.changed").exists()

    def test_the_logo_is_uploaded_kept_and_removed(
        self, workspace: Workspace, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        picture = SimpleUploadedFile("logo.txt", PNG)
        client.post(f"/w/{TRA_SEN}/settings/", settings_of(workspace, logo_file=picture))
        workspace.refresh_from_db()
        assert workspace.logo.startswith("data:image/png;base64,")
        client.post(f"/w/{TRA_SEN}/settings/", settings_of(workspace))
        workspace.refresh_from_db()
        assert workspace.logo
        client.post(f"/w/{TRA_SEN}/settings/", settings_of(workspace, remove_logo="on"))
        workspace.refresh_from_db()
        assert workspace.logo == ""

    @pytest.mark.parametrize(
        "content",
        [b"<svg xmlns='http://www.w3.org/2000/svg'/>", PNG + bytes(LOGO_MAX_BYTES)],
        ids=["svg", "large"],
    )
    def test_other_files_are_refused(
        self, workspace: Workspace, client_of: Callable[[str], Client], content: bytes
    ) -> None:
        picture = SimpleUploadedFile("logo.png", content, content_type="image/png")
        answer = client_of(AN).post(f"/w/{TRA_SEN}/settings/", settings_of(workspace, logo_file=picture))
        assert answer.status_code == 422
        workspace.refresh_from_db()
        assert workspace.logo == ""
