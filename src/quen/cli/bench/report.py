"""The results as a page of the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from quen.cli.bench.measure import BenchResult, growth_exponent


def write(path: Path, results: Sequence[BenchResult], *, day: date, server: str, minutes: float) -> None:
    """Write docs/performance.md."""
    path.write_text(page(results, day=day, server=server, minutes=minutes), encoding="utf-8")


def page(results: Sequence[BenchResult], *, day: date, server: str, minutes: float) -> str:
    """Return the page: a row for each path and size, the growth exponents, the single counts."""
    lines = [
        "# Performance",
        "",
        "Written by `bin/bench`; every number stands beside a baseline measured in the same run on the same machine,",
        "so that the ratio means something elsewhere too. A ratio of 1 is the baseline itself.",
        "",
        f"Measured {day:%d/%m/%Y}: {os.cpu_count()} cores, {_memory_gb()} GB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, PostgreSQL {server}; {minutes:.0f} minutes.",
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


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
