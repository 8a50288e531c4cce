"""Reads of the signup app."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from quen.apps.contacts import queries as contacts
from quen.apps.signup.models import (
    Agreement,
    ConfirmationMail,
    ConsentWording,
    FormVersion,
    FormViews,
    Proposal,
    SignupForm,
    Submission,
)
from quen.apps.signup.rules import tokens
from quen.apps.signup.rules.tokens import Purpose, SignupToken
from quen.apps.signup.types import FormContent, FormKind, Outcome, SubmissionState
from quen.core import crypto, sql
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Contact

_PURPOSE = "signup.address"
_MAX_SOURCES = 20


# Forms


def forms() -> QuerySet[SignupForm]:
    """Return the forms by name."""
    return SignupForm.objects.all()


def get_form(form_id: int) -> SignupForm:
    """Return a form. Raises NotFound."""
    found = SignupForm.objects.filter(pk=form_id).first()
    if found is None:
        raise NotFound()
    return found


def find_form(form_id: int) -> SignupForm | None:
    """Return a form, or None."""
    return SignupForm.objects.filter(pk=form_id).first()


def forms_with_field(key: str) -> list[SignupForm]:
    """Return the forms that ask for a field, customers or only members seeing it yet; key: such as "field_3"."""
    return [
        form
        for form in forms()
        if key in form.mapping.values()
        or any(key == item.target for each in _contents(form) for item in each.items)
    ]


def forms_with_group(group_id: int) -> list[SignupForm]:
    """Return the forms that put people into a group."""
    return [form for form in forms() if any(group_id in each.groups for each in _contents(form))]


def using_topics() -> dict[int, list[str]]:
    """Return the names of open forms whose boxes name a topic, by topic."""
    found: dict[int, list[str]] = {}
    for form in forms().filter(closed_at=None):
        for topic in {item.topic for each in _contents(form) for item in each.consents if item.topic}:
            found.setdefault(topic, []).append(form.name)
    return found


def _contents(form: SignupForm) -> list[FormContent]:
    version = published_version(form)
    return [form.content, *([version.parsed] if version else [])]


def published_version(form: SignupForm) -> FormVersion | None:
    """Return what customers see of a form, None before it is published."""
    return FormVersion.objects.filter(pk=form.published_id).first() if form.published_id else None


def unpublished_changes(form: SignupForm) -> int:
    """Return how many parts of the draft differ from what customers see."""
    version = published_version(form)
    before, after = (version.parsed if version else FormContent()).as_json(), form.content.as_json()
    changed = sum(before[name] != after[name] for name in after if name != "items")
    known = {item["key"]: item for item in before["items"]}
    items = {item["key"]: item for item in after["items"]}
    changed += sum(known.get(key) != item for key, item in items.items())
    changed += len(known.keys() - items.keys())
    is_moved: bool = [key for key in known if key in items] != [key for key in items if key in known]
    return int(changed) + is_moved


def field_formats() -> dict[str, tuple[str, list[str]]]:
    """Return format and choices of the custom fields, by target."""
    return {f"field_{field.pk}": (field.format, list(field.choices)) for field in contacts.active_fields()}


# Wordings


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A version of a wording and how many people agreed to it."""

    wording: ConsentWording
    people: int


def wordings_of(form: SignupForm, box: str, language: str) -> list[WordingRow]:
    """Return the versions of a box's words in a language, latest first."""
    found = ConsentWording.objects.filter(form=form, box=box, language=language)
    people = Count("agreements__contact_id", filter=Q(agreements__granted_at__isnull=False), distinct=True)
    return [WordingRow(each, each.people) for each in found.annotate(people=people).order_by("-number")]


def wordings_in(version: FormVersion, language: str) -> dict[str, ConsentWording]:
    """Return the words of a version in a language, by box; of a box without them, those in another language."""
    found: dict[str, ConsentWording] = {}
    at = version.published_at
    shown = ConsentWording.objects.filter(form_id=version.form_id, since_at__lte=at)
    for each in shown.filter(Q(until_at=None) | Q(until_at__gt=at)).order_by("language", "number"):
        if each.box not in found or each.language == language:
            found[each.box] = each
    return found


def get_wording(form: SignupForm, wording_id: int) -> ConsentWording:
    """Return a wording of a form. Raises NotFound."""
    found = ConsentWording.objects.filter(form=form, pk=wording_id).first()
    if found is None:
        raise NotFound()
    return found


def agreements_to(wording: ConsentWording) -> QuerySet[Agreement]:
    """Return who agreed to a wording, latest first."""
    return Agreement.objects.filter(wording=wording, granted_at__isnull=False).order_by("-at", "-id")


# Submissions


def submissions(form: SignupForm, state: str = "") -> QuerySet[Submission]:
    """Return the submissions of a form, latest first; in a state, or all that arrived."""
    found = Submission.objects.filter(form=form).order_by("-at", "-id")
    return found.filter(state=state) if state else found.exclude(state__in=_APART)


