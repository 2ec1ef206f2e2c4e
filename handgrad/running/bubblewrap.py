"""The command of bubblewrap that runs a program in the sandbox, with nothing to read, write, reach or keep.

The program sees a read-only system with Python and the student's half of this package, folders of its own in
memory, and no network. docs/security.md says what is protected against whom.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from handgrad.running import seccomp

MEGABYTE = 1 << 20

PACKAGE = Path(__file__).resolve().parents[1]
STUDENTS_HALF = ("__init__.py", "absent.py", "check.py", "assignments", "judging")
"""What a notebook needs of the package; a kernel finds nothing else of it."""

ENVIRONMENT = ("bin", "lib", "lib32", "lib64", "share", "pyvenv.cfg")
"""What a Python installation, or an environment, is made of."""

HOME = "/home/student"
STAGE = "/run/handgrad/stage"
MATPLOTLIB = "/tmp/matplotlib"

ABSENT_MODULE = """import sys

from handgrad import absent

absent.hide(["{name}"])
sys.modules[__name__] = __import__("importlib").import_module(__name__)
"""


def _python_paths() -> list[str]:
    """Return where Python and its packages lie, without what lies inside of another one.

    Of an environment's folder it is only what makes it one: a course may lie in the same folder.
    """
    paths = {os.path.join(prefix, part) for prefix in (sys.prefix, sys.base_prefix) for part in ENVIRONMENT}
    paths |= {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")}
    there = [path for path in paths if os.path.exists(path)]
    found = sorted({os.path.realpath(path) for path in there} | {os.path.abspath(path) for path in there})
    return [path for path in found if not any(path.startswith(other + os.sep) for other in found if other != path)]


def _environment() -> list[str]:
    """Return the folder of the environment, of which only parts are seen, unless it is the system's."""
    return [] if sys.prefix.startswith("/usr") else [sys.prefix]


def kept_paths() -> list[str]:
    """Return what a kernel reads that may lie inside of a folder in which it writes."""
    every = [*_python_paths(), str(PACKAGE), *_font_lists().values()]
    around = _environment()
    return [*around, *(path for path in every if not any(path.startswith(folder + os.sep) for folder in around))]


def _descriptor_of(content: bytes) -> int:
    """Return a descriptor from which bubblewrap reads a content."""
    descriptor = os.memfd_create("handgrad")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _handed_over(content: bytes, place: str, files: list[int]) -> list[str]:
    """Return the arguments that put a content in a file inside; its descriptor is added to ``files``."""
    files.append(_descriptor_of(content))
    return ["--perms", "0444", "--ro-bind-data", str(files[-1]), place]


def _font_lists() -> dict[str, str]:
    """Return matplotlib's lists of fonts, and where a kernel finds them, so that none has to look for fonts again."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "matplotlib")
    found = list(Path(os.environ.get("MPLCONFIGDIR") or cache).glob("fontlist-*.json"))
    if not found:
        import matplotlib.font_manager  # which makes one, and takes longer to import than all of the rest here

        found = list(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    return {str(file): f"{MATPLOTLIB}/{file.name}" for file in found}


def environment() -> dict[str, str]:
    """Return all of the environment that a kernel gets."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "IPYTHONDIR": "/tmp/ipython",
        "MPLCONFIGDIR": MATPLOTLIB,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # the grader's own handgrad, be it installed or not; nothing else lies there in a sandbox
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "HANDGRAD_PICTURES": "none",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }


def _variables() -> list[str]:
    """Return the arguments of bubblewrap that set the environment."""
    return [part for name, value in environment().items() for part in ("--setenv", name, value)]


def _folders_above(path: str) -> list[str]:
    """Return the arguments that make the folders above a path, open to every user."""
    return [
        part
        for folder in reversed(Path(path).parents[:-1])
        if str(folder) not in ("/tmp", "/usr")
        for part in ("--perms", "0755", "--dir", str(folder))
    ]


