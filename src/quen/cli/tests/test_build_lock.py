"""Commands started at once in one clone prepare it one after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from quen.cli.build_lock import LOCK

BIN = LOCK.parent / "bin"
#: stands for Python and pip: notes what it is asked for, and when another one is at the same work
PYTHON = """#!/bin/sh
busy="$NOTES.busy"
work() {
    mkdir "$busy" || echo overlap >>"$NOTES"
    echo "$1" >>"$NOTES"
    sleep 0.2
    rmdir "$busy"
}
case "$*" in
"-m venv "*) work venv; mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/uv" ;;
"pip sync "*) work packages ;;
*sha256*) echo fingerprint ;;
--version) echo Python ;;
esac
"""
COMMAND = """#!/bin/sh
set -eu
. "$(dirname -- "$(readlink -f -- "$0")")/_env"
quen_env build
echo ready
"""
BUILDER = """
import sys
from pathlib import Path
from quen.cli.build_lock import build_lock
for _ in range(20):
    with build_lock(Path(sys.argv[1])), open(sys.argv[2], "a", buffering=1) as notes:
        notes.write("begin\\n")
        notes.write("end\\n")
"""


def test_two_commands_build_the_environment_of_a_fresh_clone_once(tmp_path: Path) -> None:
    clone, notes = tmp_path / "clone", tmp_path / "notes"
    (clone / "bin").mkdir(parents=True)
    shutil.copy(BIN / "_env", clone / "bin")
    python, command = tmp_path / "python", clone / "bin" / "command"
    for script, text in ((python, PYTHON), (command, COMMAND)):
        script.write_text(text)
        script.chmod(0o755)
    environment = {
        **os.environ,
        "QUEN_PYTHON": str(python),
        "NOTES": str(notes),
        "LC_ALL": "C",
    }
    started = [
        subprocess.Popen([command], env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0] for process in started] == ["ready\n"] * 3
    assert notes.read_text().split() == ["venv", "packages"]


def test_builds_of_one_clone_never_overlap(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", BUILDER, str(tmp_path / "lock"), str(notes)]
    started = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    assert notes.read_text().split() == ["begin", "end"] * 60
