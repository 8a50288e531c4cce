"""The form at its public address: without JavaScript, from other hosts, with old pages, and what spam looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW, TRA_SEN

from quen.apps.accounts import services as accounts
from quen.apps.accounts.types import PauseReason
from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent
from quen.apps.ingest import services as ingest
from quen.apps.signup import queries, services
from quen.apps.signup.models import FormViews, SignupForm, Submission
from quen.apps.signup.tests.factories import make_form, submit, version_of
from quen.apps.signup.types import SpamSign, SubmissionState
from quen.core import clock, crypto

pytestmark = pytest.mark.django_db


def path_of(workspace: Any, form: SignupForm) -> str:
    """Return the path of a form's public address."""
    return urlsplit(queries.form_url(workspace, form)).path


def touched(seconds_ago: float) -> str:
    """Return the time of a first touch, as the page's script gets it."""
    return crypto.sign(int(clock.now().timestamp() - seconds_ago), purpose="signup.time")


def process(workspace: Any) -> None:
    """Process what was stored."""
    ingest.process_endpoint(workspace=workspace, endpoint="signup.form", now=clock.now())


def send(client: Client, path: str, **values: str) -> Any:
    """Send a form."""
    return client.post(path, {"full_name": "Lê Hoài An", "phone": "0905774211", **values})


