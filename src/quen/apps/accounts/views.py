"""Pages of the user's own account, and of operators."""

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
from quen.apps.accounts.access import PublicRequest, SignedInRequest, client_of, operators_only
from quen.apps.accounts.forms import EmailForm, FirstPasswordForm, PauseForm, ProfileForm
from quen.apps.accounts.models import AccountEvent, User, Workspace
from quen.apps.accounts.types import AccountEventKind, PauseReason, WorkspaceStillBusy
from quen.core import user_agents
from quen.core.clock import VIETNAM
from quen.ui.context import THEME_COOKIE, THEMES
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, refusals_on, success

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
GONE = 410
YEAR_SECONDS = 365 * 24 * 3600
MAILBOX_LIMIT = EVENTS_LIMIT = 50
RECENT_EVENTS = 20


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
    """Show and change the user's name, phone, language and theme; show their devices and recent activity."""
    user = request.user
    initial = {name: getattr(user, name) for name in ("name", "phone", "language", "theme")}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_profile(user=user, **form.cleaned_data)
            with translation.override(user.language):
                response = success(request, message=_("Profile saved."), to=reverse("profile"))
            return _with_theme_cookie(response, user)
    sessions = queries.sessions_of(user)
    context = {
        "form": form,
        "zone": VIETNAM,
        "devices": [
            {
                "session": each,
                "name": user_agents.describe(each.user_agent),
                "current": each.session_key == request.session.session_key,
            }
            for each in sessions
        ],
        "has_other_devices": len(sessions) > 1,
        "events": queries.events_of(user, limit=RECENT_EVENTS),
    }
    return page(request, "accounts/profile.html", context)


@login_required
@require_POST
def end_sessions(request: SignedInRequest) -> HttpResponse:
    """Sign the user out on all other devices."""
    services.end_other_sessions(
        user=request.user,
        session_key=request.session.session_key or "",
        client=client_of(request),
        now=request.now,
    )
    return success(request, message=_("Signed out on all other devices."), to=reverse("profile"))


