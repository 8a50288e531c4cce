"""The settings form of an import of contacts: tags, status with its proof, what to do with existing contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.importing.cell_values import agrees
from quen.apps.contacts.importing.targets import REFUSAL_TARGETS, STATUS_TARGETS, is_answer
from quen.apps.contacts.rules.labels import LABELS
from quen.apps.contacts.types import ConsentMethod, ProofMissing, Status
from quen.apps.import_export.registry import ColumnMapping
from quen.apps.import_export.types import ConflictPolicy
from quen.ui.widgets import ComboboxInput, DayField, StringListField

_MAX_QUOTED = 3
_STATUS_LABELS = {
    Status.NON_SUBSCRIBED: _("Non-subscribed: no marketing emails until they agree"),
    Status.SUBSCRIBED: _("Subscribed: they agreed to receive marketing"),
    Status.UNSUBSCRIBED: _("Unsubscribed: they opted out"),
    Status.SAVED: _("Archived: kept, never contacted"),
}
_POLICY_LABELS = {
    ConflictPolicy.SKIP: _("Keep them unchanged"),
    ConflictPolicy.OVERWRITE: _("Overwrite with the file; empty cells never clear a value"),
    ConflictPolicy.FILL: _("Only fill empty fields"),
}


class ContactImportSettingsForm(forms.Form):
    """Settings of an import of contacts.

    A column of status or email consent determines the status of its rows. Then the form asks for no status, but for a
    confirmation that the column's answers may count as proof of consent (R-18).
    """

    tags = StringListField(
        label=_("Tags for everyone in this file"),
        required=False,
        help_text=_("Type to search, press Enter to add. Tags in the file are added too."),
        widget=ComboboxInput(options=queries.tag_names),
    )
    status = forms.TypedChoiceField(
        label=_("Customer status"),
        coerce=int,
        choices=[(status.value, label) for status, label in _STATUS_LABELS.items()],
        widget=forms.RadioSelect,
    )
    proof_method = forms.ChoiceField(
        label=_("How they agreed"), required=False, choices=ConsentMethod.choices
    )
    obtained_on = DayField(label=_("When they agreed"), required=False)
    proof = forms.CharField(
        label=_("Basis for consent"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For example: filled in the membership form at the shop. Bought or borrowed lists don't count as consent."
        ),
    )
    wording = forms.CharField(label=_("Consent wording"), required=False, max_length=500)
    confirmed = forms.BooleanField(required=False)
    conflict_policy = forms.ChoiceField(
        label=_("Customers who are already in Quen"),
        choices=[(policy.value, label) for policy, label in _POLICY_LABELS.items()],
        widget=forms.RadioSelect,
    )
    clear_mark = forms.CharField(
        label=_("Text that clears a field"),
        required=False,
        max_length=40,
        help_text=_("A cell with exactly this text, such as #CLEAR, clears the field."),
    )
    reject_incomplete = forms.BooleanField(label=_("Reject incomplete rows"), required=False)
    source_id = forms.TypedChoiceField(label=_("Source"), required=False, coerce=int, empty_value=None)

    def __init__(
        self,
        data: Any,
        *,
        settings: Mapping[str, Any],
        columns: Sequence[ColumnMapping],
        required: Sequence[str],
        today: date,
    ) -> None:
        super().__init__(data, initial=_initial(settings))
        self._today = today
        self._zone = timezone.get_current_timezone()
        refusal_columns = [column for column in columns if column.target in REFUSAL_TARGETS]
        consent_columns = [
            column for column in columns if is_answer(column.target) and column not in refusal_columns
        ]
        self.consent_columns = _quoted(column.header for column in consent_columns)
        self.refusal_columns = _quoted(column.header for column in refusal_columns)
        self.status_is_mapped = any(column.target in STATUS_TARGETS for column in consent_columns)
        required_labels = ", ".join(str(LABELS.get(name, name)) for name in required)
        self.fields["reject_incomplete"].help_text = (
            _("Required in this workspace: %(fields)s. Otherwise these rows are imported as incomplete.")
            % {"fields": required_labels}
            if required_labels
            else _("Otherwise they are imported as incomplete.")
        )
        sources: list[tuple[str, Any]] = [("", _("Imported from a file"))]
        sources += [(str(pk), name) for pk, name in queries.active_sources().values_list("pk", "name")]
        self.fields["source_id"].choices = sources  # type: ignore[attr-defined]  # a choice field
        #: the labels of other apps that everybody in the file may get
        self._labels: list[str] = []
        for labels in registry.import_labels().values():
            if labels.answers:
                continue
            self._labels.append(labels.key)
            self.fields[labels.key] = StringListField(
                label=str(labels.setting),
                required=False,
                help_text=str(labels.help),
                initial=settings.get(labels.key) or [],
                widget=ComboboxInput(options=partial(labels.names, "")),
            )
        if self.status_is_mapped:
            del self.fields["status"]
        if not consent_columns:
            del self.fields["confirmed"]
        else:
            self.fields["confirmed"].label = _confirmation(consent_columns)

    def clean(self) -> dict[str, Any]:
        """Require proof and its date for subscribed contacts, and the confirmation for consent in the file."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("status") == Status.SUBSCRIBED:
            if not cleaned.get("proof", "").strip():
                self.add_error("proof", forms.ValidationError(str(ProofMissing.text), code=ProofMissing.code))
            if "obtained_on" not in self.errors and not cleaned.get("obtained_on"):
                self.add_error("obtained_on", forms.ValidationError(_("Enter the date."), code="day_missing"))
        if cleaned.get("obtained_on") and cleaned["obtained_on"] > self._today:
            self.add_error(
                "obtained_on", forms.ValidationError(_("This date is in the future."), code="future")
            )
        if "confirmed" in self.fields and not cleaned.get("confirmed"):
            self.add_error(
                "confirmed",
                forms.ValidationError(
                    _(
                        "Confirm this, or go back and skip the column. Bought or borrowed lists don't count as consent."
                    ),
                    code="not_confirmed",
                ),
            )
        return cleaned

    def settings(self) -> dict[str, Any]:
        """Return the settings as services.set_settings takes them."""
        cleaned = self.cleaned_data
        subscribed = cleaned.get("status") == Status.SUBSCRIBED
        return {
            "tags": cleaned["tags"],
            "status": cleaned.get("status"),
            "proof": self._proof() if subscribed else {},
            "consent_confirmed": bool(cleaned.get("confirmed")),
            "conflict_policy": cleaned["conflict_policy"],
            "clear_mark": cleaned["clear_mark"].strip()
            if cleaned["conflict_policy"] == ConflictPolicy.OVERWRITE
            else "",
            "reject_incomplete": cleaned["reject_incomplete"],
            "source_id": cleaned["source_id"],
            **{key: cleaned[key] for key in self._labels},
        }

    @property
    def label_fields(self) -> list[forms.BoundField]:
        """Return the fields with labels of other apps, such as groups."""
        return [self[key] for key in self._labels]

    def _proof(self) -> dict[str, str]:
        cleaned = self.cleaned_data
        obtained = datetime.combine(cleaned["obtained_on"], time.min, self._zone)
        return {
            "method": cleaned["proof_method"] or ConsentMethod.WEB.value,
            "ground": cleaned["proof"].strip(),
            "obtained_at": obtained.isoformat(),
            "wording": cleaned["wording"].strip(),
        }


