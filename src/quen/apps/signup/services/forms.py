"""Forms: drafts that save themselves, versions that never change, and the words that people agree to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.signup import queries
from quen.apps.signup.models import ConsentWording, FormVersion, SignupForm, new_secret
from quen.apps.signup.rules.wording import check_wording
from quen.apps.signup.types import (
    LANGUAGES,
    MAX_FORMS,
    MAX_ITEMS,
    MAX_NAME_CHARS,
    BadRedirect,
    FormContent,
    FormInUse,
    FormKind,
    FormNameMissing,
    FormNotReady,
    Item,
    ItemKind,
    SignupRight,
    TooManyForms,
    TooManyItems,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import workspace_path
from quen.core.actors import Actor
from quen.core.text import clean

_IDENTIFYING = ("phone", "email")


@transaction.atomic
def create_form(
    *, name: str, kind: str = FormKind.OWN, content: FormContent | None = None, actor: Actor, now: datetime
) -> SignupForm:
    """Create a form and return it. Without content it begins with name, phone and email, in the colours of the latest.

    Raises FormNameMissing, TooManyForms.
    """
    if SignupForm.objects.count() >= MAX_FORMS:
        raise TooManyForms(max=MAX_FORMS)
    form = SignupForm(name=_name(name), kind=FormKind(kind).value, created_at=now, updated_at=now)
    form.member_name = actor.name
    latest = SignupForm.objects.filter(kind=FormKind.OWN).order_by("-id").first()
    started = content or _first_content(form.name)
    if content is None and latest is not None:
        started = replace(started, accent=latest.content.accent, ground=latest.content.ground)
    form.draft = started.as_json()
    form.save()
    team.audit(actor, "signup.created", now=now, target=form, data={"name": form.name})
    return form


@transaction.atomic
def rename_form(*, form: SignupForm, name: str, actor: Actor, now: datetime) -> None:
    """Change a form's name, which only members see. Raises FormNameMissing."""
    form = _locked(form)
    form.name, form.updated_at = _name(name), now
    form.save(update_fields=["name", "updated_at"])
    team.audit(actor, "signup.renamed", now=now, target=form, data={"name": form.name})


@transaction.atomic
def change_draft(*, form: SignupForm, now: datetime, **values: Any) -> FormContent:
    """Change parts of a draft and return it; customers see nothing of it. Raises BadRedirect. Locks the form."""
    form = _locked(form)
    content = replace(form.content, **values)
    if content.redirect and not content.redirect.startswith(("https://", "http://")):
        raise BadRedirect()
    return _save_draft(form, content, now)


@transaction.atomic
def change_item(*, form: SignupForm, item: Item, now: datetime) -> FormContent:
    """Replace the item with the same key, if it is still there. Locks the form."""
    form = _locked(form)
    items = [item if each.key == item.key else each for each in form.content.items]
    return _save_draft(form, replace(form.content, items=items), now)


@transaction.atomic
def add_item(*, form: SignupForm, item: Item, now: datetime) -> Item:
    """Add a field after the last field, or a consent box at the end; return it with its key. Raises TooManyItems.

    A field of a contact's column is there once: it is returned as it is.
    """
    form = _locked(form)
    content = form.content
    if item.kind == ItemKind.FIELD:
        known = next((each for each in content.fields if each.target == item.target), None)
        if known is not None:
            return known
    if len(content.items) >= MAX_ITEMS:
        raise TooManyItems(max=MAX_ITEMS)
    added = replace(item, key=item.target if item.kind == ItemKind.FIELD else _free_box(content))
    items = list(content.items)
    last_field = max((place for place, each in enumerate(items, 1) if each.kind == ItemKind.FIELD), default=0)
    items.insert(last_field if item.kind == ItemKind.FIELD else len(items), added)
    _save_draft(form, replace(content, items=items), now)
    return added


@transaction.atomic
def delete_item(*, form: SignupForm, key: str, now: datetime) -> FormContent:
    """Take an item off the draft. Locks the form."""
    form = _locked(form)
    items = [each for each in form.content.items if each.key != key]
    return _save_draft(form, replace(form.content, items=items), now)


