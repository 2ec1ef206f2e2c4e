"""What a course may lean on besides its own processes, started for a test: a Dask cluster, and a PostgreSQL server."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

DASK = [sys.executable, "-m", "distributed.cli.dask_scheduler"], [sys.executable, "-m", "distributed.cli.dask_worker"]


@contextmanager
def started(command: list[str], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a folder of its own until the test is over."""
    folder.mkdir()
    with open(log, "wb") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def said(log: Path, pattern: str, seconds: float = 60) -> str:
    """Wait until a process has said something, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = re.search(pattern, log.read_text() if log.exists() else "")
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"{log.name} never said {pattern}: {log.read_text()[-2000:]}")


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a scheduler without workers, and yield its process and its address."""
    log = folder / "scheduler.log"
    command = [*DASK[0], "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"]
    with started(command, folder / "scheduler", log) as process:
        yield process, said(log, r"Scheduler at:\s+(tcp://\S+)")


@contextmanager
def workers(scheduler: str, folder: Path, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start workers, each of which runs one submission at a time."""
    with ExitStack() as stack:
        found = []
        for number in range(count):
            command = [*DASK[1], scheduler, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
            place, log = folder / f"worker{number}", folder / f"worker{number}.log"
            found.append(stack.enter_context(started(command, place, log)))
        for number in range(count):
            said(folder / f"worker{number}.log", "(Registered to)")
        yield found


MOST_CONNECTIONS = 3
"""What the server allows: with a connection kept for each submission, the third would be one too many."""


def absent(what: str) -> NoReturn:
    """Skip where something is missing; in the gate, fail."""
    message = f"there is no {what}, so nothing was tried on PostgreSQL"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Server:
    """A server's programs, the folder of its data and its socket, and the user it runs as."""

    programs: Path
    folder: Path
    user: str | None
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address for ``HANDGRAD_DB``."""
        return f"postgresql+psycopg://handgrad@/postgres?host={self.folder}"

    def start(self, program: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start one of its programs; PostgreSQL refuses to run as root."""
        return subprocess.Popen(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        import psycopg

        limits = f"max_connections={MOST_CONNECTIONS} superuser_reserved_connections=0 max_wal_senders=0"
        limits += " listen_addresses= fsync=off shared_buffers=16MB"
        settings = [part for limit in limits.split() for part in ("-c", limit)]
        process = self.start("postgres", ["-D", f"{self.folder}/data", "-k", str(self.folder), *settings])
        self.processes.append(process)
        for _ in range(300):
            try:
                psycopg.connect(self.url.replace("+psycopg", "")).close()
                return
            except psycopg.OperationalError:
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.1)
        pytest.fail("the server does not answer")

    def end(self, number: int) -> None:
        """End the server by a signal, where it runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(number)
            process.communicate(timeout=60)
        self.processes.clear()


@contextmanager
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of its own, in a temporary folder, that listens on a Unix socket there alone."""
    if importlib.util.find_spec("psycopg") is None:
        absent("driver (pip install 'handgrad[postgres]')")
    known = shutil.which("initdb")
    programs = [Path(known).parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or not (programs[-1] / "initdb").is_file():
        absent("PostgreSQL server (apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="handgrad-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
    found = Server(programs[-1], folder, user)
    options = f"-D {folder}/data -U handgrad --auth=trust -E UTF8 --no-locale --no-sync"
    made = found.start("initdb", options.split())
    said = made.communicate(timeout=120)[0]
    assert made.returncode == 0, said
    try:
        found.serve()
        yield found
    finally:
        found.end(signal.SIGINT)  # ends what is going on, and then itself
        shutil.rmtree(folder)
