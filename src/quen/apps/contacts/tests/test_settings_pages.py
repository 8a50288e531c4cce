"""The pages of fields, tags and sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI

from quen.apps.contacts import queries
from quen.apps.contacts.models import Field, Source, Tag
from quen.apps.contacts.tests.factories import make_contact, make_field, make_source, make_tag
from quen.apps.contacts.types import FieldFormat

SignIn = Callable[[str], Client]
BASE = "/w/tra-sen/contacts/"


@pytest.mark.parametrize("page", ["fields/", "tags/", "sources/"])
class TestEveryone:
    def test_may_look(self, page: str, workspace: Any, client_of: SignIn) -> None:
        make_field()
        make_tag("VIP")
        assert client_of(BINH).get(BASE + page).status_code == 200
        assert client_of(CHI).get(BASE + page).status_code == 404

    def test_viewers_change_nothing(self, page: str, workspace: Any, client_of: SignIn) -> None:
        made = {"fields/": make_field(), "tags/": make_tag("VIP"), "sources/": make_source()}[page]
        assert client_of(BINH).post(f"{BASE}{page}{made.pk}/", {"name": "x"}).status_code == 403


class TestFieldPages:
    def test_make_change_move_and_archive(self, workspace: Any, client_of: SignIn) -> None:
        client = client_of(AN)
        given = {
            "name": "Loại da",
            "format": "single",
            "choices": "Khô\nDầu\n",
            "default": "Khô",
            "shown": "on",
        }
        client.post(f"{BASE}fields/new/", given)
        field = Field.objects.get()
        assert (field.choices, field.default) == (["Khô", "Dầu"], "Khô")
        make_contact(attrs={str(field.pk): "Dầu"})
        client.post(f"{BASE}fields/{field.pk}/", {"name": "Kiểu da", "default": "Dầu", "shown": "on"})
        field.refresh_from_db()
        assert (field.name, field.default, field.choices) == ("Kiểu da", "Dầu", ["Khô", "Dầu"])
        assert (
            client.post(f"{BASE}fields/{field.pk}/delete/", headers={"HX-Request": "true"}).status_code == 422
        )
        page = client.get(f"{BASE}fields/{field.pk}/").content.decode()
        assert "1 khách hàng có giá trị ở trường này." in page
        assert f"{field.pk}/archive/" in page and f"{field.pk}/delete/" not in page
        client.post(f"{BASE}fields/{field.pk}/archive/")
        assert queries.active_fields() == []
        client.post(f"{BASE}fields/{field.pk}/restore/")
        other = make_field(name="Tuổi", format=FieldFormat.NUMBER)
        client.post(f"{BASE}fields/{other.pk}/move/", {"direction": "up"})
        assert queries.active_fields() == [other, field]

    def test_choices_are_asked_for(self, workspace: Any, client_of: SignIn) -> None:
        answer = client_of(AN).post(f"{BASE}fields/new/", {"name": "Loại da", "format": "single"})
        assert answer.status_code == 422


class TestTagPages:
    def test_make_rename_merge_and_delete(self, workspace: Any, client_of: SignIn) -> None:
        client = client_of(AN)
        client.post(f"{BASE}tags/new/", {"name": "VIP"})
        make_contact(tags=["quen"])
        quen = make_tag("quen")
        client.post(f"{BASE}tags/{quen.pk}/", {"name": "quen", "description": "Mua hơn ba lần"})
        assert "Mua hơn ba lần" in client.get(f"{BASE}tags/").content.decode()
        client.post(f"{BASE}tags/{quen.pk}/", {"name": "quen", "colour": "jade"})
        assert 'data-colour="jade"' in client.get(f"{BASE}tags/").content.decode()
        asked = client.post(f"{BASE}tags/{quen.pk}/", {"name": "vip"})
        assert asked.status_code == 422
        assert "Gộp hai thẻ?" in asked.content.decode()
        client.post(f"{BASE}tags/{quen.pk}/merge/", {"into": make_tag("VIP").pk})
        assert [(row.name, row.contact_count) for row in queries.tags_with_counts()] == [("VIP", 1)]
        client.post(f"{BASE}tags/{make_tag('VIP').pk}/delete/")
        assert not Tag.objects.exists()

    def test_suggests_without_marks(self, workspace: Any, client_of: SignIn) -> None:
        make_tag("Thân thiết")
        make_tag("VIP")
        assert client_of(BINH).get(f"{BASE}tags/suggestions/?q=than").json() == ["Thân thiết"]

    def test_viewers_make_none(self, workspace: Any, client_of: SignIn) -> None:
        assert client_of(BINH).post(f"{BASE}tags/new/", {"name": "VIP"}).status_code == 403


class TestSourcePages:
    def test_make_and_put_out_of_use(self, workspace: Any, client_of: SignIn) -> None:
        client = client_of(AN)
        client.post(f"{BASE}sources/new/", {"name": "Hội chợ xuân", "kind": "staff"})
        source = Source.objects.get(name="Hội chợ xuân")
        assert (source.code, source.active) == ("hoi-cho-xuan", True)
        client.post(f"{BASE}sources/{source.pk}/", {"name": "Hội chợ", "kind": "staff"})
        source.refresh_from_db()
        assert (source.name, source.active) == ("Hội chợ", False)

    def test_refuses_a_name_in_use(self, workspace: Any, client_of: SignIn) -> None:
        make_source(name="Trang", code="trang")
        answer = client_of(AN).post(f"{BASE}sources/new/", {"name": "trang", "kind": "staff"})
        assert answer.status_code == 422
