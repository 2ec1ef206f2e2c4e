"""What every command says where it cannot do its work, and how the commands meet a shell."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handgrad.cli import main, parser
from tests.conftest import ROOT, Course, Refused, new_course

ASSIGNMENT = "tensor_basics"

NO_COURSE = "is no course folder, nor in one: change to it with `cd`, or name it in HANDGRAD_COURSE"
NO_CHECKOUT = "is not in a checkout of handgrad, which this command works on: go there with `cd`"
NO_GRADEBOOK = "there is no gradebook in {here}: run `nbgrader generate_assignment ASSIGNMENT` first"
NO_FILE = "change to its folder with `cd`, or write where it is"

OUTSIDE = {
    "doctor nonesuch.ipynb": NO_FILE,
    "course": NO_COURSE,
    "pack": NO_COURSE,
    "grade tensor_basics": NO_COURSE,
    "grade tensor_basics --dry-run": NO_COURSE,
    "feedback tensor_basics": NO_COURSE,
    "report tensor_basics": NO_COURSE,
    "export ann": NO_COURSE,
    "forget ann": NO_COURSE,
    "try tensor_basics nonesuch.py": NO_FILE,
    "samples tensor_basics": NO_COURSE,
    "new something": NO_CHECKOUT,
    "notebooks": NO_CHECKOUT,
    "notebooks --check": NO_CHECKOUT,
    "text tensor_basics": NO_CHECKOUT,
    "truth": NO_CHECKOUT,
}
"""What each command says in a folder that is none of ours."""

NOTHING_YET = {
    "pack": "run `nbgrader generate_assignment ASSIGNMENT` there first",
    "grade tensor_basics": "they are looked for in {here}/submitted/STUDENT/tensor_basics",
    "grade tensor_basics --dry-run": NO_GRADEBOOK,
    "feedback tensor_basics": "`handgrad grade tensor_basics` comes first",
    "report tensor_basics": NO_GRADEBOOK,
    "export ann": NO_GRADEBOOK,
    "forget ann": NO_GRADEBOOK,
}
"""What it says in a course folder in which nothing has been done."""

KNOWN = "it knows: chain_rule, lstm_2d, mlp_backprop"

UNKNOWN = {
    "doctor nonesuch.ipynb": NO_FILE,
    "course --only nonesuch": "it gives: tensor_basics",
    "pack nonesuch": "run `nbgrader generate_assignment ASSIGNMENT` there first",
    "grade nonesuch": "there are some of: tensor_basics",
    "grade nonesuch --dry-run": "it knows: tensor_basics",
    "grade tensor_basics --student nobody": "there is no submission of tensor_basics by: nobody",
    "feedback nonesuch": "`handgrad grade nonesuch` comes first",
    "report nonesuch": "it knows: tensor_basics",
    "export nobody": "`nbgrader db student list` lists who is known",
    "forget nobody": "`nbgrader db student list` lists who is known",
    "try nonesuch course.toml": KNOWN,
    "samples nonesuch": KNOWN,
}
"""What it says of a name that nobody knows, in a course folder."""

UNKNOWN_TO_AUTHORS = {
    "new chain_rule": "Nothing was written",
    "new No-name": "write small letters a to z, digits and _",
    "notebooks nonesuch": "assignments with a text: tensor_basics",
    "notebooks --check nonesuch": "assignments with a text: tensor_basics",
    "text nonesuch": "there are: chain_rule",
    "truth nonesuch": KNOWN,
}
"""And in a checkout."""


def named(*tables: dict[str, str]) -> set[str]:
    return {line.split()[0] for table in tables for line in table}


def test_no_command_is_left_out() -> None:
    every = set(re.findall(r"^    (\w+)\b", parser().format_help(), re.MULTILINE))
    assert named(OUTSIDE) == named(UNKNOWN, UNKNOWN_TO_AUTHORS) == every
    page = (ROOT / "docs" / "commands.md").read_text()
    listed = re.findall(r"`([a-z]+)[^`]*`", "".join(re.findall(r"^\| (`.*?) \|", page.split("## ")[0], re.MULTILINE)))
    assert set(listed) == every


@pytest.mark.parametrize("line", OUTSIDE)
def test_outside_of_a_course(refused: Refused, tmp_path: Path, line: str) -> None:
    assert OUTSIDE[line] in refused(tmp_path, line)


@pytest.mark.parametrize("line", NOTHING_YET)
def test_in_a_course_in_which_nothing_has_been_done(refused: Refused, tmp_path: Path, line: str) -> None:
    (tmp_path / "course.toml").touch()
    assert NOTHING_YET[line].format(here=tmp_path) in refused(tmp_path, line)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course that has released an assignment, which one student handed in."""
    made = new_course(tmp_path_factory.mktemp("commands") / "course", ASSIGNMENT)
    (made.folder / "course.toml").write_text(f"[{ASSIGNMENT}]\n")
    made.submit("ann", "", ASSIGNMENT)
    return made


