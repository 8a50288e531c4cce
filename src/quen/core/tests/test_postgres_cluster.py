"""The embedded cluster, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_SECONDS

from quen.core import postgres
from quen.core.postgres.cluster import THROWAWAY
from quen.core.postgres.processes import alive, servers_of, wait_until
from quen.core.tests.temporary_home import temporary_home


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


@pytest.fixture
def cluster(home: Path) -> Iterator[postgres.Cluster]:
    created = postgres.Cluster(home, settings=THROWAWAY)
    yield created
    created.stop()


def fetch_one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


class TestCluster:
    def test_starts_stops_and_keeps_the_data(self, cluster: postgres.Cluster) -> None:
        cluster.start()
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        pid = cluster.pid()
        cluster.stop()
        assert pid is not None
        assert not alive(pid)
        assert list(servers_of(cluster.data)) == []
        cluster.start()
        assert fetch_one(cluster.url(), "SELECT n FROM kept") == 7

    def test_listens_on_a_private_socket_only_and_without_superuser(self, cluster: postgres.Cluster) -> None:
        cluster.start()
        assert fetch_one(cluster.url(), "SHOW listen_addresses") == ""
        assert cluster.socket_folder().stat().st_mode & 0o077 == 0
        assert fetch_one(cluster.url(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert fetch_one(cluster.url(), "SHOW timezone") == "UTC"
        assert fetch_one(cluster.url(), "SELECT upper('đạt')") == "ĐẠT"

    def test_starting_twice_joins_the_running_one(self, cluster: postgres.Cluster, home: Path) -> None:
        cluster.start()
        second = postgres.Cluster(home)
        second.start()
        assert second.pid() == cluster.pid()
        assert second.url() == cluster.url()

    def test_works_in_a_home_whose_path_is_too_long_for_a_socket(self) -> None:
        with temporary_home("a" * 60 + "/" + "b" * 60) as home:
            cluster = postgres.Cluster(home, settings=THROWAWAY)
            try:
                cluster.start()
                folder = cluster.socket_folder()
                assert not folder.is_relative_to(home)
                assert folder.stat().st_mode & 0o777 == 0o700
                assert fetch_one(cluster.url(), "SELECT 1") == 1
            finally:
                cluster.stop()
            assert not folder.exists()

    def test_starts_although_another_process_has_the_id_in_its_lock_file(
        self, cluster: postgres.Cluster
    ) -> None:
        cluster.start()
        cluster.stop()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            lock = cluster.data / "postmaster.pid"
            lock.write_text(f"{other.pid}\n{cluster.data}\n1\n5432\n{cluster.data}\n\n\n")
            (cluster.data / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n{cluster.data}\n1\n5432\n")
            assert not cluster.is_running()
            cluster.start()
            assert fetch_one(cluster.url(), "SELECT 1") == 1
            assert other.poll() is None
            other.communicate(b"\n")

    def test_starts_again_after_being_killed(self, cluster: postgres.Cluster) -> None:
        cluster.start()
        pid = cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not cluster.is_running(), PATIENCE_SECONDS)
        cluster.start()
        assert fetch_one(cluster.url(), "SELECT 1") == 1

    def test_an_interrupted_first_start_leaves_no_incomplete_data(
        self, cluster: postgres.Cluster, home: Path
    ) -> None:
        partial = home / "postgres" / "new-cut-short"
        partial.mkdir(parents=True)
        (partial / "PG_VERSION").write_text("18\n")
        cluster.start()
        assert fetch_one(cluster.url(), "SELECT 1") == 1

    def test_refuses_data_of_another_version(self, cluster: postgres.Cluster) -> None:
        cluster.start()
        cluster.stop()
        (cluster.data / "PG_VERSION").write_text("14\n")
        with pytest.raises(postgres.SetupError) as error:
            cluster.start()
        assert error.value.code == "other_version"
        assert error.value.params["have"] == "14"

    def test_reports_why_a_server_did_not_start(self, home: Path) -> None:
        cluster = postgres.Cluster(home, settings={**THROWAWAY, "shared_buffers": "nonsense"})
        with pytest.raises(postgres.SetupError) as error:
            cluster.start()
        assert error.value.code == "server_not_started"
        assert "shared_buffers" in str(error.value)


class TestPrepareHome:
    def test_refuses_a_file(self, home: Path) -> None:
        home.write_text("")
        with pytest.raises(postgres.SetupError) as error:
            postgres.prepare_home(home)
        assert error.value.code == "home_not_a_folder"

    def test_refuses_a_folder_that_cannot_be_written(self) -> None:
        # /proc takes no folders, not even from root.
        with pytest.raises(postgres.SetupError) as error:
            postgres.prepare_home(Path("/proc/quen"))
        assert error.value.code == "home_unwritable"
        assert "/proc/quen" in str(error.value)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
    def test_under_root_a_home_behind_a_closed_folder_is_refused(self) -> None:
        with temporary_home("closed/home") as home:
            home.mkdir(parents=True)
            home.parent.chmod(0o700)
            with pytest.raises(postgres.SetupError) as error:
                postgres.Cluster(home, settings=THROWAWAY).start()
            assert error.value.code == "home_closed"
            assert home.parent.stat().st_mode & 0o777 == 0o700


class TestEnsureRunning:
    def test_the_last_user_stops_it(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        cluster = postgres.Cluster(home)
        with postgres.ensure_running(home) as url:
            with postgres.ensure_running(home) as same:
                assert same == url
                first = cluster.pid()
            assert cluster.pid() == first
            assert fetch_one(url, "SELECT 1") == 1
        assert not cluster.is_running()

    def test_a_server_left_by_a_killed_command_is_used_and_then_stopped(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        code = (
            "import os, signal, sys\nfrom pathlib import Path\nfrom quen.core import postgres\n"
            "with postgres.ensure_running(Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code, str(home)], env=environment, check=False)
        cluster = postgres.Cluster(home)
        assert done.returncode == -signal.SIGKILL
        assert cluster.is_running()
        with postgres.ensure_running(home) as url:
            assert fetch_one(url, "SELECT 1") == 1
        assert not cluster.is_running()

    def test_an_external_server_is_used_unchanged(
        self, test_server: str, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", test_server)
        with postgres.ensure_running(home) as url:
            assert url == test_server
        assert not home.exists()

    def test_an_external_server_that_does_not_respond_raises_an_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/none?host=/nowhere")
        with pytest.raises(postgres.SetupError) as error, postgres.ensure_running():
            pass
        assert error.value.code == "database_unreachable"