class TestSending:
    def test_is_stored_first_and_processed_afterwards(self, workspace: Any) -> None:
        form = make_form()
        answer = send(Client(), path_of(workspace, form), touched=touched(20), utm_source="fb")
        assert answer.status_code == 302
        assert not Submission.objects.exists()
        process(workspace)
        sent = Submission.objects.get()
        assert (sent.state, sent.phone, sent.utm) == (
            SubmissionState.RECEIVED,
            "+84905774211",
            {"utm_source": "fb"},
        )
        assert "Cảm ơn bạn." in Client().get(answer["Location"]).content.decode()

    def test_keeps_what_was_typed_and_says_what_is_wrong(self, workspace: Any) -> None:
        answer = send(Client(), path_of(workspace, make_form()), phone="0905 774 21")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Còn thiếu" in page
        assert "0905 774 21" in page
        assert 'aria-invalid="true"' in page

    def test_answers_everybody_alike(self, workspace: Any) -> None:
        form = make_form(repeat=False)
        make_contact(full_name="Trần Lan", phone="+84905777123")
        known = send(Client(), path_of(workspace, form), phone="0905777123")
        unknown = send(Client(), path_of(workspace, form), phone="0905777999")
        process(workspace)
        again = send(Client(), path_of(workspace, form), phone="0905777123")
        pages = [Client().get(each["Location"]).content.decode() for each in (known, unknown, again)]
        assert pages[0] == pages[1] == pages[2]
        assert "Lan" not in pages[0]

    def test_goes_on_to_the_shops_page(self, workspace: Any) -> None:
        form = make_form(redirect="https://shop.example/cảm-ơn")
        answer = send(Client(), path_of(workspace, form))
        page = Client().get(answer["Location"])
        assert page["Refresh"] == "1;url=https://shop.example/c%E1%BA%A3m-%C6%A1n"
        assert 'href="https://shop.example/cảm-ơn"' in page.content.decode()

    def test_works_for_scripts_of_other_hosts(self, workspace: Any) -> None:
        path, client = path_of(workspace, make_form()), Client()
        asked = client.options(path, headers={"origin": "https://shop.example"})
        assert asked["Access-Control-Allow-Origin"] == "*"
        body = json.dumps({"full_name": "An", "phone": "0905774211", "consent_1": False, "consent_2": True})
        headers = {"origin": "https://shop.example", "accept": "application/json"}
        answer = client.post(path, body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, "*")
        assert answer.json()["ok"] is True
        wrong = client.post(path, "{}", content_type="application/json", headers=headers)
        assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"full_name"})
        process(workspace)
        assert Submission.objects.get().ticked == ["consent_2"]

    def test_too_much_is_refused_before_it_is_read(self, workspace: Any) -> None:
        answer = send(Client(), path_of(workspace, make_form()), full_name="x" * 70_000)
        assert answer.status_code == 413

    @pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 10_000, b"{", b"7"])
    def test_what_is_no_answer_is_refused_in_words(self, workspace: Any, body: bytes) -> None:
        path = path_of(workspace, make_form())
        assert Client().post(path, body, content_type="application/json").status_code == 422

    def test_an_archived_shop_takes_nothing(self, workspace: Any) -> None:
        path = path_of(workspace, make_form())
        workspace.archived_at = NOW
        workspace.save()
        assert Client().get(path).status_code == 410
        assert send(Client(), path).status_code == 410

    def test_boxes_are_never_ticked_beforehand(self, workspace: Any) -> None:
        page = Client().get(f"{path_of(workspace, make_form())}?consent_1=1&full_name=Ai").content.decode()
        assert "checked" not in page
        assert "Ai" not in page.split("</head>")[1].split('name="full_name"')[1][:200]

    def test_may_stand_in_pages_of_other_hosts(self, workspace: Any) -> None:
        answer = Client().get(path_of(workspace, make_form()))
        assert "frame-ancestors *" in answer["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer

    def test_a_closed_form_takes_nothing(self, workspace: Any, an: Any) -> None:
        form = make_form()
        services.close_form(form=form, actor=an.actor, now=NOW)
        assert send(Client(), path_of(workspace, form)).status_code == 410
        assert "đã đóng" in Client().get(path_of(workspace, form)).content.decode()
        process(workspace)
        assert not Submission.objects.exists()

    def test_is_counted_by_version_way_and_source(self, workspace: Any) -> None:
        form, client = make_form(), Client()
        for query in ("", "?way=embed&utm_source=fb", "?way=embed&utm_source=fb"):
            client.get(f"{path_of(workspace, form)}{query}")
        client.head(path_of(workspace, form))
        rows = FormViews.objects.values_list("version_id", "way", "source", "count")
        number = version_of(form).pk
        assert set(rows) == {(number, "page", "", 1), (number, "embed", "fb", 2)}

    def test_sources_without_end_are_counted_together(self, workspace: Any) -> None:
        form, client = make_form(), Client()
        views = [
            FormViews(form=form, day=NOW.date(), version_id=1, way="page", source=f"s{n}") for n in range(250)
        ]
        FormViews.objects.bulk_create(views)
        for source in ("s1", "new", "newer"):
            client.get(f"{path_of(workspace, form)}?utm_source={source}")
        assert FormViews.objects.filter(form=form, day=NOW.date(), source__startswith="new").count() == 0


class TestPausedWorkspace:
    def test_takes_what_is_sent_and_processes_it_afterwards(self, workspace: Any) -> None:
        form = make_form()
        path, version = path_of(workspace, form), version_of(form).pk
        accounts.pause_workspace(workspace=workspace, reason=PauseReason.MOVING, by="Vận hành", now=NOW)
        assert Client().get(path).status_code == 503
        answer = send(Client(), path, v=str(version), consent_2="1")
        assert "Cảm ơn bạn" in Client().get(answer["Location"]).content.decode()
        accounts.resume_workspace(workspace=workspace, by="Vận hành", now=NOW)
        process(workspace)
        made = contacts.find_by_phone("+84905774211")
        assert made is not None
        assert (made.full_name, made.consent_sms) == ("Lê Hoài An", Consent.GRANTED)

    @pytest.mark.parametrize("version", ["9" * 5_000, "9" * 30, "x", "²"])
    def test_takes_nothing_that_names_no_version(self, workspace: Any, version: str) -> None:
        path = path_of(workspace, make_form())
        accounts.pause_workspace(workspace=workspace, reason=PauseReason.MOVING, by="Vận hành", now=NOW)
        assert send(Client(), path, v=version).status_code == 503


class TestApi:
    def test_lists_forms_and_what_was_sent_without_spam(self, workspace: Any) -> None:
        form = make_form()
        sent = submit(form, full_name="An", phone="0905774211")
        submit(
            form,
            full_name="Bot",
            phone="0905774212",
            signs=(SpamSign.HONEYPOT.value, SpamSign.TOO_FAST.value),
        )
        client = ApiClient(make_key(scopes=["forms.read"]))
        [listed] = client.get("forms").json()["data"]
        assert (listed["id"], listed["open"], listed["url"]) == (
            form.pk,
            True,
            queries.form_url(workspace, form),
        )
        [row] = client.get(f"forms/{form.pk}/submissions").json()["data"]
        assert (row["id"], row["contact_id"], row["answers"]["full_name"]) == (sent.pk, sent.contact_id, "An")


class TestSigns:
    @pytest.mark.parametrize("given", ["", "old", "repeated"])
    def test_a_page_of_three_days_ago_plain_html_and_the_back_cache_arrive(
        self, workspace: Any, given: str
    ) -> None:
        form = make_form()
        token = {"": "", "old": touched(3 * 24 * 3600), "repeated": touched(60)}[given]
        send(Client(), path_of(workspace, form), touched=token)
        send(Client(), path_of(workspace, form), touched=token, phone="0905774299")
        process(workspace)
        assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.RECEIVED}

    def test_no_sign_holds_back_alone(self, workspace: Any) -> None:
        form = make_form()
        for number, sign in enumerate(SpamSign):
            sent = submit(form, full_name=f"Ai {number}", phone=f"090577420{number}", signs=(sign.value,))
            assert sent.state == SubmissionState.RECEIVED, sign

    def test_a_script_that_fills_everything_at_once_is_held_and_let_in_dated_as_sent(
        self, workspace: Any, an: Any
    ) -> None:
        form = make_form(tags=("Nhận quà",))
        send(Client(), path_of(workspace, form), website_url="http://spam.example", touched=touched(0))
        process(workspace)
        held = Submission.objects.get()
        assert (held.state, set(held.signs)) == (SubmissionState.HELD, {SpamSign.HONEYPOT, SpamSign.TOO_FAST})
        assert not Contact.objects.filter(phone="+84905774211").exists()
        services.release(submission=held, actor=an.actor, now=clock.now() + timedelta(days=2))
        made = contacts.find_by_phone("+84905774211")
        assert made is not None
        assert made.created_at == held.at

    def test_the_same_again_within_minutes_is_a_sign(self, workspace: Any) -> None:
        form = make_form()
        submit(form, full_name="An", phone="0905774211")
        again = submit(form, full_name="An", phone="0905774211", now=NOW + timedelta(minutes=2))
        assert again.signs == [SpamSign.DUPLICATE]