@pytest.mark.parametrize("line", UNKNOWN)
def test_an_unknown_name(refused: Refused, course: Course, line: str) -> None:
    said = refused(course.folder, line)
    assert UNKNOWN[line] in said
    assert line.split(maxsplit=1)[0] == "try" or re.search("nonesuch|nobody", said)


@pytest.mark.parametrize("line", UNKNOWN_TO_AUTHORS)
def test_a_name_that_an_author_cannot_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(line.split()) == 2
    assert UNKNOWN_TO_AUTHORS[line] in capsys.readouterr().err


def test_folders_that_are_no_course_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> str:
        assert main(arguments) == 2
        return capsys.readouterr().err

    monkeypatch.chdir(tmp_path)
    assert "choose a folder beside the checkout" in told("course", str(ROOT / "demo"))
    monkeypatch.setenv("HANDGRAD_COURSE", str(tmp_path / "gone"))
    assert "gone, where there is no folder: correct it, or unset it" in told("report", "x")
    monkeypatch.setenv("HANDGRAD_COURSE", str(ROOT / "docs"))
    assert "there is no gradebook in" in told("report", "nonesuch")


def test_help_version_and_what_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    def told(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return (ended.value.code, *capsys.readouterr())

    version = re.search('^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert told("--version") == (0, f"handgrad {version[1]}\n", "")
    commands = re.findall(r"^    (\w+)\b", told("--help")[1], re.MULTILINE)
    assert {"grade", "report", "course", "doctor"} <= set(commands)
    for command in commands:
        status, shown, _ = told(command, "--help")
        assert status == 0
        assert "examples:\n  handgrad" in shown
        assert "exit status:" in shown
    for arguments in (["report", "--ExecuteProbes.unprotected=True", "x"], ["grade", "x", "--froce"], ["grad"]):
        status, _, said = told(*arguments)
        assert status == 2
        assert "usage: handgrad" in said


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_shell_completes(course: Course) -> None:
    def completed(line: str) -> set[str]:
        script = (
            'eval "$(register-python-argcomplete handgrad)"; '
            f"COMP_LINE='{line}'; COMP_POINT={len(line)}; COMP_TYPE=9; COMP_WORDS=({line}); COMP_CWORD=9; "
            '_python_argcomplete handgrad; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        return set(course.run("bash", "-c", script).stdout.split())

    assert {"grade", "report"} <= completed("handgrad ")
    assert completed("handgrad grade ten") == {ASSIGNMENT}
    assert {"--force", "--dry-run"} <= completed("handgrad grade --")
    assert completed("handgrad grade tensor_basics --student a") == {"ann"}


# -- colours -------------------------------------------------------------------------------------------

COLOUR = re.compile(r"\x1b\[[\d;]*m")

CHECKED = """
import handgrad

def sgd_step(params, grads, learning_rate):
    return {name: params[name] + grads[name] for name in params}

handgrad.checks("mlp_backprop").sgd_step(sgd_step)
"""


def shown(course: Course, *command: str, **environment: str) -> str:
    """Return what a command shows in a terminal."""
    terminal, end = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    environment |= kept | {"TERM": "xterm-256color", "HANDGRAD_COURSE": str(course.folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=end, stdout=end, stderr=end) as process:
        os.close(end)
        said = b""
        # when the last process has closed it, Linux says that it cannot be read
        while part := _read(terminal):
            said += part
        process.wait(timeout=60)
    os.close(terminal)
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


@pytest.mark.parametrize(
    "command",
    [
        ["nbgrader", "generate_assignment", "nonesuch"],
        ["handgrad", "grade", ASSIGNMENT, "--force", "--jobs", "1"],
        [sys.executable, "-c", CHECKED],
    ],
    ids=lambda command: " ".join(command[:2]).replace(sys.executable, "python"),
)
def test_no_colour_where_it_is_not_wanted(course: Course, command: list[str]) -> None:
    said = shown(course, *command, NO_COLOR="1")
    assert len(said) > 20
    assert not COLOUR.search(said), said


def test_the_log_is_coloured_where_it_may_be(course: Course) -> None:
    assert COLOUR.search(shown(course, "nbgrader", "generate_assignment", "nonesuch"))
