"""Consent: what a person answered, each with its proof."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import AwareDatetime, ConfigDict, Field

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel, RowId
from quen.apps.contacts import queries, services
from quen.apps.contacts.api.loading import load
from quen.apps.contacts.types import Channel, Consent, ConsentProof, ContactScope, Status

router = Router(tags=["Consent"])


class Proof(ApiModel):
    """How and when the person agreed. Without it no agreement is recorded."""

    ground: Annotated[str, Field(min_length=1, max_length=500)]
    """Where they agreed: "Form on the product page"."""
    obtained_at: AwareDatetime
    wording: Annotated[str, Field(max_length=5_000)] = ""
    """The words they agreed to."""
    method: Literal["web", "paper", "call", "sms", "software"] = "web"


class ConsentIn(ApiModel):
    """An answer that the person gave. Nothing is concluded from other data, such as an order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "channel": "email",
                "granted": True,
                "proof": {
                    "ground": "Form on the product page",
                    "obtained_at": "2026-11-29T08:00:00+07:00",
                    "wording": "I want news and offers by email.",
                },
            }
        }
    )

    channel: Literal["email", "sms", "zalo", "chat", "push", "call"]
    granted: bool
    """true: they agreed; false: they refused or left."""
    proof: Proof | None = None
    """Needed when they agreed."""


class ContactConsents(ApiModel):
    """What is in force, by channel."""

    contact_id: int
    status: Literal["subscribed", "non_subscribed", "unsubscribed", "saved"]
    consents: dict[str, Literal["never_asked", "granted", "withdrawn", "blocked"]]


class ConsentEntryOut(ApiModel):
    """A line of the consent log."""

    channel: str
    purpose: str
    consent: Literal["never_asked", "granted", "withdrawn", "blocked"]
    at: datetime
    ground: str
    method: str
    wording: str
    obtained_at: datetime | None


class ConsentLog(ApiModel):
    """The consent log of a contact, newest first."""

    data: list[ConsentEntryOut]


@router.post("/contacts/{contact_id}/consents", response=ContactConsents, summary="Record consent")
@needs(ContactScope.CONSENT)
def record_consent(request: ApiRequest, contact_id: RowId, body: ConsentIn) -> dict[str, Any]:
    """Record that a person agreed, with its proof, or refused. Who has left comes back only by their own act, which
    no other system can report.
    """
    contact = load(request, contact_id)
    proof = None
    if body.proof is not None:
        proof = ConsentProof(
            ground=body.proof.ground,
            obtained_at=body.proof.obtained_at,
            wording=body.proof.wording,
            method=body.proof.method,
            data={"api_key": request.api_key.pk},
        )
    contact = services.set_consent(
        contact=contact,
        channel=body.channel,
        consent=Consent.GRANTED if body.granted else Consent.WITHDRAWN,
        proof=proof,
        actor=request.actor,
        now=request.now,
    )
    about(request, [contact.pk])
    return {
        "contact_id": contact.pk,
        "status": Status(contact.status).name.lower(),
        "consents": {channel: Consent(contact.consent(channel)).name.lower() for channel in Channel.values},
    }


@router.get("/contacts/{contact_id}/consents", response=ConsentLog, summary="Read the consent log")
@needs(ContactScope.READ)
def list_consents(request: ApiRequest, contact_id: RowId) -> dict[str, Any]:
    """Return every answer with its proof, newest first."""
    contact = load(request, contact_id)
    return {
        "data": [
            {
                "channel": entry.channel,
                "purpose": entry.purpose,
                "consent": Consent(entry.consent).name.lower(),
                "at": entry.at,
                "ground": entry.proof.ground if entry.proof else "",
                "method": entry.proof.method if entry.proof else "",
                "wording": entry.proof.wording if entry.proof else "",
                "obtained_at": entry.proof.obtained_at if entry.proof else None,
            }
            for entry in queries.consent_entries(contact)
        ]
    }
