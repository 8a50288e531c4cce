"""Conventions of the code that no linter knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src/quen"
LOCKS = SOURCES / "core/locks.py"


def sources(*, tests: bool) -> Iterator[tuple[Path, str]]:
    """Yield path and text of the Python and SQL files, of the tests or of everything else."""
    for folder in (SOURCES, ROOT / "tests"):
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")]):
            if ("tests" in path.relative_to(ROOT).parts) == tests and path != Path(__file__):
                yield path, path.read_text(encoding="utf-8")


def test_advisory_locks_are_taken_in_one_module() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path, text in sources(tests=False)
        if re.search(r"pg_(try_)?advisory", text) and path != LOCKS
    ]
    assert found == []


#: file → what of the outside world it replaces; this list may only become shorter
PATCHED = {"src/quen/core/tests/test_http.py": "the answer of the system's name service"}


def test_limits_are_arguments_or_settings_and_nothing_of_the_product_is_patched() -> None:
    patched = re.compile(
        r"monkeypatch\.set(?:attr|item)|\bmock\b|(?<!client\.)(?<!def )\bpatch(?:\.object|\.dict)?\("
        r"|setattr\(\s*[\"']quen\."
    )
    found = {str(path.relative_to(ROOT)) for path, text in sources(tests=True) if patched.search(text)}
    assert found - set(PATCHED) == set()
    assert set(PATCHED) - found == set(), "no longer needed"


#: file → why it may sleep; programs that tests start are not counted; this list may only become shorter
SLEEPS = {
    "src/quen/apps/delivery/tests/test_throttling.py": "sleeps as long as it is told to, as a sender does",
    "src/quen/apps/import_export/tests/test_import_run.py": "a kill falls at any moment after a row",
}


def test_tests_wait_for_what_comes_and_never_for_a_fixed_time() -> None:
    # A moment between two looks at what must come is none.
    sleeps = re.compile(r"\bsleep\((?!0(?:\.0\d+|\.1)?\))|\bwait_for_timeout\((?!\d\d\))")
    found = {
        str(path.relative_to(ROOT))
        for path, text in sources(tests=True)
        if path.name.startswith(("test_", "conftest")) and sleeps.search(text)
    }
    assert found - set(SLEEPS) == set()
    assert {name for name in SLEEPS if (ROOT / name).exists()} - found == set(), "no longer needed"


def test_the_size_of_proofs_is_read_in_one_place() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path, text in sources(tests=True)
        if "environ" in text and "PROOF_SCALE" in text
    ]
    assert found == ["tests/proofs.py"]