def writable_folders(size: int) -> list[tuple[str, int]]:
    """Return the folders in which a kernel may write, with the bytes that each may hold."""
    return [(HOME, size), ("/tmp", size), ("/dev/shm", size // 4)]


def _view(writable: int) -> list[str]:
    """Return the arguments of bubblewrap that make up what a kernel sees."""
    arguments = [*_system(), "--proc", "/proc", "--dev", "/dev", "--dir", "/run"]
    for folder, size in writable_folders(writable):
        arguments += ["--perms", "0777", "--size", str(size), "--tmpfs", folder]
    # an environment may lie in one of these folders, so it comes behind them
    for folder in _environment():
        arguments += [*_folders_above(folder), "--perms", "0755", "--tmpfs", folder]
    for path in _python_paths():
        if not path.startswith("/usr/"):
            arguments += [*_folders_above(path), "--ro-bind", path, path]
    # what a notebook imports of the package; in a checkout, nothing of the course around it
    package = str(PACKAGE)
    arguments += [*_folders_above(package), "--perms", "0755", "--tmpfs", package]
    for part in STUDENTS_HALF:
        arguments += ["--ro-bind", f"{package}/{part}", f"{package}/{part}"]
    arguments += ["--remount-ro", package]
    arguments += ["--perms", "0777", "--dir", MATPLOTLIB]
    for file, place in _font_lists().items():
        arguments += ["--ro-bind", file, place]
    # beside what is seen of it, it is nobody's to write into; the package may lie in it, too
    return [*arguments, *(part for folder in _environment() for part in ("--remount-ro", folder))]


def _system() -> list[str]:
    """Return the arguments of bubblewrap that show the programs and libraries of the system."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for link in ("/bin", "/lib", "/lib64", "/lib32", "/sbin"):
        if os.path.islink(link):
            arguments += ["--symlink", os.readlink(link), link]
        elif os.path.isdir(link):
            arguments += ["--ro-bind", link, link]
    for file in ("/etc/ld.so.cache", "/etc/localtime"):
        arguments += ["--ro-bind-try", file, file]
    return arguments


def _absent(modules: Iterable[str], files: list[int]) -> list[str]:
    """Return the arguments that cover installed packages by one that says why it is missing."""
    arguments = []
    for name in modules:
        folder = Path(sysconfig.get_path("platlib")) / name
        if folder.is_dir():
            text = ABSENT_MODULE.format(name=name).encode()
            arguments += ["--tmpfs", str(folder), *_handed_over(text, f"{folder}/__init__.py", files)]
            arguments += ["--remount-ro", str(folder)]
    return arguments


def _separation(forks: bool = False) -> list[str]:
    """Return the arguments of bubblewrap that part a kernel from the machine, for root and for others.

    A process whose ``forks`` are kernels keeps the rights to part them from one another.
    """
    arguments = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        arguments += ["--unshare-user"]
        arguments += ["--cap-add", "CAP_SYS_ADMIN"] if forks else ["--disable-userns", "--cap-drop", "ALL"]
    return [*arguments, "--hostname", "sandbox", "--new-session", "--die-with-parent", "--clearenv"]


def new_user() -> int:
    """Return the id of a user that nobody else is."""
    return 1_000_000_000 + secrets.randbelow(1_000_000_000)


def _demotion() -> list[str]:
    """Return the command that gives a kernel of root's an own user without any right."""
    if os.getuid() != 0:
        return []
    user = str(new_user())
    groups = ["--reuid", user, "--regid", user, "--clear-groups"]
    return ["setpriv", *groups, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


@contextmanager
def enclosed(
    program: Sequence[str],
    *,
    handed: Mapping[str, bytes] | None = None,
    absent_modules: Iterable[str] = (),
    writable: int = 256 * MEGABYTE,
    forks: bool = False,
    options: Sequence[str] = (),
) -> Iterator[tuple[list[str], list[int]]]:
    """Yield the command that runs a program in the sandbox, and the descriptors that it has to inherit.

    Parameters
    ----------
    program
        Its name and arguments, as they are inside.
    handed
        The contents of files that it finds, by their paths inside.
    absent_modules
        Packages that it finds missing.
    writable
        Bytes that its home and its /tmp may hold each.
    forks
        Whether its forks become kernels. Then it keeps the rights to part them, and each gives them up by itself;
        otherwise it has none from the beginning.
    options
        What else bubblewrap is told.
    """
    files: list[int] = []
    try:
        arguments = [*_separation(forks), *_view(writable)]
        for place, content in (handed or {}).items():
            arguments += [*_folders_above(place), *_handed_over(content, place, files)]
        arguments += [*_absent(absent_modules, files), *_variables()]
        if forks:
            arguments += ["--dir", STAGE, "--chdir", "/"]
        else:
            files.append(_descriptor_of(seccomp.program()))
            # what is told there of a process, such as that it is the first to go when memory runs out, is not its own
            arguments += ["--remount-ro", "/proc", "--seccomp", str(files[-1]), "--chdir", HOME]
            program = [*_demotion(), *program]
        # a program may read what bubblewrap itself was started with, where both are one user's
        around = ["env", "-i", shutil.which("bwrap") or "bwrap"]
        yield [*around, *arguments, "--remount-ro", "/dev", "--remount-ro", "/", *options, "--", *program], files
    finally:
        for descriptor in files:
            os.close(descriptor)
