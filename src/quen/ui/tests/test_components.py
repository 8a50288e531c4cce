"""Components: what they draw, and that nothing a person wrote becomes markup."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory

from quen.ui import icons
from quen.ui.tags.basics import initials
from quen.ui.tags.lists import spark_points
from quen.ui.widgets import ComboInput, DayField, WordsField

EVIL = "<u>&\"'"


def draw(source: str, **values: Any) -> str:
    return Template("{% load i18n ui %}" + source).render(Context(values))


class Sample(forms.Form):
    name = forms.CharField(help_text="As people write it")
    born_on = DayField(required=False)
    words = WordsField(widget=ComboInput(options=["VIP", "sỉ"]), required=False)
    way = forms.ChoiceField(choices=[("skip", "Skip"), ("fill", "Fill")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)


class TestIcons:
    def test_an_icon_is_hidden_from_readers_unless_it_has_a_label(self) -> None:
        assert 'aria-hidden="true"' in icons.svg("users")
        assert 'role="img" aria-label="&lt;u&gt;' in icons.svg("users", label=EVIL)

    def test_an_unknown_icon_is_refused(self) -> None:
        with pytest.raises(icons.NoSuchIcon):
            icons.svg("no-such-icon")


class TestEscaping:
    @pytest.mark.parametrize(
        "source",
        [
            "{% ui_button evil %}",
            "{% ui_button evil href='/' label=evil %}",
            "{% ui_chip evil value=evil remove='/' %}",
            "{% ui_tag evil remove='/' %}",
            "{% ui_tags many %}",
            "{% ui_badge evil %}",
            "{% ui_state evil %}",
            "{% ui_avatar evil %}",
            "{% ui_empty evil text=evil button=evil data_x=evil %}",
            "{% ui_stat evil value=evil hint=evil %}",
            "{% ui_progress evil %}",
            "{% ui_card title=evil note=evil %}{{ evil }}{% endui_card %}",
            "{% ui_modal id='m' title=evil %}{{ evil }}{% endui_modal %}",
            "{% ui_menu evil %}{% ui_menu_item evil %}{% endui_menu %}",
            "{% ui_notice %}{{ evil }}{% endui_notice %}",
            "{% ui_search value=evil placeholder=evil data_x=evil %}",
            "{% ui_combobox 'x' evil options=many chosen=many %}",
            "{% ui_switch 'x' evil %}",
            "{% ui_breadcrumb crumbs here=evil %}",
        ],
    )
    def test_words_stay_words(self, source: str) -> None:
        text = draw(source, evil=EVIL, many=[EVIL, EVIL, EVIL], crumbs=[(EVIL, "/")])
        assert "<u>" not in text
        assert "&lt;" in text


class TestButton:
    def test_a_link_is_a_link_and_a_button_a_button(self) -> None:
        assert draw("{% ui_button 'Go' href='/x/' %}").startswith('<a class="btn btn-line')
        assert 'type="submit"' in draw("{% ui_button 'Go' tone='main' %}")

    def test_attributes_are_written_with_dashes_and_colons(self) -> None:
        text = draw(
            "{% ui_button 'Go' hx_post='/x/' hx_headers__inherited='{}' disabled=yes hidden=no %}",
            yes=True,
            no=False,
        )
        assert ' hx-post="/x/"' in text
        assert ' hx-headers:inherited="{}"' in text
        assert " disabled" in text
        assert "hidden" not in text

    def test_an_unknown_tone_is_refused(self) -> None:
        with pytest.raises(KeyError):
            draw("{% ui_button 'Go' tone='purple' %}")


class TestField:
    def test_the_hint_belongs_to_the_box(self) -> None:
        text = draw("{% ui_field form.name %}", form=Sample())
        assert 'aria-describedby="id_name_helptext"' in text
        assert 'id="id_name_helptext"' in text
        assert 'class="box"' in text

    def test_an_error_is_said_and_marked(self) -> None:
        text = draw("{% ui_field form.name %}", form=Sample({"name": ""}))
        assert 'aria-invalid="true"' in text
        assert 'id="id_name_error"' in text
        assert "box-bad" in text

    def test_radios_keep_what_was_chosen(self) -> None:
        text = draw("{% ui_field form.way %}", form=Sample(initial={"way": "fill"}))
        assert text.count('type="radio"') == 2
        assert text.count("checked") == 1
        assert "<fieldset" in text

    def test_a_day_is_written_as_people_write_it(self) -> None:
        form = Sample({"name": "An", "way": "fill", "born_on": "20/10/1991"})
        assert form.is_valid()
        assert form.cleaned_data["born_on"].isoformat() == "1991-10-20"
        assert 'value="20/10/1991"' in draw("{% ui_field form.born_on %}", form=form)

    def test_words_come_one_by_one_or_by_commas_and_only_once(self) -> None:
        data = QueryDict("name=An&way=fill&words=VIP&words=s%E1%BB%89,%20VIP&words=")
        form = Sample(data)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["words"] == ["VIP", "sỉ"]
        text = draw("{% ui_field form.words %}", form=form)
        assert 'value="VIP, sỉ"' in text
        assert text.count("<option") == 2

    def test_errors_of_the_whole_form_are_an_alert(self) -> None:
        form = Sample({"name": "An", "way": "fill"})
        form.add_error(None, "Not now")
        assert 'role="alert"' in draw("{% ui_form_errors form %}", form=form)
        assert draw("{% ui_form_errors form %}", form=Sample()) == ""


class TestLists:
    def th(self, query: str, now: str) -> str:
        request = RequestFactory().get(f"/?{query}")
        return draw("{% ui_th 'Name' sort='name' now=now %}", request=request, now=now)

    def test_a_head_sorts_and_turns_around_and_forgets_the_page(self) -> None:
        assert 'href="?q=vy&amp;sort=name"' in self.th("q=vy&after=abc", "-seen")
        up = self.th("q=vy", "name")
        assert 'aria-sort="ascending"' in up
        assert "sort=-name" in up
        down = self.th("", "-name")
        assert 'aria-sort="descending"' in down
        assert 'href="?sort=name"' in down

    def test_progress_tells_its_share_and_is_full_only_at_the_end(self) -> None:
        assert 'value="57"' in draw("{% ui_progress 'Import' done=7238 total=12480 %}")
        assert " value=" not in draw("{% ui_progress 'Import' %}")

    def test_a_line_of_one_or_equal_values_stays_inside(self) -> None:
        assert spark_points([], 88, 24) == []
        assert spark_points([5], 88, 24) == [("2.0", "21.0")]
        assert {y for _x, y in spark_points([3, 3, 3], 88, 24)} == {"21.0"}
        assert spark_points([0, 10], 88, 24) == [("2.0", "21.0"), ("86.0", "3.0")]

    def test_steps_behind_can_be_reached(self) -> None:
        text = draw(
            "{% ui_steps steps here=2 %}", steps=[("File", "/1/"), ("Columns", "/2/"), ("Run", "/3/")]
        )
        assert 'href="/1/"' in text
        assert 'href="/3/"' not in text
        assert text.count('aria-current="step"') == 1

    def test_an_unknown_drawing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="elephant"):
            draw("{% ui_empty 'x' picture='elephant' %}")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Nguyễn Thị Thảo Vy", "TV"), ("Đặng Ngọc Ánh", "NÁ"), ("An", "A"), ("", "")],
)
def test_initials_are_the_last_two_words(name: str, letters: str) -> None:
    assert initials(name) == letters
