"""A form at its public address. Works without JavaScript, says nothing that is stored, and takes what is sent first."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.accounts.access import PublicPages, PublicVisit, client_of
from quen.apps.signup import queries, services
from quen.apps.signup.rules.answers import read_answers
from quen.apps.signup.rules.external import UTM, storable
from quen.apps.signup.rules.spam import time_sign
from quen.apps.signup.rules.tokens import SignupToken
from quen.apps.signup.types import FormContent, Received, SpamSign, Way, text_in
from quen.apps.signup.views.embedding import script_of
from quen.apps.signup.views.shown import colours, error_texts, form_context, framed
from quen.core import clock, crypto
from quen.core.ratelimit import RateLimit

if TYPE_CHECKING:
    from quen.apps.signup.models import FormVersion, SignupForm

MAX_BYTES = 64 * 1024
#: a field that people don't see; its name is one that scripts like to fill in
HONEYPOT = "website_url"
TIME_PURPOSE = "signup.time"
_OWN_FIELDS = ("page", "way", "visitor", *UTM)
_MAX_CHARS = 500
_NO = ("", "0", "false", "off", "no", "none")
_TOO_LARGE = 413
#: more from one connection is a sign of spam, no refusal: a shop's guests share one
_FROM_ONE = RateLimit("signup.network", "12/10minutes")
_AGAIN = RateLimit("signup.again", "10/hour")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form and what customers see of it. version: None before it is published, and of other systems' forms."""

    form: SignupForm
    version: FormVersion | None

    @property
    def content(self) -> FormContent:
        """Return what customers see."""
        return self.version.parsed if self.version else FormContent()


def _load(token: SignupToken) -> OpenForm | None:
    form = queries.find_form(token.row_id)
    if form is None or queries.is_external(form):
        return None
    return OpenForm(form, queries.published_version(form))


def _away(request: HttpRequest, view: str, public: PublicVisit[SignupToken, None]) -> HttpResponse:
    """Take a submission while nothing can be read of the workspace; show the form later."""
    if view == "form_page" and request.method == "POST" and _size(request) <= MAX_BYTES:
        given = _given(request)
        version = _number(given.get("v", [""])[0])
        if version:
            answers = {key: list(each) for key, each in given.items() if key not in _not_answers()}
            received = _received(request, public, given, answers, version)
            services.receive(workspace_id=public.workspace.pk, received=received, now=public.now)
            return _thanks_redirect(request, public, received, asks=False)
    if view == "thanks":
        return _thanks(request, public, sent_again=False)
    return framed(PAGES.render(public, "signup/public/away.html", _plain(), status=503))


PAGES: PublicPages[SignupToken, OpenForm | None] = PublicPages(
    decode=queries.decode_form,
    load=_load,
    language=lambda _subject: "",
    url=lambda token: reverse("signup_form", args=[token]),
    post_limit=RateLimit("signup.post", "1200/minute"),
    limit_key=lambda token: f"{token.workspace_id}-{token.row_id}",
    invalid_limit=RateLimit("signup.invalid", "60/minute"),
    invalid_template="signup/public/gone.html",
    away=_away,
)
Visit = PublicVisit[SignupToken, OpenForm | None]


@require_http_methods(["GET", "HEAD", "POST", "OPTIONS"])
@PAGES.view
def form_page(request: HttpRequest, public: Visit) -> HttpResponse:
    """Show the form, or take what was filled in, from any page of any host."""
    shown = public.subject
    if request.method == "OPTIONS":
        return _cors(HttpResponse(status=204))
    if shown is None or shown.version is None or not _is_open(public, shown):
        status = 404 if shown is None or shown.version is None else 410
        return _cors(framed(PAGES.render(public, "signup/public/closed.html", _plain(), status=status)))
    if request.method == "POST":
        return _cors(_take(request, public, shown))
    way = _way(request.GET.get("way", ""))
    if request.method == "GET":
        services.count_view(
            form=shown.form,
            version_id=shown.version.pk,
            way=way,
            source=request.GET.get("utm_source", ""),
            day=clock.local_day(public.now, public.workspace.zone),
        )
    return _show(request, public, shown, {name: [request.GET[name]] for name in request.GET})


