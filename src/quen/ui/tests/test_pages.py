"""Responses of views: whole pages, parts, actions, refusals."""

import json
import re
from typing import Any, ClassVar

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory

from quen.core.errors import DomainError, NotAllowed, NotFound
from quen.ui import errors, gallery
from quen.ui.middleware import RefusalMiddleware
from quen.ui.pages import page, refusals_on, success
from quen.ui.toasts import toasts_from_messages

pytestmark = pytest.mark.urls("quen.ui.tests.urls")
HTMX = {"HTTP_HX_REQUEST": "true"}


class Points(forms.Form):
    points = forms.IntegerField()


class TooFew(DomainError):
    code = "too_few"
    status = 409
    text = "Only %(left)s points are left."


class WrongPoints(TooFew):
    field: ClassVar[str | None] = "points"


def make_request(method: str = "get", path: str = "/team/", **headers: Any) -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(), method)(path, **headers)
    storage: Any = CookieStorage(request)
    request.__dict__["_messages"] = storage
    return request


class TestPage:
    def part(self, **headers: Any) -> str:
        request = make_request(**headers)
        context = {
            "form": gallery.SampleForm(),
            "wrong": gallery.SampleForm(),
            "sample_list": gallery.sample_list(),
            "charts": gallery.sample_charts(),
        }
        return page(request, "ui/gallery.html", context, part="fields").content.decode().lstrip()

    def test_sends_the_whole_page_to_a_browser(self) -> None:
        assert self.part().startswith("<!DOCTYPE html>")

    def test_sends_only_the_part_to_htmx(self) -> None:
        text = self.part(**HTMX).strip()
        assert text.startswith("<form")
        assert 'name="email"' in text

    def test_sends_the_whole_page_to_a_boosted_link_and_to_the_history(self) -> None:
        for header in ("HTTP_HX_BOOSTED", "HTTP_HX_HISTORY_RESTORE_REQUEST"):
            assert self.part(**HTMX, **{header: "true"}).startswith("<!DOCTYPE html>")

    def test_varies_on_htmx(self) -> None:
        response = page(make_request(), "ui/parts/form_errors.html")
        assert "HX-Request" in response["Vary"]

    def test_a_form_with_errors_is_422(self) -> None:
        request = make_request()
        bad, good = Points({"points": "many"}), Points({"points": "3"})
        assert page(request, "ui/parts/form_errors.html", {"form": bad}).status_code == 422
        assert page(request, "ui/parts/form_errors.html", {"form": good}).status_code == 200
        assert page(request, "ui/parts/form_errors.html", {"form": Points()}).status_code == 200


class TestSuccess:
    def test_htmx_stays_and_gets_the_event_and_the_toast(self) -> None:
        response = success(
            make_request("post", **HTMX), message="Đã lưu.", event="shop:changed", undo="/undo/"
        )
        assert response.status_code == 204
        assert response["HX-Trigger"].isascii()
        assert json.loads(response["HX-Trigger"]) == {
            "shop:changed": {},
            "toast": {"text": "Đã lưu.", "undo": "/undo/", "tone": "good"},
        }

    def test_htmx_is_redirected_and_the_toast_shown_there(self) -> None:
        request = make_request("post", **HTMX)
        response = success(request, message="Đã lưu.", to="/shop/", undo="/undo/?run=7")
        assert response["HX-Redirect"] == "/shop/"
        assert "HX-Trigger" not in response
        [toast] = toasts_from_messages(get_messages(request))
        assert (toast.text, toast.undo, toast.tone) == ("Đã lưu.", "/undo/?run=7", "good")

    def test_a_plain_form_returns_to_its_page(self) -> None:
        request = make_request("post", HTTP_REFERER="http://testserver/shop/?q=vy")
        response = success(request, message="Đã lưu.", tone="wait")
        assert (response.status_code, response["Location"]) == (302, "http://testserver/shop/?q=vy")
        assert [toast.tone for toast in toasts_from_messages(get_messages(request))] == ["wait"]

    def test_a_foreign_referer_is_not_followed(self) -> None:
        response = success(make_request("post", HTTP_REFERER="http://elsewhere.test/"))
        assert response["Location"] == "/team/"


class TestRefusalsOn:
    def test_a_refusal_becomes_a_form_error(self) -> None:
        form = Points({"points": "5"})
        with refusals_on(form):
            raise TooFew(left=3)
        assert form.non_field_errors() == ["Only 3 points are left."]
        assert form.non_field_errors().as_data()[0].code == "too_few"

    def test_a_refusal_with_a_field_becomes_its_error(self) -> None:
        form = Points({"points": "5"})
        with refusals_on(form):
            raise WrongPoints(left="100%")
        assert form.errors["points"] == ["Only 100% points are left."]

    def test_a_refusal_with_an_unknown_field_becomes_a_form_error(self) -> None:
        form = forms.Form({})
        with refusals_on(form):
            raise WrongPoints(left=3)
        assert form.non_field_errors() == ["Only 3 points are left."]

    def test_other_exceptions_are_not_caught(self) -> None:
        with pytest.raises(ZeroDivisionError), refusals_on(Points({})):
            raise ZeroDivisionError


class TestErrors:
    def test_htmx_gets_a_toast_and_keeps_its_page(self) -> None:
        response = errors.forbidden(make_request(**HTMX), PermissionDenied("Hỏi An."))
        assert response.status_code == 403
        assert response["HX-Reswap"] == "none"
        assert json.loads(response["HX-Trigger"])["toast"] == {"text": "Hỏi An.", "undo": "", "tone": "bad"}

    @pytest.mark.parametrize(
        ("answer", "status"), [(errors.not_found, 404), (errors.forbidden, 403), (errors.bad_request, 400)]
    )
    def test_a_browser_gets_an_error_page(self, answer: Any, status: int) -> None:
        response = answer(make_request(), None)
        assert response.status_code == status
        assert "<h1" in response.content.decode()

    def test_an_unexpected_error_shows_the_reference_number_of_the_log(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        text = errors.server_error(make_request()).content.decode()
        [record] = [record for record in caplog.records if record.name == "quen.errors"]
        reference = str(record.args[0]) if isinstance(record.args, tuple) else ""
        assert reference
        assert reference in text

    @pytest.mark.parametrize("refusal", [NotFound(), NotAllowed(who="An")])
    def test_a_refusal_does_not_repeat_the_title_of_its_page(self, refusal: DomainError) -> None:
        shown = errors.refused(make_request(), refusal).content.decode()
        title, text = re.findall(r"<(?:h1|p)[^>]*>(.*?)</", shown)[:2]
        assert title not in text
        assert text

    def test_an_uncaught_refusal_keeps_its_status_and_message(self) -> None:
        middleware = RefusalMiddleware(lambda request: errors.not_found(request))
        response = middleware.process_exception(make_request(), TooFew(left=3))
        assert response is not None
        assert response.status_code == 409
        assert "Only 3 points are left." in response.content.decode()
        assert middleware.process_exception(make_request(), ValueError()) is None
