"""The ``handgrad`` command."""

# PYTHON_ARGCOMPLETE_OK
from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

EXIT = """exit status:
  0  all is well
  1  there is something to look at, and it was said what
  2  it could not be done; an argument, a folder or a file is not as it has to be
  130  it was stopped (Ctrl-C)
"""


def _notebooks(arguments: argparse.Namespace) -> int:
    from handgrad.building import build

    return (build.stale if arguments.check else build.build)(arguments.assignment)


def _new(arguments: argparse.Namespace) -> int:
    from handgrad.building import new

    return new.new(arguments.assignment)


def _truth(arguments: argparse.Namespace) -> int:
    from handgrad import references
    from handgrad.building import build
    from handgrad.grading import truth

    checkout = references.checkout()
    names = arguments.assignment or build.assignments(checkout)
    return truth.run(names, verbose=arguments.verbose, markdown=arguments.markdown)


def _text(arguments: argparse.Namespace) -> int:
    from handgrad.building import build

    return build.text(arguments.assignment)


def _samples(arguments: argparse.Namespace) -> int:
    from handgrad import course
    from handgrad.building import samples

    return samples.write(arguments.assignment, arguments.into or course.folder() / "submitted")


def _course(arguments: argparse.Namespace) -> int:
    from handgrad import course as courses
    from handgrad.building import course

    return course.lay_out(arguments.folder or courses.folder(), arguments.only or ())


def _pack(arguments: argparse.Namespace) -> int:
    from handgrad.building import pack

    return pack.pack(arguments.assignment, arguments.into)


def _try(arguments: argparse.Namespace) -> int:
    from handgrad.grading import trial

    return trial.run(arguments.assignment, arguments.solution, as_json=arguments.json, timeout=arguments.timeout)


def _grade(arguments: argparse.Namespace) -> int:
    if sys.platform.startswith("linux") and not arguments.scheduler:
        from handgrad.assignments.catalogue import exercises
        from handgrad.running import warm

        with suppress(LookupError):  # which is said, and what to do, where all else is looked at
            of = exercises(arguments.assignment)
            warm.begin(of.modules, of.absent)

    from handgrad.grading import batch, dry_run

    students = arguments.student or ()
    if arguments.dry_run:
        passed_on = [f"--student={student}" for student in students]
        passed_on += [f"--jobs={arguments.jobs}"] if arguments.jobs else []
        passed_on += [f"--scheduler={arguments.scheduler}"] if arguments.scheduler else []
        return dry_run.run(arguments.assignment, [*passed_on, *arguments.traits], students, as_json=arguments.json)
    return batch.run(
        arguments.assignment,
        jobs=arguments.jobs,
        force=arguments.force,
        students=students,
        scheduler=arguments.scheduler,
        traits=arguments.traits,
        as_json=arguments.json,
    )


def _feedback(arguments: argparse.Namespace) -> int:
    from handgrad.reporting import together

    return together.run(
        arguments.assignment,
        jobs=arguments.jobs,
        force=arguments.force,
        students=arguments.student or (),
        traits=arguments.traits,
    )


def _report(arguments: argparse.Namespace) -> int:
    from handgrad import course
    from handgrad.reporting import report

    return report.run(arguments.assignment, arguments.course or course.folder(), as_json=arguments.json)


def _export(arguments: argparse.Namespace) -> int:
    from handgrad.reporting import personal

    return personal.export(arguments.student, arguments.to)


def _forget(arguments: argparse.Namespace) -> int:
    from handgrad.reporting import personal

    return personal.forget(arguments.student, dry_run=arguments.dry_run)


def _doctor(arguments: argparse.Namespace) -> int:
    from handgrad.doctor import installation

    if arguments.notebook is None:
        if arguments.fix:
            raise ValueError("--fix repairs a notebook: name it")
        return installation.run(arguments.grading)
    try:
        from handgrad.doctor import notebook
    except ImportError as error:
        raise RuntimeError(f'{error}. The extra `course` brings it: pip install "handgrad[course]"') from error
    return notebook.run(arguments.notebook, fix=arguments.fix, seconds=arguments.timeout)


# -- what an argument may be ---------------------------------------------------------------------------


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError("it has to be more than 0, and at most a day")
    return seconds


def _jobs(text: str) -> int:
    jobs = int(text)
    if jobs < 1:
        raise argparse.ArgumentTypeError("it has to be 1 at least")
    return jobs


