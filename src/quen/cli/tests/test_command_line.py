"""Errors of the command line."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from quen.cli import base
from quen.cli.base import CommandError
from quen.cli.i18n import language
from quen.cli.ports import check_port_free


def quen(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in English by default."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C", **changes}
    return subprocess.run(
        [sys.executable, "-m", "quen.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


class TestPort:
    def test_a_taken_port_is_refused_in_one_sentence_before_anything_is_touched(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = quen("up", "--port", str(port), "--home", str(home))
        assert done.returncode == 1
        assert done.stderr.strip().count("\n") == 0
        assert f"Port {port} is in use" in done.stderr
        assert f"--port {port + 1}" in done.stderr
        assert not home.exists()

    def test_a_free_port_is_fine(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        check_port_free("127.0.0.1", port)

    @pytest.mark.parametrize("port", [0, -1, 65536])
    def test_a_number_that_is_no_port_is_refused(self, port: int) -> None:
        with pytest.raises(CommandError) as refusal:
            check_port_free("127.0.0.1", port)
        assert refusal.value.code == "bad_port"

    def test_an_address_that_is_not_ours_is_refused(self) -> None:
        with pytest.raises(CommandError) as refusal:
            check_port_free("203.0.113.7", 8000)
        assert "203.0.113.7" in str(refusal.value)


class TestHome:
    def test_an_unreachable_home_is_refused_in_one_sentence(self) -> None:
        done = quen("up", "--port", "54999", "--home", "/proc/quen")
        assert done.returncode == 1
        assert done.stderr.strip().count("\n") == 0
        assert "/proc/quen" in done.stderr
        assert "QUEN_HOME" in done.stderr

    def test_programs_get_the_refusal_as_json(self) -> None:
        done = quen("up", "--port", "54999", "--home", "/proc/quen", "--json")
        assert json.loads(done.stdout)["code"] == "home_unwritable"
        assert done.returncode == 1


class TestCommands:
    def test_every_command_is_found_and_explains_itself(self) -> None:
        commands = base.find_commands()
        assert {"up", "doctor", "worker", "manage"} <= commands.keys()
        for command in commands.values():
            assert command.summary.endswith(".")

    def test_help_lists_what_people_use_and_hides_the_rest(self) -> None:
        done = quen("--help")
        assert done.returncode == 0
        assert "doctor" in done.stdout
        assert "prepare" not in done.stdout

    def test_wrong_use_has_an_exit_code_of_its_own(self) -> None:
        assert quen("nonsense").returncode == base.EXIT_USAGE


class TestLanguage:
    @pytest.mark.parametrize(
        ("environment", "code"),
        [
            ({"LANG": "vi_VN.UTF-8"}, "vi"),
            ({"LANG": "vi_VN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
            ({"LANG": "en_US.UTF-8"}, "en"),
            ({"LANG": "", "LC_MESSAGES": "vi_VN"}, "vi"),
            ({}, "en"),
        ],
    )
    def test_follows_the_terminal(self, environment: dict[str, str], code: str) -> None:
        assert language(environment) == code


class TestExtractor:
    def test_every_name_given_to_gettext_is_known_to_the_extractor(self) -> None:
        import re

        from quen.cli import translations

        given = {
            name
            for path in translations.PACKAGE.rglob("*.py")
            for name in re.findall(r"gettext(?:_lazy|_noop)? as (\w+)", path.read_text())
        }
        assert given <= set(translations._KEYWORDS)