@login_required
@require_http_methods(["GET", "POST"])
def change_email(request: SignedInRequest) -> HttpResponse:
    """Ask for another email address; it changes when the link sent to it is opened."""
    if not request.user.has_usable_password():
        return redirect("account_set_password")
    form = EmailForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            email = form.cleaned_data["email"]
            services.request_email_change(
                user=request.user, email=email, client=client_of(request), now=request.now
            )
            message = _("We've sent a link to %(email)s. Open it to finish.") % {"email": email}
            return success(request, message=message, to=reverse("profile"))
    return page(request, "accounts/email.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def confirm_email(request: PublicRequest, token: str) -> HttpResponse:
    """Change the address with the link from the email. Only a POST does, because mail scanners open links too."""
    if request.method == "POST":
        services.confirm_email_change(token, client=client_of(request), now=request.now)
        message = _("Your email address was changed. Sign in with the new one from now on.")
        to = reverse("profile") if request.user.is_authenticated else reverse("account_login")
        return success(request, message=message, to=to)
    change = services.find_email_change(token, now=request.now)
    return page(request, "accounts/confirm_email.html", {"email": change.email})


@login_required
@require_http_methods(["GET", "POST"])
def first_password(request: SignedInRequest) -> HttpResponse:
    """Ask a user who signed in with a link for their name and first password."""
    if request.user.has_usable_password():
        return redirect("account_change_password")
    form = FirstPasswordForm(request.POST or None, user=request.user, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        services.change_profile(user=request.user, name=form.cleaned_data["name"])
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
    works = services.sign_in_link_works(token, now=request.now)
    return page(request, "accounts/sign_in_link.html", {"works": works}, status=200 if works else GONE)


@operators_only
@require_GET
def mailbox(request: SignedInRequest) -> HttpResponse:
    """List the system emails that are not sent: no mail server is configured, or it did not take them yet."""
    table = ListTable(
        label=_("Emails waiting to be sent"),
        columns=[
            Column("subject", _("Subject"), "title", phone="title", width="w-1/2"),
            Column("to", _("To"), phone="note"),
            Column("received", _("Received"), "instant", phone="foot"),
            Column("problem", _("Problem"), "note", phone="foot-side", min_width=44),
        ],
        rows=[
            Row([mail.subject, mail.to, mail.created_at, mail.error], href=reverse("mail", args=[mail.pk]))
            for mail in queries.system_mail()[:MAILBOX_LIMIT]
        ],
        empty=EmptyState(
            _("No mail yet"),
            _("Invitations and password reset links appear here and are deleted after 30 days."),
            picture="mail",
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


@operators_only
@require_GET
def installation(request: SignedInRequest) -> HttpResponse:
    """List the workspaces of this installation, and what happened to them."""
    workspaces = ListTable(
        label=_("Workspaces"),
        title=_("Workspaces"),
        columns=[
            Column("name", _("Name"), "title", phone="title", width="w-2/5"),
            Column("state", _("State"), "state", phone="note"),
            Column("paused_by", _("Paused by"), min_width=44),
            Column("paused_at", _("Paused since"), "instant", min_width=36),
        ],
        rows=[
            Row(
                [
                    Title(each.name, note=f"/w/{each.slug}/", avatar=True, picture=each.logo),
                    _state(each),
                    each.paused_by,
                    each.paused_at,
                ],
                href=reverse("installed_workspace", args=[each.slug]),
            )
            for each in sorted(queries.all_workspaces(), key=lambda each: (each.name, each.pk))
        ],
        empty=EmptyState(_("Nothing yet")),
    )
    log = ListTable(
        label=_("Workspace log"),
        title=_("Workspace log"),
        columns=[
            Column("what", _("What"), "title", phone="title", width="w-2/5"),
            Column("workspace", _("Workspace"), phone="note"),
            Column("who", _("Who"), phone="foot-side", min_width=44),
            Column("when", _("When"), "instant", phone="foot"),
        ],
        rows=[
            Row([str(AccountEventKind(event.kind).label), _workspace_of(event), _who(event), event.at])
            for event in queries.workspace_events(limit=EVENTS_LIMIT)
        ],
        empty=EmptyState(_("Nothing yet"), picture="ledger"),
    )
    return page(request, "accounts/installation.html", {"workspaces": workspaces, "log": log})


@operators_only
@require_GET
def installed_workspace(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show whether a workspace is paused, and pause or resume it."""
    workspace = queries.get_workspace(slug)
    return page(
        request,
        "accounts/installed_workspace.html",
        {
            "shop": workspace,
            "state": _state(workspace),
            "running": services.still_running(workspace) if workspace.paused_at else "",
            "form": PauseForm(),
        },
    )


@operators_only
@require_POST
def pause_workspace(request: SignedInRequest, slug: str) -> HttpResponse:
    """Pause a workspace. What still runs after some seconds is named on its page, not waited for."""
    workspace, form = queries.get_workspace(slug), PauseForm(request.POST)
    to = reverse("installed_workspace", args=[slug])
    if not form.is_valid():
        return redirect(to)
    try:
        services.pause_workspace(
            workspace=workspace,
            reason=PauseReason(form.cleaned_data["reason"]),
            by=str(request.user),
            user=request.user,
            now=request.now,
            wait_seconds=settings.PAUSE_WAIT_SECONDS,
        )
    except WorkspaceStillBusy:
        message = _("“%(name)s” is paused. What had begun before still ends.") % {"name": workspace.name}
        return success(request, message=message, to=to, tone="wait")
    return success(request, message=_("“%(name)s” is paused.") % {"name": workspace.name}, to=to)


@operators_only
@require_POST
def resume_workspace(request: SignedInRequest, slug: str) -> HttpResponse:
    """End a workspace's pause."""
    workspace = queries.get_workspace(slug)
    services.resume_workspace(workspace=workspace, by=str(request.user), user=request.user, now=request.now)
    message = _("“%(name)s” goes on. What came in meanwhile is processed now.") % {"name": workspace.name}
    return success(request, message=message, to=reverse("installed_workspace", args=[slug]))


def _state(workspace: Workspace) -> StatusLabel:
    if workspace.paused_at:
        return StatusLabel(_("Paused"), "wait", "pause")
    if workspace.delete_after:
        return StatusLabel(_("Being deleted"), "bad", "trash-2")
    if workspace.archived_at:
        return StatusLabel(_("Archived"), icon="archive", faint=True)
    return StatusLabel(_("Active"), "good", "circle-check")


def _workspace_of(event: AccountEvent) -> str:
    return f"{event.data.get('name', '')} (/w/{event.data.get('slug', '')}/)"


def _who(event: AccountEvent) -> str:
    """Return a user's name, or who ran the command."""
    return event.actor_name or str(event.data.get("by", ""))


def _with_theme_cookie(response: HttpResponse, user: User) -> HttpResponse:
    response.set_cookie(THEME_COOKIE, user.theme, max_age=YEAR_SECONDS, samesite="Lax")
    return response


def _return_url(request: PublicRequest) -> str:
    target = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
