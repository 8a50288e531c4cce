"""Every sample file gives exactly the result in its .expect.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.models import Contact
from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState, IssueKind
from quen.core.actors import SYSTEM, Actor

SAMPLES = Path(__file__).with_name("samples")
NAMES = sorted(path.name.removesuffix(".expect.json") for path in SAMPLES.glob("*.expect.json"))


@pytest.fixture
def lenient(workspace: Workspace) -> Workspace:
    """Return Trà Sen without required fields."""
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])
    return workspace


def import_sample(name: str, actor: Actor = SYSTEM, **settings: Any) -> Import:
    """Import a sample with the automatic matching."""
    path = next(path for path in SAMPLES.glob(f"{name}.*") if not path.name.endswith(".json"))
    with path.open("rb") as content:
        import_ = services.create_from_upload(
            content=content, filename=path.name, actor=actor, now=NOW, kind="contacts"
        )
    services.auto_match(import_=import_)
    services.set_settings(import_=import_, settings=settings)
    services.validate_for_run(import_=import_, actor=actor, now=NOW)
    services.run_import(import_id=import_.pk, clock=lambda: NOW)
    return queries.get_import(import_.pk)


def stored(person: dict[str, str]) -> dict[str, str]:
    """Return the same fields of the contact with that phone."""
    contact = Contact.objects.get(phone=person["phone"])
    held = {
        "phone": contact.phone,
        "email": contact.email,
        "full_name": contact.full_name,
        "city": contact.city,
        "birthday": contact.birth_on.isoformat() if contact.birth_on else None,
    }
    return {key: held[key] or "" for key in person}


@pytest.mark.usefixtures("lenient")
class TestSamples:
    @pytest.mark.parametrize("name", NAMES)
    def test_creates_the_expected_contacts(self, name: str) -> None:
        expected = json.loads((SAMPLES / f"{name}.expect.json").read_text())
        import_ = import_sample(name)
        assert import_.state == ImportState.DONE
        assert (import_.rows, import_.created) == (expected["rows"], expected["people"])
        assert Contact.objects.count() == expected["people"]
        assert import_.refused == expected.get("refused_no_identifier", 0)
        assert import_.repeated == expected.get("duplicate_rows", 0)
        assert [stored(person) for person in expected["sample"]] == expected["sample"]
        warned = queries.issue_counts(import_, IssueKind.WARNING)
        assert sum(times for _code, field, times in warned if field == "email") == expected.get(
            "warned_bad_email", 0
        )
        assert (import_.updated, import_.unchanged) == (0, 0)
        assert import_.created + import_.repeated + import_.refused == import_.rows
