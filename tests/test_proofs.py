"""The table of the long proofs names what did not hold."""

from __future__ import annotations

from tests import proofs


def test_a_proof_holds_if_all_its_cases_do() -> None:
    lines = proofs.table(
        [
            ("Nobody gets two", "20 kills", "passed", 61.2),
            ("Both agree", "2 series", "passed", 1.0),
            ("Both agree", "2 series", "failed", 2.4),
        ]
    )
    assert [line.split() for line in lines] == [
        ["Proof", "Size", "Result", "Time"],
        ["Nobody", "gets", "two", "20", "kills", "holds", "61", "s"],
        ["Both", "agree", "2", "series", "FAILED", "(1", "of", "2)", "3", "s"],
    ]


def test_a_size_never_falls_below_what_can_fail() -> None:
    assert proofs.scaled(1, least=3) == 3
    assert proofs.scaled(1_000_000) == round(1_000_000 * proofs.SCALE)
