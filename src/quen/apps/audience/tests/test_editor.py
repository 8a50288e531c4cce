"""The condition editor with its count, sample and explanation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import override
from tests.cast import AN, CHI, NOW

from quen.apps.audience import forms, queries, registry
from quen.apps.audience.rules import editing
from quen.apps.audience.tests.factories import make_contact
from quen.apps.audience.types import ArgumentMissing, EvaluationContext
from quen.apps.contacts.models import ContactTag, Tag
from quen.apps.segments.tests.factories import make_segment

EDITOR = "/w/tra-sen/audience/editor/"
PART = {"HX-Request": "true"}
Clients = Callable[[str], Any]


def spent(least: object) -> dict[str, Any]:
    return {"field": "spent", "op": "at_least", "value": least}


class TestActions:
    def test_adds_a_condition_with_its_usual_values(self, workspace: Any) -> None:
        draft = editing.apply_action(
            editing.root_of(None), "add:", {"type:": ["event:ordered"]}, registry.condition_catalog()
        )
        assert draft == {"all": [{"event": "ordered", "op": "at_least", "times": 1}]}

    def test_adds_inside_a_negated_group_and_removes_again(self, workspace: Any) -> None:
        draft = {"all": [spent(1), {"not": {"any": [spent(2)]}}]}
        posted = {"type:1": ["field:gender"]}
        grown = editing.apply_action(draft, "add:1", posted, registry.condition_catalog())
        assert len(grown["all"][1]["not"]["any"]) == 2
        assert editing.apply_action(grown, "remove:1.1", {}, registry.condition_catalog()) == draft

    def test_changes_nothing_for_an_unknown_path(self, workspace: Any) -> None:
        draft = {"all": [spent(1)]}
        for action in ("add:7", "remove:3.1", "add_group:0", "nonsense", "remove:"):
            assert (
                editing.apply_action(
                    draft, action, {"type:7": ["field:gender"]}, registry.condition_catalog()
                )
                == draft
            )

    def test_reads_labels_ticks_and_days_as_typed(self, workspace: Any) -> None:
        vip = Tag.objects.create(name="VIP")
        draft = {
            "all": [
                {"field": "tags", "op": "any", "value": []},
                {"field": "member_since", "op": "before", "value": "2026-01-01"},
            ]
        }
        posted = {
            "op:0": ["not any"],
            "value:0": ["vip"],
            "op:1": ["before"],
            "value:1": ["20/10/2026"],
            "join:": ["any"],
        }
        typed = editing.apply_inputs(draft, posted, registry.condition_catalog())
        tree, errors = editing.parse_draft(typed, registry.condition_catalog())
        assert not errors
        assert tree.as_json() == {
            "any": [
                {"not": {"field": "tags", "op": "any", "value": [vip.pk]}},
                {"field": "member_since", "op": "before", "value": "2026-10-20"},
            ]
        }


class TestFocus:
    """After an action a person goes on where it led, not at the top of the page."""

    def test_goes_on_with_the_new_condition_and_with_the_picker_of_a_new_group(self, workspace: Any) -> None:
        catalog = registry.condition_catalog()
        draft = {"all": [spent(1)]}
        grown = editing.apply_action(draft, "add:", {"type:": ["field:gender"]}, catalog)
        assert editing.focus_after(draft, "add:", grown) == "row:1"
        grouped = editing.apply_action(grown, "add_group:", {}, catalog)
        assert editing.focus_after(grown, "add_group:", grouped) == "picker:2"

    def test_goes_on_with_what_took_the_place_of_a_removed_one(self, workspace: Any) -> None:
        catalog = registry.condition_catalog()
        draft = {"all": [spent(1), {"any": [spent(2)]}]}
        for action, focus in (
            ("remove:0", "remove:0"),
            ("remove:1", "remove:0"),
            ("remove:1.0", "picker:1"),
        ):
            changed = editing.apply_action(draft, action, {}, catalog)
            assert editing.focus_after(draft, action, changed) == focus

    def test_stays_where_it_is_when_nothing_changed(self, workspace: Any) -> None:
        draft = {"all": [spent(1)]}
        assert editing.focus_after(draft, "update", draft) == ""


class TestRows:
    """A row reads as its sentence, with a control in place of each argument."""

    def row_of(self, condition: dict[str, Any], workspace: Any) -> Any:
        context = EvaluationContext(NOW, workspace.zone)
        editor = forms.build_editor({"all": [condition]}, registry.condition_catalog(), context)
        return editor.root.rows[0]

    def test_says_the_words_of_the_sentence_around_its_controls(self, workspace: Any) -> None:
        condition = {"event": "ordered", "op": "at_least", "times": 2, "last_days": 90}
        row = self.row_of(condition, workspace)
        assert (row.connective, row.opening) == ("Khách", "đã mua ít nhất")
        assert [(part.input.value, part.input.unit) for part in row.parts] == [("2", "lần")]
        assert row.details.text == "trong 90 ngày qua"

    def test_not_is_a_word_among_the_operators(self, workspace: Any) -> None:
        row = self.row_of({"field": "tags", "op": "any", "value": []}, workspace)
        assert [option.label for option in row.operators][:3] == ["có thẻ …", "có đủ thẻ …", "không có thẻ …"]
        consent = self.row_of({"field": "consent_email", "op": "is", "value": ["granted"]}, workspace)
        assert consent.opening == "có"
        assert [option.label for option in consent.operators] == ["có …", "không …"]
        assert consent.parts[0].input.text == "đồng ý nhận email"

    def test_what_has_no_words_for_not_is_an_exception(self, workspace: Any) -> None:
        row = self.row_of({"not": {"field": "full_name", "op": "begins", "value": "Lan"}}, workspace)
        assert row.opening == "trừ khách có họ và tên bắt đầu bằng"
        assert [option.value for option in row.exceptions] == ["not begins"]

    def test_a_new_consent_condition_asks_for_those_who_agreed(self, workspace: Any) -> None:
        posted = {"type:": ["field:consent_email"]}
        draft = editing.apply_action(editing.root_of(None), "add:", posted, registry.condition_catalog())
        assert draft["all"][0]["value"] == ["granted"]


class TestMenu:
    def test_offers_what_segments_use_most_first(self, workspace: Any) -> None:
        for number in range(9):
            make_segment(name=f"{number}", tree={"field": "gender", "op": "filled"})
        (label, first), *groups = forms.menu(registry.condition_catalog().all())
        assert (label, first[0].value) == ("Hay dùng", "field:gender")
        assert any(option.value == "field:gender" for _group, options in groups for option in options)


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
        assert '<option value="not any" selected>không khớp dòng nào</option>' in html

    def test_adds_by_a_plain_form_and_keeps_what_was_typed(self, workspace: Any, client_of: Clients) -> None:
        posted = {
            "tree": json.dumps({"all": [spent(1)]}),
            "op:0": "at_least",
            "value:0": "250.000",
            "type:": "event:ordered",
            "command": "add:",
        }
        answer = client_of(AN).post(EDITOR, posted)
        assert answer.context["editor"].draft == {
            "all": [spent("250.000"), {"event": "ordered", "op": "at_least", "times": 1}]
        }

    def test_redirects_to_the_page_with_the_tree(self, workspace: Any, client_of: Clients) -> None:
        posted = {
            "tree": json.dumps([spent(5)]),
            "to": "/w/tra-sen/contacts/?sort=name&after=x",
            "command": "apply",
        }
        answer = client_of(AN).post(EDITOR, posted)
        address, _mark, tree = answer.headers["Location"].rpartition("rules=")
        assert address == "/w/tra-sen/contacts/?sort=name&"
        assert queries.tree_from_query(tree).as_json() == spent(5)

    def test_never_redirects_to_another_site(self, workspace: Any, client_of: Clients) -> None:
        posted = {"tree": "[]", "to": "https://evil.example/", "command": "apply"}
        answer = client_of(AN).post(EDITOR, posted)
        assert "evil" not in answer.headers["Location"]

    def test_shows_the_refusal_beside_the_condition(self, workspace: Any, client_of: Clients) -> None:
        answer = client_of(AN).post(
            EDITOR, {"tree": json.dumps([spent("nhiều")]), "command": "apply"}, headers=PART
        )
        assert answer.status_code == 422
        assert "nhiều" in answer.content.decode()

    def test_chi_gets_404(self, workspace: Any, client_of: Clients) -> None:
        assert client_of(CHI).get(EDITOR).status_code == 404


class TestResult:
    def test_counts_and_leaves_out_what_is_not_complete(self, workspace: Any, client_of: Clients) -> None:
        make_contact(spent=10)
        make_contact(spent=1)
        draft = [spent(5), {"field": "gender", "op": "is", "value": []}]
        answer = client_of(AN).post("/w/tra-sen/audience/count/", {"tree": json.dumps(draft)}, headers=PART)
        html = answer.content.decode()
        assert '<strong class="num">1</strong>' in html
        assert "1 điều kiện" in html

    def test_shows_sample_contacts(self, workspace: Any, client_of: Clients) -> None:
        make_contact(full_name="Đỗ Mỹ Linh", phone="+84905318274")
        answer = client_of(AN).post("/w/tra-sen/audience/sample/", {"tree": "[]"}, headers=PART)
        html = answer.content.decode()
        assert "Đỗ Mỹ Linh" in html
        assert "0905 318 274" in html


class TestExplain:
    def test_finds_the_contact_and_explains_every_part(self, workspace: Any, client_of: Clients) -> None:
        linh = make_contact(full_name="Đỗ Mỹ Linh", spent=200_000)
        tag = Tag.objects.create(name="VIP")
        ContactTag.objects.create(contact=linh, tag=tag)
        tree = json.dumps([spent(100_000), {"not": {"field": "tags", "op": "any", "value": ["VIP"]}}])
        found = client_of(AN).post("/w/tra-sen/audience/explain/", {"tree": tree, "q": "linh"}, headers=PART)
        assert f'value="{linh.pk}"' in found.content.decode()
        answer = client_of(AN).post("/w/tra-sen/audience/explain/", {"tree": tree, "contact": linh.pk})
        explanation = answer.context["explanation"]
        assert not explanation.holds
        assert [(str(n.node.as_json())[2:5], n.holds) for n in explanation.children] == [
            ("fie", True),
            ("not", False),
        ]
        inner = explanation.children[1].children[0]
        assert (inner.holds, inner.actual_value, inner.path) == (True, "VIP", "/all/1/not")

    def test_describes_in_the_active_language(self, workspace: Any) -> None:
        tree = queries.parse({"field": "province", "op": "is", "value": ["48"]})
        with override("en"):
            sentence = queries.describe(tree, now=NOW, zone=workspace.zone)
        assert sentence.__html__() == "in <b>Đà Nẵng</b>"


class TestInsideAPage:
    """A page that embeds the editor reads its tree."""

    def test_gives_the_tree_with_what_was_typed_since(self, workspace: Any) -> None:
        posted = {"tree": [json.dumps({"all": [spent(1)]})], "op:0": ["at_least"], "value:0": ["500000"]}
        assert queries.tree_from_editor(posted) == queries.parse(spent(500000))

    def test_refuses_what_is_not_complete_but_a_draft_goes_without_it(self, workspace: Any) -> None:
        posted = {"tree": [json.dumps({"all": [spent(1), {"field": "spent", "op": "at_least"}]})]}
        with pytest.raises(ArgumentMissing):
            queries.tree_from_editor(posted)
        assert queries.draft_from_editor(posted) == queries.parse(spent(1))

    def test_has_no_button_of_its_own_that_leads_away(self, client_of: Clients) -> None:
        answer = client_of(AN).get(f"{EDITOR}?embedded=1&to=/w/tra-sen/segments/new/", headers=PART)
        assert 'name="embedded"' in answer.text
        assert 'value="apply"' not in answer.text.split("<noscript>")[0]
