"""Long proofs: a tenth of their size in ``bin/test``, whole in ``bin/soak``, which prints what they proved.

A proof is a test with the mark ``@proof("what it shows", recipients=CONTACTS, kills=KILLS)``. Its sizes come from
``scaled``, the only reader of ``QUEN_PROOF_SCALE``. ``pytest -m proof`` runs the proofs alone and prints their table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

SCALE = float(os.environ.get("QUEN_PROOF_SCALE") or 0.1)


def scaled(whole: int, *, least: int = 1) -> int:
    """Return a size of a proof: ``whole`` times the scale, but never below ``least``, with which it can still fail."""
    return max(least, round(whole * SCALE))


def proof(claim: str, **sizes: int) -> pytest.MarkDecorator:
    """Return the mark of a proof: what it shows, and how often or on how much."""
    return pytest.mark.proof(claim, ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in sizes.items()))


@dataclass(slots=True)
class _Line:
    """A line of the table: a proof with all its cases."""

    size: str
    results: list[str]
    seconds: float = 0.0


def table(cases: Iterable[tuple[str, str, str, float]]) -> list[str]:
    """Return the table of the proofs as lines. cases: claim, size, outcome and seconds of each test."""
    lines: dict[str, _Line] = {}
    for claim, size, outcome, seconds in cases:
        line = lines.setdefault(claim, _Line(size, []))
        line.results.append(outcome)
        line.seconds += seconds
    rows = [("Proof", "Size", "Result", "Time")]
    for claim, line in lines.items():
        failed = [outcome for outcome in line.results if outcome != "passed"]
        result = f"{failed[0].upper()} ({len(failed)} of {len(line.results)})" if failed else "holds"
        rows.append((claim, line.size, result, f"{line.seconds:.0f} s"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]


# Hooks of pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "proof(claim, size): a long proof, whole in bin/soak (tests.proofs.proof)"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if mark := item.get_closest_marker("proof"):
            # Properties travel with the report from a process of pytest-xdist.
            item.user_properties.append(("proof", list(mark.args)))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.option.markexpr != "proof":
        return
    cases = []
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            properties = dict(getattr(report, "user_properties", ()))
            if "proof" in properties and (report.when == "call" or outcome != "passed"):
                cases.append((*properties["proof"], outcome, report.duration))
    terminalreporter.section(f"Proofs at {SCALE:g} of their size")
    terminalreporter.write_line("\n".join(table(cases)))