def _confirmation(columns: Sequence[ColumnMapping]) -> str:
    """Return what the author confirms (R-18), with the file's own words for yes where the sample has some."""
    words = dict.fromkeys(value for column in columns for value in column.values if agrees(value))
    if not words:
        return str(
            _(
                "I confirm that everyone marked as agreeing in this file agreed to receive marketing themselves"
            )
        )
    text = _("I confirm that everyone with %(words)s in %(columns)s agreed to receive marketing themselves")
    headings = _quoted(column.header for column in columns)
    return text % {"words": _quoted(list(words)[:_MAX_QUOTED]), "columns": headings}


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)


def _initial(settings: Mapping[str, Any]) -> dict[str, Any]:
    proof = settings.get("proof") or {}
    obtained = proof.get("obtained_at")
    return {
        "tags": settings.get("tags") or [],
        "status": settings.get("status") or Status.NON_SUBSCRIBED.value,
        "proof_method": proof.get("method") or ConsentMethod.PAPER.value,
        "proof": proof.get("ground", ""),
        "obtained_on": datetime.fromisoformat(obtained).date() if obtained else None,
        "wording": proof.get("wording", ""),
        "confirmed": settings.get("consent_confirmed", False),
        "conflict_policy": settings.get("conflict_policy") or ConflictPolicy.SKIP.value,
        "clear_mark": settings.get("clear_mark", ""),
        "reject_incomplete": settings.get("reject_incomplete", False),
        "source_id": settings.get("source_id") or "",
    }
