"""Components: what they render, and that user input never becomes markup."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from quen.ui import icons
from quen.ui.tags.basics import initials
from quen.ui.tags.lists import spark_points
from quen.ui.widgets import ComboboxInput, DayField, StringListField

EVIL = "<u>&\"'"


def render(source: str, **values: Any) -> str:
    return Template("{% load i18n ui %}" + source).render(Context(values))


class Sample(forms.Form):
    name = forms.CharField(help_text="As people write it")
    born_on = DayField(required=False)
    tags = StringListField(widget=ComboboxInput(options=["VIP", "sỉ"]), required=False)
    existing = forms.ChoiceField(choices=[("skip", "Skip"), ("fill", "Fill")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)


class TestIcons:
    def test_an_icon_is_hidden_from_readers_unless_it_has_a_label(self) -> None:
        assert 'aria-hidden="true"' in icons.svg("users")
        assert 'role="img" aria-label="&lt;u&gt;' in icons.svg("users", label=EVIL)

    def test_an_unknown_icon_is_refused(self) -> None:
        with pytest.raises(icons.NoSuchIcon):
            icons.svg("no-such-icon")


def test_a_text_to_be_translated_is_in_the_language_of_the_page() -> None:
    with translation.override("vi"):
        assert "Hồ sơ của tôi" in render("{% ui_menu_item _('My profile') href='/me/' %}")
    with translation.override("en"):
        assert "My profile" in render("{% ui_menu_item _('My profile') href='/me/' %}")


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
            "{% ui_combobox 'x' evil options=many selected=many %}",
            "{% ui_switch 'x' evil %}",
            "{% ui_breadcrumb crumbs current=evil %}",
        ],
    )
    def test_user_input_is_escaped(self, source: str) -> None:
        text = render(source, evil=EVIL, many=[EVIL, EVIL, EVIL], crumbs=[(EVIL, "/")])
        assert "<u>" not in text
        assert "&lt;" in text


class TestButton:
    def test_a_link_is_a_link_and_a_button_a_button(self) -> None:
        assert render("{% ui_button 'Go' href='/x/' %}").startswith('<a class="btn btn-line')
        assert 'type="submit"' in render("{% ui_button 'Go' tone='main' %}")

    def test_attributes_are_written_with_dashes_and_colons(self) -> None:
        text = render(
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
            render("{% ui_button 'Go' tone='purple' %}")


class TestField:
    def test_the_hint_describes_the_input(self) -> None:
        text = render("{% ui_field form.name %}", form=Sample())
        assert 'aria-describedby="id_name_helptext"' in text
        assert 'id="id_name_helptext"' in text
        assert 'class="box"' in text

    def test_an_error_is_shown_and_marked(self) -> None:
        text = render("{% ui_field form.name %}", form=Sample({"name": ""}))
        assert 'aria-invalid="true"' in text
        assert 'id="id_name_error"' in text
        assert "box-bad" in text

    def test_radios_keep_the_selected_value(self) -> None:
        text = render("{% ui_field form.existing %}", form=Sample(initial={"existing": "fill"}))
        assert text.count('type="radio"') == 2
        assert text.count("checked") == 1
        assert "<fieldset" in text

    def test_a_date_is_read_and_shown_as_people_type_it(self) -> None:
        form = Sample({"name": "An", "existing": "fill", "born_on": "20/10/1991"})
        assert form.is_valid()
        assert form.cleaned_data["born_on"].isoformat() == "1991-10-20"
        assert 'value="20/10/1991"' in render("{% ui_field form.born_on %}", form=form)

    def test_values_are_read_separately_or_comma_separated_without_duplicates(self) -> None:
        data = QueryDict("name=An&existing=fill&tags=VIP&tags=s%E1%BB%89,%20VIP&tags=")
        form = Sample(data)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["tags"] == ["VIP", "sỉ"]
        text = render("{% ui_field form.tags %}", form=form)
        assert 'value="VIP, sỉ"' in text
        assert text.count("<option") == 2

    def test_form_errors_are_an_alert(self) -> None:
        form = Sample({"name": "An", "existing": "fill"})
        form.add_error(None, "Cancel")
        assert 'role="alert"' in render("{% ui_form_errors form %}", form=form)
        assert render("{% ui_form_errors form %}", form=Sample()) == ""


class TestLists:
    def th(self, query: str, current: str) -> str:
        request = RequestFactory().get(f"/?{query}")
        return render("{% ui_th 'Name' sort='name' current=current %}", request=request, current=current)

    def test_a_header_sorts_reverses_and_resets_the_page(self) -> None:
        assert 'href="?q=vy&amp;sort=name"' in self.th("q=vy&after=abc", "-seen")
        ascending = self.th("q=vy", "name")
        assert 'aria-sort="ascending"' in ascending
        assert "sort=-name" in ascending
        descending = self.th("", "-name")
        assert 'aria-sort="descending"' in descending
        assert 'href="?sort=name"' in descending

    def test_progress_shows_its_percentage(self) -> None:
        assert 'value="57"' in render("{% ui_progress 'Import' done=7238 total=12480 %}")
        assert " value=" not in render("{% ui_progress 'Import' %}")

    def test_a_sparkline_of_one_or_equal_values_stays_inside(self) -> None:
        assert spark_points([], 88, 24) == []
        assert spark_points([5], 88, 24) == [("2.0", "21.0")]
        assert {y for _x, y in spark_points([3, 3, 3], 88, 24)} == {"21.0"}
        assert spark_points([0, 10], 88, 24) == [("2.0", "21.0"), ("86.0", "3.0")]

    def test_previous_steps_are_links(self) -> None:
        text = render(
            "{% ui_steps steps current=2 %}", steps=[("File", "/1/"), ("Columns", "/2/"), ("Run", "/3/")]
        )
        assert 'href="/1/"' in text
        assert 'href="/3/"' not in text
        assert text.count('aria-current="step"') == 1

    def test_an_unknown_picture_is_refused(self) -> None:
        with pytest.raises(ValueError, match="elephant"):
            render("{% ui_empty 'x' picture='elephant' %}")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Nguyễn Thị Thảo Vy", "TV"), ("Đặng Ngọc Ánh", "NÁ"), ("An", "A"), ("", "")],
)
def test_initials_are_the_last_two_words(name: str, letters: str) -> None:
    assert initials(name) == letters