class TestPages:
    def test_every_page_of_a_form_opens(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        form = make_form()
        sent = submit(form, full_name="An", phone="0905774211", email="an@thu.vn", ticked=("consent_1",))
        wording = queries.wordings_of(form, "consent_1", "vi")[0].wording
        client, base = client_of(AN), f"/w/{TRA_SEN}/forms"
        keys = ("full_name", "consent_1", "thanks", "confirm", "repeat", "labels", "text", "colours", "languages",
                "popup", "spam")  # fmt: skip
        paths = [
            "/",
            "/new/",
            "/new/?kind=external",
            *(f"/{form.pk}/?on={key}" for key in keys),
            *(f"/{form.pk}/?way={way}&device=phone" for way in ("embed", "popup", "page", "qr")),
            f"/{form.pk}/preview/",
            f"/{form.pk}/name/",
            f"/{form.pk}/report/",
            f"/{form.pk}/report/?days=90",
            f"/{form.pk}/submissions/",
            f"/{form.pk}/submissions/?state=held",
            f"/{form.pk}/counter/",
            f"/{form.pk}/qr/svg/",
            f"/{form.pk}/qr/png/",
            f"/{form.pk}/wordings/{wording.pk}/",
            f"/submissions/{sent.pk}/",
            f"/contacts/{sent.contact_id}/",
        ]
        assert {path: client.get(f"{base}{path}").status_code for path in paths} == dict.fromkeys(paths, 200)

    def test_binh_may_look_and_change_nothing(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        form = make_form()
        client, base = client_of(BINH), f"/w/{TRA_SEN}/forms/{form.pk}"
        assert client.get(f"{base}/").status_code == 200
        posts = ("parts/thanks/", "items/", "publication/", "closing/", "removal/")
        assert {path: client.post(f"{base}/{path}").status_code for path in posts} == dict.fromkeys(
            posts, 403
        )

    def test_a_part_saves_itself_and_customers_see_it_after_publishing(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        form = make_form()
        client, base = client_of(AN), f"/w/{TRA_SEN}/forms/{form.pk}"
        answer = client.post(
            f"{base}/parts/text/", {"title_vi": "Quà mới", "button_vi": "Gửi"}, headers={"hx-request": "true"}
        )
        assert answer.status_code == 200
        assert "form:changed" in answer["HX-Trigger"]
        public = path_of(workspace, form)
        assert "Quà mới" not in Client().get(public).content.decode()
        assert "Quà mới" in client.get(f"{base}/preview/").content.decode()
        client.post(f"{base}/publication/")
        assert "Quà mới" in Client().get(public).content.decode()

    def test_unclear_words_of_consent_are_not_published(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        form = make_form()
        client, base = client_of(AN), f"/w/{TRA_SEN}/forms/{form.pk}"
        values = {"label_vi": "Tôi đồng ý nhận tin", "channel": "email", "topic": "0", "lang": "vi"}
        saved = client.post(f"{base}/parts/consent_1/", values, headers={"hx-request": "true"})
        assert "Bao nhiêu lần" in saved.content.decode()
        client.post(f"{base}/publication/")
        assert version_of(form).number == 1

    def test_items_are_added_moved_and_removed(
        self, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        form = make_form()
        client, base = client_of(AN), f"/w/{TRA_SEN}/forms/{form.pk}"
        client.post(f"{base}/items/", {"target": "company"})
        client.post(f"{base}/items/", {"channel": "zalo"})
        client.post(f"{base}/items/company/place/", {"place": "1"})
        client.post(f"{base}/items/consent_2/removal/")
        keys = [item.key for item in queries.get_form(form.pk).content.items]
        assert keys == ["company", "full_name", "phone", "email", "birth_on", "consent_1", "consent_3"]

    def test_the_counter_registers_a_visit(self, workspace: Any, client_of: Callable[[str], Client]) -> None:
        form = make_form()
        path = f"/w/{TRA_SEN}/forms/{form.pk}/counter/"
        client = client_of(AN)
        assert client.post(path, {"full_name": "An"}).status_code == 422
        client.post(path, {"full_name": "An", "phone": "0905774211", "consent_2": "1"})
        sent = Submission.objects.get()
        assert (sent.way, sent.member_name) == ("counter", "Nguyễn Hoài An")
        assert contacts.find_by_phone("+84905774211") is not None
