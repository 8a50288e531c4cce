import pytest

from quen.core.facts import load


@pytest.mark.parametrize(
    "name", ["calendar", "countries", "import_headers", "legacy_encodings", "phone_prefixes", "provinces"]
)
def test_every_facts_file_loads_once_and_states_its_certainty(name: str) -> None:
    facts = load(name)
    assert facts["meta"]
    assert load(name) is facts
