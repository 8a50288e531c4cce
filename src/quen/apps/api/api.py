"""The operation about the interface itself."""

from __future__ import annotations

from datetime import datetime

from ninja import Router
from pydantic import ConfigDict

from quen.apps.api.access import ApiRequest, about, needs
from quen.apps.api.types import ApiModel

router = Router(tags=["API"])


class CurrentKey(ApiModel):
    """The key of this call."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Website",
                "scopes": ["contacts.read", "contacts.write"],
                "workspace": "tra-sen",
                "expires_at": None,
            }
        }
    )

    name: str
    scopes: list[str]
    workspace: str
    """The workspace's name in addresses."""
    expires_at: datetime | None


@router.get("/key", response=CurrentKey, summary="Show the key of this call")
@needs(None)
def get_current_key(request: ApiRequest) -> CurrentKey:
    """Which workspace the key belongs to and what it may do: a call to try a connection with."""
    about(request, ())
    key = request.api_key
    return CurrentKey(
        name=key.name, scopes=key.scopes, workspace=request.workspace.slug, expires_at=key.expires_at
    )
