"""The results as a page of the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from quen.cli.bench.beside_citus import MeasuredPair
from quen.cli.bench.measure import BenchResult, growth_exponent

_CITUS_HEADING = "## On a Citus cluster"


def write(path: Path, text: str) -> None:
    """Write docs/performance.md; its section about Citus, which another run measured, stays."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text + _citus_part(before), encoding="utf-8")


def write_citus_section(path: Path, section: str) -> None:
    """Write the section about Citus, in the place of the one before; the rest of the page stays."""
    before = path.read_text(encoding="utf-8") if path.exists() else "# Performance\n"
    path.write_text(before.removesuffix(_citus_part(before)) + "\n" + section, encoding="utf-8")


def _citus_part(text: str) -> str:
    start = text.find(f"\n{_CITUS_HEADING}\n")
    return text[start:] if start >= 0 else ""


def citus_section(pairs: Sequence[MeasuredPair], *, day: date, versions: str, minutes: float) -> str:
    """Return the section about Citus: a row for each path and size, on plain PostgreSQL and on the cluster."""
    lines = [
        _CITUS_HEADING,
        "",
        "Written by `bin/bench --citus`: a coordinator and two workers on one machine beside plain PostgreSQL with",
        "the same settings, in the same run. The last column is how many times as long the cluster takes.",
        "",
        f"Measured {day:%d/%m/%Y}: {_machine()}, {versions}; {minutes:.0f} minutes.",
        "",
        "| path | contacts | PostgreSQL | Citus | times as long |",
        "|---|---:|---:|---:|---:|",
    ]
    for pair in pairs:
        measured = " | ".join(f"{_number(r.value)} {r.unit}" for r in (pair.plain, pair.citus))
        lines.append(f"| {pair.plain.path} | {pair.plain.size:,} | {measured} | {pair.times_as_long:.2f} |")
    return "\n".join(lines) + "\n"


def page(results: Sequence[BenchResult], *, day: date, server: str, minutes: float) -> str:
    """Return the page: a row for each path and size, the growth exponents, the single counts."""
    lines = [
        "# Performance",
        "",
        "Written by `bin/bench`; every number stands beside a baseline measured in the same run on the same machine,",
        "so that the ratio means something elsewhere too. A ratio of 1 is the baseline itself.",
        "",
        f"Measured {day:%d/%m/%Y}: {_machine()}, PostgreSQL {server}; {minutes:.0f} minutes.",
        "",
        "| path | contacts | measured | baseline | ratio | to reach | reached | |",
        "|---|---:|---:|---:|---:|---|---|---|",
    ]
    for r in results:
        baseline = f"{_number(r.baseline)} {r.unit} ({r.baseline_name})" if r.baseline is not None else "–"
        ratio = f"{r.ratio:.2f}" if r.ratio is not None else "–"
        reached = {True: "yes", False: "**no**", None: ""}[r.reached]
        lines.append(
            f"| {r.path} | {r.size:,} | {_number(r.value)} {r.unit} | {baseline} | {ratio} | {r.target} | {reached} |"
            f" {r.notes} |"
        )
    lines += [
        "",
        "## Growth",
        "",
        "Time grows with size to the power of:",
        "",
        "| path | exponent |",
        "|---|---:|",
    ]
    for name in dict.fromkeys(r.path for r in results):
        exponent = growth_exponent([r for r in results if r.path == name])
        if exponent is not None:
            lines.append(f"| {name} | {exponent:.2f} |")
    detailed = [r for r in results if r.details]
    if detailed:
        largest = max(detailed, key=lambda r: r.size)
        lines += [
            "",
            f"## Counts one by one, {largest.size:,} contacts",
            "",
            "| condition | ms |",
            "|---|---:|",
        ]
        lines += [f"| {name} | {_number(value)} |" for name, value in largest.details]
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _machine() -> str:
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {_memory_gb()} GB, {system}, Python {platform.python_version()}"


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
