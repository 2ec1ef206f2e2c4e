"""nbgrader's exchange between accounts of one machine, as on a hub: who may do what, from the release to the feedback."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from handgrad import references
from handgrad.building.samples import solved
from tests.conftest import ROOT

ASSIGNMENT = "tensor_basics"

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.getuid() != 0 or not shutil.which("useradd") or not shutil.which("bwrap"),
    reason="only root can make accounts, and act for them",
)


@dataclass(frozen=True)
class Account:
    """An account of the machine, and a folder of its own."""

    name: str
    home: Path

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as this user."""
        known = pwd.getpwnam(self.name)
        # root's home is closed to others, and Python may lie in it
        see = ["bwrap", "--dev-bind", "/", "/"]
        if Path("/root") in Path(sys.base_prefix).parents:
            above = [
                str(folder) for folder in reversed(Path(sys.base_prefix).parents) if Path("/root") in folder.parents
            ]
            see += ["--tmpfs", "/root", *(part for folder in above for part in ("--perms", "0755", "--dir", folder))]
            see += ["--ro-bind", sys.base_prefix, sys.base_prefix]
        become = ["setpriv", f"--reuid={known.pw_uid}", f"--regid={known.pw_gid}", "--clear-groups", "--"]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HANDGRAD", "JUPYTER", "XDG"))}
        return subprocess.run(
            [*see, "--", *become, *command],
            cwd=cwd or self.home,
            env={
                **kept,
                "HOME": str(self.home),
                "USER": self.name,
                "JUPYTER_CONFIG_PATH": str(self.home.parent / "etc"),
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def done(self, *command: str, cwd: Path | None = None) -> str:
        """Run a command that has to succeed, and return what it said."""
        done = self.run(*command, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def owns(self, path: Path) -> None:
        """Give everything in a folder to this user."""
        for one in (path, *path.rglob("*")):
            shutil.chown(one, self.name, self.name)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that every account can reach."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def accounts(place: Path) -> Iterator[dict[str, Account]]:
    """An instructor and two students, who have accounts until the test ends."""
    made = {}
    suffix = secrets.token_hex(3)
    try:
        for role in ("instructor", "ann", "bob"):
            account = Account(f"{role[:3]}-{suffix}", place / role)
            subprocess.run(["useradd", "--user-group", "--no-create-home", account.name], check=True, timeout=60)
            made[role] = account
            account.home.mkdir(mode=0o700)
            account.owns(account.home)
        yield made
    finally:
        for account in made.values():
            subprocess.run(["userdel", account.name], check=True, timeout=60)


def test_from_release_to_feedback_between_accounts(accounts: dict[str, Account], place: Path) -> None:
    instructor, ann, bob = accounts["instructor"], accounts["ann"], accounts["bob"]
    exchange = place / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    (place / "etc").mkdir()
    config = f'c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = "ml-2027"\n'
    (place / "etc" / "nbgrader_config.py").write_text(config)
    course = instructor.home / "ml-2027"
    # what `handgrad course` writes does not depend on who runs it
    made = {key: value for key, value in os.environ.items() if not key.startswith("HANDGRAD")}
    subprocess.run(["handgrad", "course", str(course)], cwd=ROOT, env=made, check=True, timeout=120)
    instructor.owns(course)
    for command in ("generate_assignment", "release_assignment"):
        instructor.done("nbgrader", command, ASSIGNMENT, cwd=course)

    for student in (ann, bob):
        student.done("nbgrader", "fetch_assignment", ASSIGNMENT)
        path = student.home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        nbformat.write(solved(references.load(ASSIGNMENT, ROOT), notebook), path)
        student.done("nbgrader", "submit", ASSIGNMENT)

    instructor.done("nbgrader", "collect", ASSIGNMENT, cwd=course)
    handed_in = {path.name for path in (course / "submitted").iterdir()}
    assert handed_in == {ann.name, bob.name}
    # one more comes by mail, and does not keep the others from their feedback
    shutil.copytree(course / "submitted" / ann.name, course / "submitted" / "mailed")
    (course / "submitted" / "mailed" / ASSIGNMENT / "submission_secret.txt").unlink()
    instructor.owns(course / "submitted")
    ask = "from handgrad.running import sandbox; print(sandbox.available() or '')"
    why = instructor.done(sys.executable, "-c", ask).strip()
    # the submissions are ours; where this user may make no namespaces, they run without
    instructor.done("handgrad", "grade", ASSIGNMENT, *(["--ExecuteProbes.unprotected=True"] if why else []), cwd=course)
    instructor.done("nbgrader", "generate_feedback", ASSIGNMENT, cwd=course)
    said = instructor.done("nbgrader", "release_feedback", ASSIGNMENT, cwd=course)
    assert "No feedback was released to those who handed in without the exchange" in said
    assert "mailed" in said
    assert "Traceback" not in said

    ann.done("nbgrader", "fetch_feedback", ASSIGNMENT)
    (page,) = (ann.home / ASSIGNMENT / "feedback").rglob("*.html")
    assert "of 74 points" in page.read_text("utf-8")
    # what is another's stays with the other
    for path in (course, exchange / "ml-2027" / "inbound", exchange / "ml-2027" / "feedback", bob.home):
        assert ann.run("ls", str(path)).returncode != 0, path
    assert ann.run("nbgrader", "release_assignment", ASSIGNMENT).returncode != 0
    instructor.done("handgrad", "forget", "mailed", cwd=course)
    said = instructor.run("handgrad", "forget", ann.name, cwd=course).stdout
    assert f"removing {exchange}/ml-2027/inbound/{ann.name}+{ASSIGNMENT}" in said
    assert f"removing {exchange}/ml-2027/feedback/" in said
    assert not (course / "submitted" / ann.name).exists()