@require_GET
@PAGES.view
def thanks(request: HttpRequest, public: Visit) -> HttpResponse:
    """Say thank you: the same words to everybody, whoever is known already."""
    return _thanks(request, public, sent_again=False)


@require_POST
@PAGES.view
def again(request: HttpRequest, public: Visit) -> HttpResponse:
    """Send the mail that asks to confirm once more; the words are the same, whether one was due or not."""
    key = request.POST.get("k", "")
    if public.subject is not None and _AGAIN.allows(public.token, key[:40]):
        submission = queries.submission_with_key(public.subject.form, key)
        if submission is not None:
            services.send_again(submission=submission, now=public.now)
    return _thanks(request, public, sent_again=True)


@csrf_exempt
@require_http_methods(["GET", "OPTIONS"])
def touch_time(_request: HttpRequest, token: str) -> HttpResponse:
    """Return a signed instant, which the page's script asks for at the first touch of a field."""
    if queries.decode_form(token) is None:
        return _cors(JsonResponse({}, status=404))
    touched = crypto.sign(int(clock.now().timestamp()), purpose=TIME_PURPOSE)
    response = _cors(JsonResponse({"touched": touched}))
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@PAGES.view
def embed_script(request: HttpRequest, public: Visit) -> HttpResponse:
    """Return the script that shows the form on another page: in its place, or as a pop-up."""
    shown = public.subject
    is_open = shown is not None and shown.version is not None and _is_open(public, shown)
    return script_of(public, shown.content if shown is not None and is_open else None)


def _is_open(public: Visit, shown: OpenForm) -> bool:
    """Return whether the form takes anything; what is sent to an archived workspace would be dropped."""
    return shown.form.is_open and public.workspace.archived_at is None


def _take(request: HttpRequest, public: Visit, shown: OpenForm) -> HttpResponse:
    if _size(request) > MAX_BYTES:
        return PAGES.render(
            public, "signup/public/closed.html", _plain() | {"too_large": True}, status=_TOO_LARGE
        )
    given = _given(request)
    # Pages are cached for days: what counts is the version that was read.
    version = shown.form.versions.filter(pk=_number(given.get("v", [""])[0])).first() or shown.version
    assert version is not None
    answers, errors = read_answers(version.parsed, given, formats=queries.field_formats())
    if errors:
        if _wants_json(request):
            return JsonResponse({"ok": False, "errors": error_texts(errors)}, status=422)
        return _show(request, public, OpenForm(shown.form, version), given, errors=errors)
    received = _received(request, public, given, answers, version.pk)
    services.receive(workspace_id=public.workspace.pk, received=received, now=public.now)
    content = version.parsed
    asks = content.double_opt_in and any(
        answers.get(item.key) for item in content.fields if item.target == "email"
    )
    if _wants_json(request):
        said = text_in(content.thanks, public.language)
        return JsonResponse({"ok": True, "thanks": said, "confirm": asks, "redirect": content.redirect})
    return _thanks_redirect(request, public, received, asks=asks)


def _received(
    request: HttpRequest,
    public: PublicVisit[SignupToken, Any],
    given: Mapping[str, Sequence[str]],
    answers: Mapping[str, Any],
    version_id: int,
) -> Received:
    def first(name: str) -> str:
        return given.get(name, [""])[0].strip()[:_MAX_CHARS]

    return Received(
        form_id=public.payload.row_id,
        version_id=version_id,
        key=secrets.token_hex(16),
        answers=dict(answers),
        ticked=ticked_boxes(given),
        language=public.language,
        way=_way(first("way")),
        page=first("page") or request.headers.get("Referer", "")[:_MAX_CHARS],
        utm={name: first(name)[:200] for name in UTM if first(name)},
        signs=_signs(request, public, first("touched"), first(HONEYPOT)),
        visitor=first("visitor")[:100],
    )


