"""Pages of the user's own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.accounts import queries, services
from quen.apps.accounts.access import PublicRequest, SignedInRequest, operators_only
from quen.apps.accounts.forms import FirstPasswordForm, ProfileForm
from quen.apps.accounts.models import User
from quen.core.clock import VIETNAM
from quen.ui.context import THEME_COOKIE, THEMES
from quen.ui.lists import Column, EmptyState, ListTable, Row
from quen.ui.pages import page, refusals_on, success

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
YEAR_SECONDS = 365 * 24 * 3600
MAILBOX_LIMIT = 50


@require_GET
def home(request: PublicRequest) -> HttpResponse:
    """Redirect to the last visited workspace, to the list of workspaces, or to the sign-in page."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    last = queries.last_workspace(request.user)
    return HttpResponseRedirect(f"/w/{last.slug}/" if last else reverse("workspaces"))


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Show and change the user's name, email, phone, language and theme."""
    user = request.user
    initial = {name: getattr(user, name) for name in ("name", "email", "phone", "language", "theme")}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_profile(user=user, **form.cleaned_data)
            with translation.override(user.language):
                response = success(request, message=_("Profile saved."), to=reverse("profile"))
            return _with_theme_cookie(response, user)
    return page(request, "accounts/profile.html", {"form": form, "zone": VIETNAM})


@login_required
@require_http_methods(["GET", "POST"])
def first_password(request: SignedInRequest) -> HttpResponse:
    """Set the first password of a user who signed in with a link."""
    if request.user.has_usable_password():
        return redirect("account_change_password")
    form = FirstPasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        services.set_password(user=request.user, password=form.cleaned_data["password"])
        update_session_auth_hash(request, request.user)
        return success(
            request,
            message=_("Password saved. From now on, sign in with your email and this password."),
            to="/",
        )
    return page(request, "accounts/first_password.html", {"form": form})


@require_POST
def language(request: PublicRequest) -> HttpResponse:
    """Switch the language and return to the page the request came from (ACC-26)."""
    choice = request.POST.get("language", "")
    if choice not in dict(settings.LANGUAGES):
        raise Http404
    if request.user.is_authenticated:
        services.change_profile(user=request.user, language=choice)
    response = HttpResponseRedirect(_return_url(request))
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, choice, max_age=YEAR_SECONDS, samesite="Lax")
    return response


@require_POST
def theme(request: PublicRequest) -> HttpResponse:
    """Switch the theme: light, dark, or auto (follow the device)."""
    choice = request.POST.get("theme", "")
    if choice not in (*THEMES, "auto"):
        raise Http404
    response = HttpResponseRedirect(_return_url(request))
    if request.user.is_authenticated:
        services.change_profile(user=request.user, theme=choice)
    response.set_cookie(THEME_COOKIE, choice, max_age=YEAR_SECONDS, samesite="Lax")
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: PublicRequest, token: str) -> HttpResponse:
    """Sign in with a one-time link. Only a POST uses it up, because mail scanners open links too."""
    if request.method == "POST":
        user = services.use_sign_in_link(token, now=request.now)
        login(request, user, backend=BACKEND)
        return _with_theme_cookie(redirect("account_set_password"), user)
    return page(request, "accounts/sign_in_link.html")


@operators_only
@require_GET
def mailbox(request: SignedInRequest) -> HttpResponse:
    """List the system emails stored while no mail server was configured."""
    table = ListTable(
        label=_("Stored mail"),
        columns=[
            Column("subject", _("Subject"), "title", phone="title", width="w-1/2"),
            Column("to", _("To"), phone="note"),
            Column("received", _("Received"), "instant", phone="foot"),
        ],
        rows=[
            Row([mail.subject, mail.to, mail.created_at], href=reverse("mail", args=[mail.pk]))
            for mail in queries.system_mail()[:MAILBOX_LIMIT]
        ],
        empty=EmptyState(
            _("No mail yet"),
            _("Invitations and password reset links appear here and are deleted after 30 days."),
            picture="notices",
        ),
    )
    return page(request, "accounts/mailbox.html", {"table": table, "sends": bool(settings.SMTP_URL)})


@operators_only
@require_GET
def mail(request: SignedInRequest, mail_id: int) -> HttpResponse:
    """Show one stored email."""
    found = queries.system_mail().filter(pk=mail_id).first()
    if found is None:
        raise Http404
    return page(request, "accounts/mail.html", {"mail": found})


def _with_theme_cookie(response: HttpResponse, user: User) -> HttpResponse:
    response.set_cookie(THEME_COOKIE, user.theme, max_age=YEAR_SECONDS, samesite="Lax")
    return response


def _return_url(request: PublicRequest) -> str:
    target = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
