"""The ``handgrad`` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def _notebooks(arguments: argparse.Namespace) -> int:
    from handgrad.building import build

    return build.stale() if arguments.check else build.build(arguments.assignment)


def _new(arguments: argparse.Namespace) -> int:
    from handgrad.building import new

    return new.new(arguments.assignment)


def _truth(arguments: argparse.Namespace) -> int:
    from handgrad import references
    from handgrad.building import build
    from handgrad.grading import truth

    names = arguments.assignment or build.assignments(references.course_folder())
    return truth.run(names, verbose=arguments.verbose, markdown=arguments.markdown)


def _text(arguments: argparse.Namespace) -> int:
    from handgrad.building import build

    return build.text(arguments.assignment)


def _samples(arguments: argparse.Namespace) -> int:
    from handgrad.building import samples

    return samples.write(arguments.assignment, arguments.into)


def _try(arguments: argparse.Namespace) -> int:
    from handgrad.grading import trial

    return trial.run(arguments.assignment, arguments.solution, as_json=arguments.json, timeout=arguments.timeout)


def _grade(arguments: argparse.Namespace) -> int:
    from handgrad.grading import batch

    return batch.run(
        arguments.assignment,
        jobs=arguments.jobs,
        force=arguments.force,
        students=arguments.student or (),
        scheduler=arguments.scheduler,
    )


def _report(arguments: argparse.Namespace) -> int:
    from handgrad.reporting import report

    return report.run(arguments.assignment, arguments.course)


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


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="handgrad", description="Build the course's notebooks, and look into its grading."
    )
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    add = commands.add_parser("notebooks", help="build source notebooks from their text")
    add.add_argument("assignment", nargs="*", help="the assignments; by default all of them")
    add.add_argument("--check", action="store_true", help="build nothing; say which built files are stale")
    add.set_defaults(run=_notebooks)

    add = commands.add_parser("new", help="lay out a small assignment that works, to be changed")
    add.add_argument("assignment", help="its name: small letters, digits and _")
    add.set_defaults(run=_new)

    add = commands.add_parser("truth", help="grade the corpus of right and wrong solutions, and say what is missing")
    add.add_argument("assignment", nargs="*", help="the assignments; by default all of them")
    add.add_argument("-v", "--verbose", action="store_true", help="list the wrong solutions that are not named")
    add.add_argument("--markdown", action="store_true", help="print the table of docs/marks.md too")
    add.set_defaults(run=_truth)

    add = commands.add_parser("text", help="bring a source notebook that was edited in JupyterLab back to text")
    add.add_argument("assignment")
    add.set_defaults(run=_text)

    add = commands.add_parser("samples", help="write the sample submissions of an assignment")
    add.add_argument("assignment")
    add.add_argument("--into", type=Path, default=Path("submitted"), help="the folder to write to (submitted)")
    add.set_defaults(run=_samples)

    add = commands.add_parser("try", help="score a plain Python file that defines functions of the catalogue")
    add.add_argument("assignment")
    add.add_argument("solution", type=Path)
    add.add_argument("--json", action="store_true", help="print JSON in place of a table")
    add.add_argument("--timeout", type=_seconds, default=20, help="seconds for each exercise (20)")
    add.set_defaults(run=_try)

    add = commands.add_parser("grade", help="grade the submissions of an assignment, several at once")
    add.add_argument("assignment")
    add.add_argument("--jobs", type=_jobs, help="how many run at once (as many as there are cores)")
    add.add_argument("--force", action="store_true", help="grade again what has been graded")
    add.add_argument("--student", action="append", help="grade this student alone; may be given more than once")
    add.add_argument("--scheduler", metavar="ADDRESS", help="run submissions on the workers of this Dask scheduler")
    add.set_defaults(run=_grade)

    add = commands.add_parser("report", help="write a page and tables on a graded assignment")
    add.add_argument("assignment")
    add.add_argument("--course", type=Path, default=Path(), help="the course folder (this one)")
    add.set_defaults(run=_report)

    add = commands.add_parser(
        "doctor", help="say what is wrong with the installation, or with a notebook before it is handed in"
    )
    add.add_argument("notebook", nargs="?", type=Path, help="the notebook; without it the installation is looked at")
    add.add_argument("--fix", action="store_true", help="write a repaired copy into a new file beside the notebook")
    add.add_argument("--timeout", type=_seconds, default=60, help="seconds for each cell of the notebook (60)")
    add.add_argument("--grading", action="store_true", help="look also for what a grader needs")
    add.set_defaults(run=_doctor)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments = parser().parse_args(argv)
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
