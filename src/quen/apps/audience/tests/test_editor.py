"""The sentence editor, its count, sample and explanation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import override
from tests.cast import AN, CHI, NOW

from quen.apps.audience import queries, registry
from quen.apps.audience.rules import editing
from quen.apps.audience.tests.people import make_contact
from quen.apps.audience.types import ArgumentMissing
from quen.apps.contacts.models import ContactTag, Tag

EDITOR = "/w/tra-sen/audience/editor/"
PART = {"HX-Request": "true"}
Clients = Callable[[str], Any]


def spent(least: object) -> dict[str, Any]:
    return {"field": "spent", "op": "at_least", "value": least}


class TestMoves:
    def test_adds_a_condition_with_its_usual_values(self, workspace: Any) -> None:
        draft = editing.act(editing.root_of(None), "add:", {"what:": ["event:ordered"]}, registry.catalogue())
        assert draft == {"all": [{"event": "ordered", "op": "at_least", "times": 1}]}

    def test_adds_inside_a_negated_group_and_removes_again(self, workspace: Any) -> None:
        draft = {"all": [spent(1), {"not": {"any": [spent(2)]}}]}
        posted = {"what:1": ["field:gender"]}
        grown = editing.act(draft, "add:1", posted, registry.catalogue())
        assert len(grown["all"][1]["not"]["any"]) == 2
        assert editing.act(grown, "remove:1.1", {}, registry.catalogue()) == draft

    def test_changes_nothing_for_a_place_that_is_not_there(self, workspace: Any) -> None:
        draft = {"all": [spent(1)]}
        for deed in ("add:7", "remove:3.1", "group:0", "nonsense", "remove:"):
            assert editing.act(draft, deed, {"what:7": ["field:gender"]}, registry.catalogue()) == draft

    def test_reads_labels_ticks_and_days_as_typed(self, workspace: Any) -> None:
        vip = Tag.objects.create(name="VIP")
        draft = {
            "all": [
                {"field": "tags", "op": "any", "value": []},
                {"field": "member_since", "op": "before", "value": "2026-01-01"},
            ]
        }
        posted = {
            "op:0": ["any"],
            "value:0": ["vip"],
            "here:0": ["1"],
            "not:0": ["1"],
            "op:1": ["before"],
            "value:1": ["20/10/2026"],
            "join:": ["any"],
        }
        typed = editing.with_inputs(draft, posted, registry.catalogue())
        tree, refused = editing.readable(typed, registry.catalogue())
        assert not refused
        assert tree.as_json() == {
            "any": [
                {"field": "member_since", "op": "before", "value": "2026-10-20"},
                {"not": {"field": "tags", "op": "any", "value": [vip.pk]}},
            ]
        }


class TestEditor:
    def test_draws_a_tree_as_a_form(self, workspace: Any, client_of: Clients) -> None:
        tree = queries.parse(
            [spent(100_000), {"not": {"any": [spent(1), {"field": "gender", "op": "empty"}]}}]
        )
        answer = client_of(AN).get(
            EDITOR, {"tree": queries.tree_to_query(tree), "to": "/w/tra-sen/contacts/"}
        )
        html = answer.content.decode()
        assert answer.status_code == 200
        assert 'value="100.000"' in html
        assert 'name="not:1"' in html

    def test_adds_by_a_plain_form_and_keeps_what_was_typed(self, workspace: Any, client_of: Clients) -> None:
        posted = {
            "tree": json.dumps({"all": [spent(1)]}),
            "op:0": "at_least",
            "value:0": "250.000",
            "what:": "event:ordered",
            "do": "add:",
        }
        answer = client_of(AN).post(EDITOR, posted)
        assert answer.context["editor"].draft == {
            "all": [spent("250.000"), {"event": "ordered", "op": "at_least", "times": 1}]
        }

    def test_takes_the_tree_to_the_page_that_asked(self, workspace: Any, client_of: Clients) -> None:
        posted = {
            "tree": json.dumps([spent(5)]),
            "to": "/w/tra-sen/contacts/?sort=name&after=x",
            "do": "apply",
        }
        answer = client_of(AN).post(EDITOR, posted)
        address, _mark, tree = answer.headers["Location"].rpartition("rules=")
        assert address == "/w/tra-sen/contacts/?sort=name&"
        assert queries.tree_from_query(tree).as_json() == spent(5)

    def test_goes_to_no_other_site(self, workspace: Any, client_of: Clients) -> None:
        posted = {"tree": "[]", "to": "https://evil.example/", "do": "apply"}
        answer = client_of(AN).post(EDITOR, posted)
        assert "evil" not in answer.headers["Location"]

    def test_shows_the_refusal_beside_the_condition(self, workspace: Any, client_of: Clients) -> None:
        answer = client_of(AN).post(
            EDITOR, {"tree": json.dumps([spent("nhiều")]), "do": "apply"}, headers=PART
        )
        assert answer.status_code == 422
        assert "nhiều" in answer.content.decode()

    def test_a_stranger_gets_404(self, workspace: Any, client_of: Clients) -> None:
        assert client_of(CHI).get(EDITOR).status_code == 404


class TestFound:
    def test_counts_and_leaves_out_what_is_not_complete(self, workspace: Any, client_of: Clients) -> None:
        make_contact(spent=10)
        make_contact(spent=1)
        draft = [spent(5), {"field": "gender", "op": "is", "value": []}]
        answer = client_of(AN).post("/w/tra-sen/audience/count/", {"tree": json.dumps(draft)}, headers=PART)
        html = answer.content.decode()
        assert '<strong class="num">1</strong>' in html
        assert '<p class="hint">1 ' in html

    def test_names_people(self, workspace: Any, client_of: Clients) -> None:
        make_contact(full_name="Đỗ Mỹ Linh", phone="+84905318274")
        answer = client_of(AN).post("/w/tra-sen/audience/sample/", {"tree": "[]"}, headers=PART)
        html = answer.content.decode()
        assert "Đỗ Mỹ Linh" in html
        assert "0905 318 274" in html


class TestExplain:
    def test_finds_the_person_and_tells_every_part(self, workspace: Any, client_of: Clients) -> None:
        linh = make_contact(full_name="Đỗ Mỹ Linh", spent=200_000)
        tag = Tag.objects.create(name="VIP")
        ContactTag.objects.create(contact=linh, tag=tag)
        tree = json.dumps([spent(100_000), {"not": {"field": "tags", "op": "any", "value": ["VIP"]}}])
        found = client_of(AN).post(
            "/w/tra-sen/audience/explain/", {"tree": tree, "words": "linh"}, headers=PART
        )
        assert f'value="{linh.pk}"' in found.content.decode()
        told = client_of(AN).post("/w/tra-sen/audience/explain/", {"tree": tree, "contact": linh.pk})
        explained = told.context["explained"]
        assert not explained.holds
        assert [(str(n.node.as_json())[2:5], n.holds) for n in explained.children] == [
            ("fie", True),
            ("not", False),
        ]
        inner = explained.children[1].children[0]
        assert (inner.holds, inner.actual, inner.path) == (True, "VIP", "/all/1/not")

    def test_says_sentences_in_the_reader_s_language(self, workspace: Any) -> None:
        tree = queries.parse({"field": "province", "op": "is", "value": ["48"]})
        with override("en"):
            words = queries.sentence(tree, now=NOW, zone=workspace.zone)
        assert words.__html__() == "in <b>Đà Nẵng</b>"


class TestInsideAPage:
    """A page around the editor saves what the editor holds."""

    def test_gives_the_tree_with_what_was_typed_since(self, workspace: Any) -> None:
        posted = {"tree": [json.dumps({"all": [spent(1)]})], "op:0": ["at_least"], "value:0": ["500000"]}
        assert queries.tree_from_editor(posted) == queries.parse(spent(500000))

    def test_refuses_what_is_not_complete_but_a_draft_goes_without_it(self, workspace: Any) -> None:
        posted = {"tree": [json.dumps({"all": [spent(1), {"field": "spent", "op": "at_least"}]})]}
        with pytest.raises(ArgumentMissing):
            queries.tree_from_editor(posted)
        assert queries.draft_from_editor(posted) == queries.parse(spent(1))

    def test_has_no_button_of_its_own_that_leads_away(self, client_of: Clients) -> None:
        answer = client_of(AN).get(f"{EDITOR}?inside=1&to=/w/tra-sen/segments/new/", headers=PART)
        assert 'name="inside"' in answer.text
        assert 'value="apply"' not in answer.text.split("<noscript>")[0]