_APART = (SubmissionState.HELD, SubmissionState.CAPTURE)


def count_by_state(form: SignupForm) -> dict[str, int]:
    """Return how many submissions of a form are in each state."""
    found = Submission.objects.filter(form=form).values("state").annotate(count=Count("id"))
    return {row["state"]: row["count"] for row in found}


def get_submission(submission_id: int) -> Submission:
    """Return a submission with its form. Raises NotFound."""
    found = Submission.objects.select_related("form", "version").filter(pk=submission_id).first()
    if found is None:
        raise NotFound()
    return found


def submission_with_key(form: SignupForm, key: str) -> Submission | None:
    """Return the submission that a visitor's own link names, or None."""
    return Submission.objects.filter(form=form, key=key).first() if key else None


def submissions_of(contact_id: int) -> QuerySet[Submission]:
    """Return what a contact sent, latest first."""
    return Submission.objects.select_related("form").filter(contact_id=contact_id).order_by("-at", "-id")


def owners_of(submission: Submission) -> tuple[Contact | None, Contact | None]:
    """Return whose phone number and whose email address a submission has."""
    phone, email = submission.phone, submission.email
    by_phone = contacts.find_by_phone(phone) or contacts.find_by_identity("phone", phone) if phone else None
    by_email = contacts.find_by_email(email) or contacts.find_by_identity("email", email) if email else None
    return by_phone, by_email


def proposals_of(contact_id: int) -> QuerySet[Proposal]:
    """Return what waits to be decided about a contact."""
    found = Proposal.objects.select_related("submission__form").filter(decided_at=None)
    return found.filter(submission__contact_id=contact_id)


def get_proposal(proposal_id: int) -> Proposal:
    """Return a proposal. Raises NotFound."""
    found = Proposal.objects.select_related("submission").filter(pk=proposal_id).first()
    if found is None:
        raise NotFound()
    return found


def last_call(form: SignupForm) -> Submission | None:
    """Return the last call of a form of another system, of any state."""
    return Submission.objects.filter(form=form).order_by("-at", "-id").first()


def held_count() -> int:
    """Return how many submissions of all forms are held back."""
    return Submission.objects.filter(state=SubmissionState.HELD).count()


def review_count() -> int:
    """Return how many submissions of all forms belong to nobody."""
    return Submission.objects.filter(state=SubmissionState.REVIEW).count()


# Confirmations


def mails_to(address: str, *, since: datetime) -> int:
    """Return how many confirmation mails an address was sent, over all forms."""
    return ConfirmationMail.objects.filter(address=address, sent_at__gt=since).count()


def mails_of(form: SignupForm, *, since: datetime) -> int:
    """Return how many confirmation mails a form has sent."""
    return ConfirmationMail.objects.filter(form=form, sent_at__gt=since).count()


def due_mails(form: SignupForm, *, full: int, since: datetime) -> QuerySet[ConfirmationMail]:
    """Return the mails of a form that are due, without those to addresses that got so many since an instant."""
    sent = ConfirmationMail.objects.filter(sent_at__gt=since).order_by().values("address")
    served = sent.annotate(mails=Count("id")).filter(mails__gte=full).values("address")
    due = ConfirmationMail.objects.filter(form=form, sent_at=None).exclude(address__in=served)
    return due.select_related("submission")


def waiting_mails(form: SignupForm) -> int:
    """Return how many confirmation mails of a form are due and not sent."""
    return ConfirmationMail.objects.filter(form=form, sent_at=None).count()


# Report


@dataclass(frozen=True, slots=True)
class Figures:
    """Views, submissions and confirmations."""

    views: int = 0
    submissions: int = 0
    confirmations: int = 0

    @property
    def rate(self) -> float | None:
        """Return submissions per view as per cent, None without views."""
        return 100 * self.submissions / self.views if self.views else None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The figures of a version, a way or a source."""

    key: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """A form's report over a span of days."""

    days: Sequence[tuple[date, Figures]]
    total: Figures
    versions: Sequence[ReportRow]
    sources: Sequence[ReportRow]
    ways: Sequence[ReportRow]
    held: int