@transaction.atomic
def move_item(*, form: SignupForm, key: str, to: int, now: datetime) -> FormContent:
    """Move an item to a place, counted from 0. Locks the form."""
    form = _locked(form)
    items = list(form.content.items)
    moved = form.content.item(key)
    if moved is None:
        return form.content
    items.remove(moved)
    items.insert(max(0, min(to, len(items))), moved)
    return _save_draft(form, replace(form.content, items=items), now)


@transaction.atomic
def discard_changes(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Put the draft back to what customers see. Locks the form."""
    form = _locked(form)
    version = queries.published_version(form)
    if version is not None:
        form.draft, form.updated_at, form.review_asked_at = version.content, now, None
        form.save(update_fields=["draft", "updated_at", "review_asked_at"])
        team.audit(actor, "signup.discarded", now=now, target=form, data={"name": form.name})


def problems(form: SignupForm) -> list[str]:
    """Return what is missing before a form can be published, in the active language."""
    found, content = [], form.content
    if form.kind == FormKind.OWN and not any(item.target in _IDENTIFYING for item in content.fields):
        found.append(_("Add a phone number or an email: without one nobody can be found again."))
    for language in content.languages:
        for item in content.consents:
            words = item.label.get(language, "")
            check = check_wording(words, channel=item.channel)
            if not check.can_be_published:
                found.append(
                    _(
                        "The consent box “%(channel)s” (%(language)s) must say what is sent, where, and how often."
                    )
                    % {"channel": item.channel, "language": language.upper()}
                )
        if any(not item.label.get(language, "").strip() for item in content.fields):
            found.append(_("A field has no name in %(language)s.") % {"language": language.upper()})
    return found


@transaction.atomic
def publish(*, form: SignupForm, actor: Actor, now: datetime) -> FormVersion:
    """Make the draft what customers see, and return the new version; changed words of consent get one of their own.

    Raises FormNotReady. Locks the form.
    """
    form = _locked(form)
    missing = problems(form)
    if missing:
        raise FormNotReady(reasons=" ".join(missing))
    last = FormVersion.objects.filter(form=form).order_by("-number").first()
    if last is not None and last.content == form.draft and form.published_id == last.pk:
        return last
    version = FormVersion.objects.create(
        form=form,
        number=last.number + 1 if last else 1,
        content=form.content.as_json(),
        published_at=now,
        member_name=actor.name,
    )
    _publish_wordings(form, form.content, now)
    form.published_id, form.review_asked_at, form.updated_at = version.pk, None, now
    form.save(update_fields=["published_id", "review_asked_at", "updated_at"])
    team.audit(
        actor, "signup.published", now=now, target=form, data={"name": form.name, "number": version.number}
    )
    return version


@transaction.atomic
def ask_for_review(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Tell those who may publish that a draft is ready, once until it is published. Locks the form."""
    form = _locked(form)
    if form.review_asked_at is not None:
        return
    form.review_asked_at = now
    form.save(update_fields=["review_asked_at"])
    tell(SignupRight.PUBLISH, "signup.review_asked", form, now=now, data={"by": actor.name})


@transaction.atomic
def close_form(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Close a form: its page says so, and nothing is taken any more. Locks the form."""
    form = _locked(form)
    if form.closed_at is None:
        form.closed_at = now
        form.save(update_fields=["closed_at"])
        team.audit(actor, "signup.closed", now=now, target=form, data={"name": form.name})


@transaction.atomic
def open_form(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Open a form again. Locks the form."""
    form = _locked(form)
    if form.closed_at is not None:
        form.closed_at = None
        form.save(update_fields=["closed_at"])
        team.audit(actor, "signup.opened", now=now, target=form, data={"name": form.name})


@transaction.atomic
def delete_form(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Delete a form that nobody has used. Raises FormInUse. Locks the form."""
    form = _locked(form)
    if form.submissions.exists():
        raise FormInUse()
    form.wordings.all().delete()
    form.versions.all().delete()
    team.audit(actor, "signup.deleted", now=now, target=form, data={"name": form.name})
    form.delete()


@transaction.atomic
def renew_address(*, form: SignupForm, actor: Actor, now: datetime) -> None:
    """Give a form of another system a new secret address; the old one takes nothing any more. Locks the form."""
    form = _locked(form)
    form.secret = new_secret()
    form.save(update_fields=["secret"])
    team.audit(actor, "signup.address_renewed", now=now, target=form, data={"name": form.name})


@transaction.atomic
def set_mapping(*, form: SignupForm, mapping: dict[str, str], actor: Actor, now: datetime) -> None:
    """Say which field of another system's form is which of ours; "" leaves one out. Locks the form."""
    form = _locked(form)
    form.mapping, form.updated_at = {**form.mapping, **mapping}, now
    form.save(update_fields=["mapping", "updated_at"])
    team.audit(actor, "signup.mapped", now=now, target=form, data={"name": form.name})


def tell(right: SignupRight, kind: str, form: SignupForm, *, now: datetime, data: dict[str, Any]) -> None:
    """Notify the members with a right about a form."""
    path = workspace_path(f"/forms/{form.pk}/")
    for member in team_queries.members():
        if member.can(right):
            team.notify(member, kind, now=now, path=path, data={"form": form.name, **data})


def _publish_wordings(form: SignupForm, content: FormContent, now: datetime) -> None:
    """End the words that changed or went, and begin the new ones."""
    wanted = {
        (item.key, language): item
        for item in content.consents
        for language in content.languages
        if item.label.get(language, "").strip()
    }
    for current in ConsentWording.objects.filter(form=form, until_at=None):
        item = wanted.get((current.box, current.language))
        same = item is not None and (item.label[current.language], item.channel, item.topic) == (
            current.text,
            current.channel,
            current.topic_id,
        )
        if same:
            del wanted[current.box, current.language]
        else:
            current.until_at = now
            current.save(update_fields=["until_at"])
    for (box, language), item in wanted.items():
        numbers = ConsentWording.objects.filter(form=form, box=box, language=language)
        last = numbers.order_by("-number").values_list("number", flat=True).first()
        ConsentWording.objects.create(
            form=form,
            box=box,
            language=language,
            number=(last or 0) + 1,
            channel=item.channel,
            topic_id=item.topic,
            text=item.label[language],
            since_at=now,
        )


def _save_draft(form: SignupForm, content: FormContent, now: datetime) -> FormContent:
    form.draft, form.updated_at, form.review_asked_at = content.as_json(), now, None
    form.save(update_fields=["draft", "updated_at", "review_asked_at"])
    return content


def _locked(form: SignupForm) -> SignupForm:
    return SignupForm.objects.select_for_update().get(pk=form.pk)


def _name(raw: str) -> str:
    name = clean(raw)
    if not name or len(name) > MAX_NAME_CHARS:
        raise FormNameMissing()
    return name


def _free_box(content: FormContent) -> str:
    taken = {item.key for item in content.items}
    return next(f"consent_{number}" for number in range(1, MAX_ITEMS + 2) if f"consent_{number}" not in taken)


def _first_content(name: str) -> FormContent:
    texts: dict[str, dict[str, str]] = {"name": {}, "phone": {}, "email": {}, "button": {}, "thanks": {}}
    for language in LANGUAGES:
        with translation.override(language):
            texts["name"][language] = _("Full name")
            texts["phone"][language] = _("Phone number")
            texts["email"][language] = _("Email")
            texts["button"][language] = _("Sign up")
            texts["thanks"][language] = _("Thank you. We have received your registration.")
    items: Sequence[Item] = (
        Item(key="full_name", kind=ItemKind.FIELD, target="full_name", label=texts["name"], required=True),
        Item(key="phone", kind=ItemKind.FIELD, target="phone", label=texts["phone"], required=True),
        Item(key="email", kind=ItemKind.FIELD, target="email", label=texts["email"]),
    )
    return FormContent(
        title={"vi": name}, button=texts["button"], items=items, thanks=texts["thanks"], languages=("vi",)
    )