def _assignments(**_: object) -> list[str]:
    """Return the names of assignments, for the shell to complete."""
    from handgrad import course

    found = course.folder()
    return sorted({path.name for path in (*found.glob("source/*/"), *found.glob("submitted/*/*/"))})


def _students(**_: object) -> list[str]:
    """Return who handed in, for the shell to complete."""
    from handgrad import course

    return sorted(path.name for path in (course.folder() / "submitted").glob("*/"))


# -- the command line ----------------------------------------------------------------------------------


class _Commands:
    """Adds commands, each with a sentence on what it does and with examples."""

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self._commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(
        self, name: str, run: Callable[[argparse.Namespace], int], what: str, *examples: str
    ) -> argparse.ArgumentParser:
        """Return the parser of a command, to be told its arguments."""
        shown = "".join(f"  handgrad {name} {example}".rstrip() + "\n" for example in examples)
        added: argparse.ArgumentParser = self._commands.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog=f"examples:\n{shown}\n{EXIT}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run)
        return added


def _assignment(parser: argparse.ArgumentParser, **settings: Any) -> None:
    action = parser.add_argument("assignment", **settings)
    action.completer = _assignments  # type: ignore[attr-defined]


def _student(parser: argparse.ArgumentParser) -> None:
    action = parser.add_argument("student", help="the student's id")
    action.completer = _students  # type: ignore[attr-defined]