def report(form: SignupForm, *, since: datetime, until: datetime, zone: ZoneInfo) -> Report:
    """Return views, submissions and confirmations of a form from an instant to another, by local day and otherwise."""
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    viewed = FormViews.objects.filter(form=form, day__gte=first, day__lte=last)
    views = list(viewed.values_list("day", "version_id", "way", "source", "count"))
    params = {
        "form": form.pk,
        "since": since,
        "until": until,
        "zone": str(zone),
        "apart": list(map(str, _APART)),
    }
    sent = sql.rows(sql.Relation(sql.text("signup/report"), params))
    by_day = _figures([(row[0], row[4]) for row in views], [(row[0], row[4], row[5]) for row in sent])
    span = (last - first).days + 1
    days = [first + timedelta(days=number) for number in range(span)]
    numbers = dict(FormVersion.objects.filter(form=form).values_list("pk", "number"))
    by_version = _figures(
        [(numbers.get(row[1], 0), row[4]) for row in views],
        [(numbers.get(row[1] or 0, 0), row[4], row[5]) for row in sent],
    )
    by_source = _figures([(row[3], row[4]) for row in views], [(row[3], row[4], row[5]) for row in sent])
    by_way = _figures([(row[2], row[4]) for row in views], [(row[2], row[4], row[5]) for row in sent])
    total = _figures([("", row[4]) for row in views], [("", row[4], row[5]) for row in sent]).get(
        "", Figures()
    )
    held = Submission.objects.filter(
        form=form, state=SubmissionState.HELD, at__gte=since, at__lt=until
    ).count()
    return Report(
        days=[(day, by_day.get(day, Figures())) for day in days],
        total=total,
        versions=[ReportRow(str(key), by_version[key]) for key in sorted(by_version, reverse=True)],
        sources=_most(by_source),
        ways=_most(by_way),
        held=held,
    )


def _most(figures: dict[Any, Figures]) -> list[ReportRow]:
    found = sorted(figures.items(), key=lambda pair: (-pair[1].submissions, -pair[1].views, str(pair[0])))
    return [ReportRow(str(key), each) for key, each in found[:_MAX_SOURCES]]


def _figures(views: Sequence[tuple[Any, int]], sent: Sequence[tuple[Any, int, int]]) -> dict[Any, Figures]:
    found: dict[Any, list[int]] = {}
    for key, count in views:
        found.setdefault(key, [0, 0, 0])[0] += count
    for key, count, confirmed in sent:
        figures = found.setdefault(key, [0, 0, 0])
        figures[1] += count
        figures[2] += confirmed
    return {key: Figures(*each) for key, each in found.items()}


def summaries(form_ids: Sequence[int], *, since: datetime) -> dict[int, Figures]:
    """Return the figures of several forms since an instant."""
    params = {"forms": list(form_ids), "since": since, "day": since.date(), "apart": list(map(str, _APART))}
    found = sql.rows(sql.Relation(sql.text("signup/summaries"), params))
    return {
        form_id: Figures(int(views), int(sent), int(confirmed)) for form_id, views, sent, confirmed in found
    }


# Addresses


def decode_form(token: str) -> SignupToken | None:
    """Return the workspace and form of a public address; None for an invalid one. Uses no database."""
    return tokens.decode(token, purpose=Purpose.FORM, key=_key())


def decode_confirmation(token: str) -> SignupToken | None:
    """Return the workspace and submission of a link to confirm; None for an invalid one."""
    return tokens.decode(token, purpose=Purpose.CONFIRM, key=_key())


def decode_external(token: str) -> SignupToken | None:
    """Return the workspace and form of a secret address; None for an invalid one. Uses no database."""
    return tokens.decode(token, purpose=Purpose.EXTERNAL, key=_key())


def form_token(workspace: Workspace, form: SignupForm) -> str:
    """Return the token of a form's public address."""
    return tokens.encode(SignupToken(Purpose.FORM, workspace.pk, form.pk), key=_key())


def form_url(workspace: Workspace, form: SignupForm) -> str:
    """Return the public address of a form."""
    return f"{settings.BASE_URL}/f/{form_token(workspace, form)}/"


def confirmation_url(workspace: Workspace, submission: Submission) -> str:
    """Return the link that asks to confirm a submission."""
    token = SignupToken(Purpose.CONFIRM, workspace.pk, submission.pk, _confirmation_secret(submission))
    return f"{settings.BASE_URL}/f/confirm/{tokens.encode(token, key=_key())}/"


def find_confirmed(token: SignupToken) -> Submission | None:
    """Return the submission that a link confirms; not one that has got its number after a restore."""
    found = Submission.objects.select_related("form", "version").filter(pk=token.row_id).first()
    return found if found is not None and token.secret == _confirmation_secret(found) else None


def _confirmation_secret(submission: Submission) -> str:
    return hashlib.sha256(f"{submission.key} {submission.email}".encode()).hexdigest()[:16]


def external_url(workspace: Workspace, form: SignupForm) -> str:
    """Return the secret address to which another system sends what its form collects."""
    token = SignupToken(Purpose.EXTERNAL, workspace.pk, form.pk, form.secret)
    return f"{settings.BASE_URL}/leads/{tokens.encode(token, key=_key())}"


def _key() -> bytes:
    return crypto.derive_key(_PURPOSE)


def is_external(form: SignupForm) -> bool:
    """Return whether a form belongs to another system."""
    return form.kind == FormKind.EXTERNAL


def mixed_of(contact: Contact) -> QuerySet[Submission]:
    """Return submissions with the phone number or email of a contact and the other one of somebody else."""
    mine = Q(pk__in=[])
    if contact.phone:
        mine |= Q(phone=contact.phone)
    if contact.email:
        mine |= Q(email=contact.email)
    return (
        Submission.objects.select_related("form").filter(mine, outcome=Outcome.MIXED).order_by("-at", "-id")
    )