def _signs(
    request: HttpRequest, public: PublicVisit[SignupToken, Any], touched: str, honeypot: str
) -> list[str]:
    found = [SpamSign.HONEYPOT] if honeypot else []
    try:
        at = datetime.fromtimestamp(int(crypto.unsign(touched, purpose=TIME_PURPOSE)), UTC)
    except (crypto.BadToken, ValueError, TypeError, OverflowError):
        at = None
    sign = time_sign(at, now=public.now)
    found += [sign] if sign else []
    if not _FROM_ONE.allows(public.token, client_of(request).network):
        found.append(SpamSign.RATE)
    return [each.value for each in found]


def _show(
    request: HttpRequest,
    public: Visit,
    shown: OpenForm,
    given: Mapping[str, Sequence[str]],
    *,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    assert shown.version is not None
    hidden = {name: given[name][0][:_MAX_CHARS] for name in _OWN_FIELDS if given.get(name)}
    typed = given if errors is not None else None
    context = form_context(shown.content, public.language, given=typed, errors=errors) | {
        "hidden": list(hidden.items()),
        "version_id": shown.version.pk,
        "honeypot": HONEYPOT,
        "is_embedded": hidden.get("way") in (Way.EMBED, Way.POPUP),
        "way": hidden.get("way", ""),
        "languages_shown": len(shown.content.languages) > 1,
        "time_url": reverse("signup_time", args=[public.token]),
    }
    return framed(PAGES.render(public, "signup/public/form.html", context, status=422 if errors else 200))


def _thanks(request: HttpRequest, public: PublicVisit[SignupToken, Any], *, sent_again: bool) -> HttpResponse:
    source = request.POST if request.method == "POST" else request.GET
    content = public.subject.content if public.subject is not None else FormContent()
    context = colours(content) | {
        "text": text_in(content.thanks, public.language)
        or _("Thank you. We have received your registration."),
        "asks": source.get("m") == "1",
        "key": source.get("k", "")[:40],
        "sent_again": sent_again,
        "repeat": content.repeat,
        "redirect": content.redirect if source.get("m") != "1" else "",
        "is_embedded": source.get("way") in (Way.EMBED, Way.POPUP),
        "way": _way(source.get("way", "")),
    }
    response = framed(PAGES.render(public, "signup/public/thanks.html", context))
    if context["redirect"] and not context["is_embedded"]:
        # A page goes on by itself: the policy lets no form be answered by a redirect to another host.
        response["Refresh"] = f"1;url={iri_to_uri(content.redirect)}"
    return response


def _thanks_redirect(
    request: HttpRequest, public: PublicVisit[SignupToken, Any], received: Received, *, asks: bool
) -> HttpResponse:
    query = urlencode(
        {"lang": public.language, "way": received.way, "k": received.key, "m": "1" if asks else ""}
    )
    return framed(HttpResponseRedirect(f"{reverse('signup_thanks', args=[public.token])}?{query}"))


def _given(request: HttpRequest) -> dict[str, list[str]]:
    """Return what was sent, form-encoded, multipart or JSON."""
    if request.content_type == "application/json":
        try:
            data = json.loads(request.body)
        except (ValueError, RecursionError):
            return {}
        pairs = data.items() if isinstance(data, dict) else ()
        return {
            storable(str(key)): [
                storable(str(each)) for each in (value if isinstance(value, list) else [value])
            ]
            for key, value in pairs
        }
    return {name: [str(each) for each in request.POST.getlist(name)] for name in request.POST}


def ticked_boxes(given: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of consent boxes that were ticked; scripts may also send those that were not."""
    return [
        key
        for key, values in given.items()
        if key.startswith("consent_") and any(each.strip().lower() not in _NO for each in values)
    ]


def _not_answers() -> set[str]:
    return {*_OWN_FIELDS, HONEYPOT, "v", "touched", "lang"}


def _plain() -> dict[str, Any]:
    return colours(FormContent())


def _size(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


def _number(raw: str) -> int:
    return int(raw) if raw.isdecimal() and len(raw) < 19 else 0


def _way(raw: str) -> str:
    return raw if raw in (Way.EMBED, Way.POPUP, Way.QR, Way.HTML, Way.COUNTER) else Way.PAGE.value


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _cors(response: HttpResponse) -> HttpResponse:
    """Let scripts of any page read a response: it never says anything that is stored."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Headers"] = "content-type, accept"
    response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response["Access-Control-Max-Age"] = "86400"
    return response