def _some_students(parser: argparse.ArgumentParser, what: str) -> None:
    action = parser.add_argument("--student", action="append", help=f"{what}; may be given more than once")
    action.completer = _students  # type: ignore[attr-defined]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    from handgrad import __version__

    top = argparse.ArgumentParser(
        prog="handgrad",
        description="Build the course's notebooks, grade what is handed in, and look into it.",
        epilog=f"`handgrad COMMAND --help` says more, with examples.\n\n{EXIT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"handgrad {__version__}")
    commands = _Commands(top)
    _for_students(commands)
    _for_instructors(commands)
    _for_authors(commands)
    return top


def _for_students(commands: _Commands) -> None:
    add = commands.add(
        "doctor",
        _doctor,
        "say what is wrong with the installation, or with a notebook before it is handed in",
        "",
        "mlp_backprop.ipynb",
        "mlp_backprop.ipynb --fix",
        "--grading",
    )
    add.add_argument("notebook", nargs="?", type=Path, help="the notebook; without it the installation is looked at")
    add.add_argument("--fix", action="store_true", help="write a repaired copy into a new file beside the notebook")
    add.add_argument("--timeout", type=_seconds, default=60, help="seconds for each cell of the notebook (60)")
    add.add_argument("--grading", action="store_true", help="look also for what a grader needs")


def _for_instructors(commands: _Commands) -> None:
    add = commands.add(
        "course",
        _course,
        "make a course folder, or bring it up to date with its course.toml",
        "~/ml-2027    # writes course.toml and all notebooks",
        "    # in this folder, when course.toml has been changed",
    )
    add.add_argument("folder", nargs="?", type=Path, help="the folder, outside of the checkout (this one)")
    only = add.add_argument(
        "--only", metavar="ASSIGNMENT", action="append", help="write this one, and leave the others as they are"
    )
    only.completer = _assignments  # type: ignore[attr-defined]

    add = commands.add(
        "pack",
        _pack,
        "write what students get, as a folder and a zip: released notebooks, the package, how to install it",
        "    # all that is released",
        "tensor_basics chain_rule --into ~/public",
    )
    _assignment(add, nargs="*", help="the assignments; by default all that are released")
    add.add_argument("--into", type=Path, help="where to write it (pack, in the course folder)")

    add = commands.add(
        "grade",
        _grade,
        "grade the submissions of an assignment, several at once",
        "mlp_backprop",
        "mlp_backprop -j 4 --student ann --student bob",
        "mlp_backprop --dry-run    # whose marks grading again would change",
        "mlp_backprop --force --json > grading.json",
        "mlp_backprop --ExecuteProbes.unprotected=True    # any setting of nbgrader",
    )
    _assignment(add)
    add.add_argument("-j", "--jobs", type=_jobs, help="how many run at once (as many as there are cores)")
    add.add_argument("--force", action="store_true", help="grade again what has been graded")
    add.add_argument("--dry-run", action="store_true", help="grade a copy of all, and say whose marks would be others")
    _some_students(add, "grade this student alone")
    add.add_argument("--scheduler", metavar="ADDRESS", help="run submissions on the workers of this Dask scheduler")
    add.add_argument("--json", action="store_true", help="print what came of it as JSON; all else goes to stderr")
    add.set_defaults(takes_traits=True)

    add = commands.add(
        "feedback",
        _feedback,
        "write the pages that students get back, several at once",
        "mlp_backprop",
        "mlp_backprop -j 4 --force --student ann",
    )
    _assignment(add)
    add.add_argument("-j", "--jobs", type=_jobs, help="how many are written at once (as many as there are cores)")
    add.add_argument("--force", action="store_true", help="write anew what has been written")
    _some_students(add, "write the feedback of this student alone")
    add.set_defaults(takes_traits=True)

    add = commands.add(
        "report",
        _report,
        "write a page and tables on a graded assignment",
        "mlp_backprop",
        "mlp_backprop --json > report.json",
        "mlp_backprop --course ~/ml-2027",
    )
    _assignment(add)
    add.add_argument("--course", type=Path, help="the course folder (this one, or what HANDGRAD_COURSE names)")
    add.add_argument("--json", action="store_true", help="print the report as JSON in place of a summary")

    add = commands.add("export", _export, "write what is kept of a student into a zip archive", "ann --to ann.zip")
    _student(add)
    add.add_argument("--to", type=Path, help="the archive (STUDENT.zip)")

    add = commands.add(
        "forget", _forget, "remove what is kept of a student, everywhere in the course", "ann --dry-run", "ann"
    )
    _student(add)
    add.add_argument("--dry-run", action="store_true", help="remove nothing; say what would be removed")

    add = commands.add(
        "try",
        _try,
        "score a plain Python file that defines functions of the catalogue",
        "mlp_backprop solution.py --json",
    )
    _assignment(add)
    add.add_argument("solution", type=Path)
    add.add_argument("--json", action="store_true", help="print JSON in place of a table")
    add.add_argument("--timeout", type=_seconds, default=20, help="seconds for each exercise (20)")

    add = commands.add(
        "samples", _samples, "write the sample submissions of an assignment", "mlp_backprop --into demo/submitted"
    )
    _assignment(add)
    add.add_argument("--into", type=Path, help="the folder to write to (submitted, in the course folder)")


def _for_authors(commands: _Commands) -> None:
    add = commands.add("new", _new, "lay out a small assignment that works, to be changed", "my_assignment")
    add.add_argument("assignment", help="its name: small letters, digits and _")

    add = commands.add("notebooks", _notebooks, "build source notebooks from their text", "", "mlp_backprop", "--check")
    _assignment(add, nargs="*", help="the assignments; by default all of them")
    add.add_argument("--check", action="store_true", help="build nothing; say which built files are stale")

    add = commands.add(
        "text", _text, "bring a source notebook that was edited in JupyterLab back to text", "mlp_backprop"
    )
    _assignment(add)

    add = commands.add(
        "truth", _truth, "grade the corpus of right and wrong solutions, and say what is missing", "", "mlp_backprop -v"
    )
    _assignment(add, nargs="*", help="the assignments; by default all of them")
    add.add_argument("-v", "--verbose", action="store_true", help="list the wrong solutions that are not named")
    add.add_argument("--markdown", action="store_true", help="print the table of docs/marks.md too")


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; what is a setting of nbgrader goes into ``traits``."""
    top = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(top)
    arguments, rest = top.parse_known_args(argv)
    arguments.traits = [one for one in rest if re.match(r"--[A-Z]\w*(\.\w+)+=", one)]
    unknown = [one for one in rest if one not in arguments.traits or "takes_traits" not in arguments]
    if unknown:
        top.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments = _parsed(argv)
    try:
        status: int = arguments.run(arguments)
    except (LookupError, RuntimeError, ValueError) as error:
        print(f"handgrad: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("handgrad", "grader_tests"):
            raise
        extra = "cluster" if getattr(arguments, "scheduler", None) else "grading"
        print(f'handgrad: {error}. The extra `{extra}` brings it: pip install "handgrad[{extra}]"', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("handgrad: stopped", file=sys.stderr)
        return 130
    except OSError as error:
        # an error of our own has words alone; the system's has a number, a reason and a file
        words = f"{error.filename}: {error.strerror}" if error.filename is not None else str(error)
        print(f"handgrad: {words}", file=sys.stderr)
        return 2
    except Exception as error:
        if not type(error).__module__.startswith("sqlalchemy"):
            raise
        said = str(error).splitlines()[0]
        print(
            f"handgrad: the gradebook cannot be used: {said}. `handgrad doctor --grading` looks at it", file=sys.stderr
        )
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
