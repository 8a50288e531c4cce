"""Recipients by the thousand while the sender and the database are killed: no contact gets two mails."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.core import postgres
from quen.core.postgres.processes import wait_until
from quen.core.tests.temporary_home import temporary_home

CONTACTS = scaled(20_000)
KILLS, DATABASE_KILLS = scaled(10, least=3), scaled(2)
ROOT = Path(__file__).resolve().parents[4]
HERE = "quen.apps.delivery.tests"


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as made:
        yield made


def environment(home: Path, url: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("QUEN_", "DJANGO_", "DATABASE_"))}
    return {
        **kept,
        "QUEN_HOME": str(home),
        "DATABASE_URL": url,
        "QUEN_SECRET_KEY": "a-key-for-this-test-only-" * 2,
        "DJANGO_SETTINGS_MODULE": "quen.config.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT.parent)]),
    }


def arrived(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def run(program: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *program.split()],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestCrash:
    @proof(
        "Killed while sending, every contact gets one message or is uncertain",
        recipients=CONTACTS,
        kills_of_the_sender=KILLS,
        of_the_database=DATABASE_KILLS,
    )
    def test_every_contact_gets_exactly_one_mail_or_is_uncertain(self, home: Path, tmp_path: Path) -> None:
        log = tmp_path / "arrived"
        sink = subprocess.Popen(
            [sys.executable, "-m", f"{HERE}.counting_sink", str(log)],
            env=environment(home, ""),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert sink.stdout is not None
        port = sink.stdout.readline().strip()
        cluster = postgres.Cluster(home)
        cluster.start()
        env = environment(home, cluster.url("quen"))
        sender: subprocess.Popen[bytes] | None = None
        try:
            schema, dispatch, connection = run(f"{HERE}.crash_workspace {port} {CONTACTS}", env).split()

            def start() -> subprocess.Popen[bytes]:
                return subprocess.Popen(
                    [sys.executable, "-m", f"{HERE}.crash_worker", schema, dispatch, connection],
                    env=env,
                    stderr=subprocess.DEVNULL,
                )

            dice = random.Random(20261122)  # the same moments in every run
            victims = ["sender"] * KILLS + ["database"] * DATABASE_KILLS
            dice.shuffle(victims)
            for number, victim in enumerate(victims, 1):
                sender = start()
                share = CONTACTS * number // (len(victims) + 2) + dice.randrange(CONTACTS // 100)
                assert wait_until(lambda: len(arrived(log)) >= share, PATIENCE_SECONDS), (number, victim)  # noqa: B023
                assert sender.poll() is None, "it had sent everything before it was killed"
                if victim == "database":
                    kill_database(cluster)
                    # The sender loses its connection and exits, as a worker does before its supervisor restarts it.
                    sender.wait(PATIENCE_SECONDS)
                    cluster.start()
                else:
                    sender.kill()
                    sender.wait()
            sender = start()
            assert sender.wait(PATIENCE_SECONDS) == 0
            output = run(f"{HERE}.crash_workspace count {schema} {dispatch}", env)
        finally:
            for process in (sender, sink):
                if process is not None and process.poll() is None:
                    process.kill()
                    process.wait()
            cluster.stop()

        mails = Counter(arrived(log))
        counts: dict[str, Any] = dict(word.split("=") for word in output.split())
        uncertain, sent = int(counts["uncertain"]), int(counts["sent"])
        assert max(mails.values()) == 1
        assert uncertain <= 50 * (KILLS + DATABASE_KILLS)
        assert sent + uncertain == CONTACTS
        # Every message counted as sent arrived; every one that did not arrive is uncertain.
        assert sent <= len(mails) <= CONTACTS
        assert CONTACTS - len(mails) <= uncertain
        assert counts["missing"] == "0"


def kill_database(cluster: postgres.Cluster) -> None:
    import signal

    pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    from quen.core.postgres.processes import servers_of

    assert wait_until(lambda: not any(servers_of(cluster.data)), PATIENCE_SECONDS)
