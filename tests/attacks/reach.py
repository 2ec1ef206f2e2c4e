"""Attacks on the machine: reading, writing and reaching what is not the student's."""

from __future__ import annotations

from tests.attacks import Attack

CALL = '''
import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)
_column = 0 if platform.machine() == "x86_64" else 1


def in_a_child(deed):
    """Do a deed in a child, and return its number."""
    child = os.fork()
    if child == 0:
        try:
            deed()
            os._exit(0)
        except OSError:
            os._exit(1)
    return child


def call(numbers, *arguments):
    """Make a system call; it worked if it did not fail."""
    number = numbers[_column]
    if number is None:
        return "no such call here"
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(number), *given)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    breach(f"call {numbers}")
    return result
'''

READ_COURSE = """
import glob
import os
import sqlite3

attempt(
    lambda: open("$course/canary.txt").read(),
    lambda: open("$course/course_secret").read(),
    lambda: open("$victim").read(),
    lambda: os.listdir("$course") and breach("course"),
    lambda: sqlite3.connect("file:$course/gradebook.db?mode=ro", uri=True).execute("select * from student").fetchall(),
    lambda: [breach(found) for found in glob.glob("/**/gradebook.db", recursive=True)],
)
"""

READ_HOME = """
import os
import pathlib
import sys

attempt(
    lambda: open("$home/canary.txt").read(),
    lambda: os.listdir("$home") and breach("home"),
    # the interpreter may lie there
    lambda: [breach(p) for p in pathlib.Path("/root").iterdir() if not sys.base_prefix.startswith(str(p))],
    lambda: [breach(p) for p in pathlib.Path("/home").iterdir() if p.name != "student"],
    lambda: open("/etc/shadow").read() and breach("shadow"),
    lambda: open("/etc/passwd").read() and breach("passwd"),
    lambda: os.listdir("/var/log") and breach("log"),
)
"""

READ_REFERENCES = """
import importlib
import os

attempt(
    lambda: os.listdir("$checkout/grader_tests") and breach("references"),
    lambda: os.listdir("$checkout/authoring") and breach("solutions"),
    lambda: os.listdir("$checkout/source") and breach("source"),
    lambda: importlib.import_module("grader_tests.mlp_backprop.reference") and breach("imported"),
    lambda: importlib.import_module("handgrad.references") and breach("imported"),
)
"""

READ_ENVIRONMENT = """
import glob
import os
import subprocess

attempt(lambda: dict(os.environ), lambda: subprocess.run(["env"], capture_output=True).stdout)
for path in glob.glob("/proc/[0-9]*/environ"):
    attempt(lambda: open(path, "rb").read())
"""

READ_PROCESSES = """
import glob
import os

for path in glob.glob("/proc/[0-9]*"):
    attempt(
        lambda: b"nbgrader" in open(path + "/cmdline", "rb").read() and breach(path),
        lambda: os.path.exists(path + "/root$course") and breach(path + " root"),
        lambda: os.path.exists(path + "/cwd/gradebook.db") and breach(path + " cwd"),
        lambda: open(path + "/mem", "rb").read(1),
    )
"""

WRITE_OUTSIDE = """
import os
import sys
import sysconfig

import handgrad

places = ["/", "/usr", "/usr/bin", "/etc", "/run", "/var/tmp", "/dev", "/proc", "/sys", "$course", "$home", sys.prefix]
places += [sysconfig.get_path("purelib"), os.path.dirname(handgrad.__file__), "/run/handgrad", os.path.dirname("$victim")]
for place in places:
    def write():
        with open(place + "/$mark", "w") as file:
            file.write("written")
        breach(place)

    attempt(write, lambda: os.mkdir(place + "/$mark.d") or breach(place))
attempt(
    lambda: open(handgrad.__file__, "a").close() or breach("package"),
    lambda: os.utime(handgrad.__file__) or breach("package"),
    lambda: os.chmod(handgrad.__file__, os.stat(handgrad.__file__).st_mode) or breach("package"),
)
"""

LINKS = """
import os

attempt(
    lambda: os.symlink("$victim", "victim") or open("victim").read(),
    lambda: os.symlink("$course", "course") or os.listdir("course") and breach("course"),
    lambda: os.link("/usr/bin/env", "env") or breach("hard link"),
    lambda: os.link("/proc/self/exe", "exe") or breach("hard link"),
    lambda: os.listdir(os.open("../..", os.O_RDONLY)),
)
"""

NETWORK = """
import socket

for family in (socket.AF_INET, socket.AF_INET6):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        def reach():
            with socket.socket(family, kind) as s:
                s.settimeout(1)
                s.connect(("127.0.0.1" if family == socket.AF_INET else "::1", $port))
                s.sendall(b"here")
            breach(f"{family} {kind}")

        attempt(reach)
for number in (16, 17, 38, 40):  # netlink, packet, the kernel's cryptography, virtual machines
    attempt(lambda: socket.socket(number, socket.SOCK_RAW) and breach(number))
attempt(lambda: socket.getaddrinfo("localhost", $port), lambda: socket.create_server(("127.0.0.1", 0)) and breach("bind"))
"""

SOCKETS = """
import socket

for address in ("$socket", "\\0$abstract", "/run/docker.sock", "/var/run/dbus/system_bus_socket", "/run/systemd/private"):
    def reach():
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(1)
            s.connect(address)
            s.sendall(b"here")
        breach(address)

    attempt(reach)
"""

TRACE = (
    CALL
    + """
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
for pid in (1, os.getppid(), os.getpid()):
    attempt(
        lambda: call((101, 117), 16, pid, 0, 0),
        lambda: call((310, 270), pid, vector, 1, vector, 1, 0),
        lambda: call((311, 271), pid, vector, 1, vector, 1, 0),
        lambda: call((438, 438), os.pidfd_open(pid), 0, 0),
        lambda: call((312, 272), pid, pid, 0, 0, 0),
    )
"""
)

NAMESPACES = (
    CALL
    + """
import subprocess

for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x08000000, 0x04000000, 0x02000000):
    attempt(lambda: call((272, 97), flag), lambda: call((56, 220), flag | 17, 0, 0, 0, 0))
attempt(
    lambda: call((308, 268), os.open("/proc/1/ns/mnt", os.O_RDONLY), 0),
    lambda: call((435, 435), ctypes.create_string_buffer(88), 88),
    lambda: subprocess.run(["unshare", "-Ur", "true"], check=True) and breach("unshare"),
    lambda: subprocess.run(["bwrap", "--ro-bind", "/", "/", "true"], check=True) and breach("bwrap"),
)
"""
)

MOUNTS = (
    CALL
    + """
os.makedirs("$mark/old", exist_ok=True)
place, text = ctypes.c_char_p(b"$mark"), lambda word: ctypes.c_char_p(word.encode())
attempt(
    lambda: call((165, 40), text("none"), place, text("tmpfs"), 0, None),
    lambda: call((165, 40), text("/usr"), place, None, 4096, None),
    lambda: call((165, 40), text("none"), place, None, 32 | 4096, None),
    lambda: call((166, 39), place, 2),
    lambda: call((155, 41), place, text("$mark/old")),
    lambda: call((430, 430), text("tmpfs"), 0),
    lambda: call((428, 428), -100, text("/"), 1),
    lambda: call((442, 442), -100, place, 0, ctypes.create_string_buffer(32), 32),
    lambda: os.waitstatus_to_exitcode(os.waitpid(in_a_child(lambda: call((161, 51), place)), 0)[1]) == 0
    and breach("chroot"),
)
"""
)

KEYS = (
    CALL
    + """
text = lambda word: ctypes.c_char_p(word.encode())
attempt(
    lambda: call((248, 217), text("user"), text("$mark"), text("x"), 1, -4),
    lambda: call((249, 218), text("user"), text("x"), None, -4),
    lambda: call((250, 219), 0, -3, 0),
)
"""
)

RARE_CALLS = (
    CALL
    + """
zeros = ctypes.create_string_buffer(128)
attempt(
    lambda: call((321, 280), 0, zeros, 128),
    lambda: call((298, 241), zeros, 0, -1, -1, 0),
    lambda: call((323, 282), 0),
    lambda: call((425, 425), 4, zeros),
    lambda: call((304, 265), -100, zeros, 0),
    lambda: call((303, 264), -100, ctypes.c_char_p(b"/usr"), zeros, zeros, 0),
    lambda: call((300, 262), 0, 0),
    lambda: call((447, 447), 0),
    lambda: call((135, 92), 0xFFFFFFFF),
    lambda: call((103, 116), 10, zeros, 0),
    lambda: call((170, 161), ctypes.c_char_p(platform.node().encode()), len(platform.node())),
    lambda: call((175, 105), zeros, 0, zeros),
)
"""
)

OTHER_CALLS = """
import ctypes
import mmap
import os
import platform

# the calls of 32-bit and x32 programs have other numbers; each try is made in a child
codes = {
    "32 bit": b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3",  # eax = 20, int 0x80: getpid
    "x32": b"\\xb8\\x27\\x00\\x00\\x40\\x0f\\x05\\xc3",  # eax = 0x40000000 + 39, syscall: getpid
}
for name, code in codes.items():
    if platform.machine() != "x86_64":
        break
    child = os.fork()
    if child == 0:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0 else 1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        breach(name)
"""

RIGHTS = """
import glob
import os
import pathlib
import resource
import stat
import subprocess

status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    # as an ordinary user the bounding set is that of a user namespace without anything in it
    if int(status[name], 16) and name != "CapBnd":
        breach(name)
if int(status["NoNewPrivs"]) != 1 or int(status["Seccomp"]) != 2 or os.geteuid() == 0:
    breach("rights")
attempt(
    lambda: os.setuid(0) or breach("setuid"),
    lambda: os.setgroups([0]) or breach("groups"),
    lambda: os.setpriority(os.PRIO_PROCESS, 0, -5) or breach("priority"),
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or breach("real time"),
    lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6)) or breach("limit"),
    lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)) or breach("limit"),
    lambda: resource.prlimit(1, resource.RLIMIT_AS, (-1, -1)) and breach("limit of another"),
    lambda: resource.prlimit(1, resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY and breach("no limit"),
    lambda: pathlib.Path("/proc/self/oom_score_adj").write_text("-1000") and breach("out of memory"),
)
for path in glob.glob("/usr/bin/*"):
    if os.stat(path).st_mode & stat.S_ISUID:
        done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
        attempt(lambda: (path, done.returncode))
attempt(lambda: subprocess.run(["su", "-c", "id -u"], input="", capture_output=True, text=True, timeout=5).stdout == "0\\n"
        and breach("su"))
"""

DEVICES = """
import fcntl
import os
import stat

for name in ("mem", "kmsg", "port", "sda", "vda", "nvme0n1", "fuse", "kvm", "loop-control", "net/tun", "input/event0"):
    attempt(lambda: os.open("/dev/" + name, os.O_RDWR) and breach(name))
attempt(
    lambda: os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)) or breach("block device"),
    lambda: os.mknod("memory", stat.S_IFCHR | 0o600, os.makedev(1, 1)) or breach("character device"),
    lambda: fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), 0x5412, b"x") or breach("keys"),
)
"""

SETTINGS = """
import glob
import os

# what is written is what stands there already
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/swappiness"):
    def write():
        with open(path, "r+") as file:
            value = file.read()
            file.seek(0)
            file.write(value)
        breach(path)

    attempt(write)
attempt(lambda: [breach(p) for p in glob.glob("/sys/fs/cgroup/*") if os.access(p, os.W_OK)])
"""

# every kernel reads the same files of the system, so that a lock or a watch there could be seen by another one
SHARED_FILES = """
import ctypes
import fcntl
import os
import struct

one, other = (os.open(os.__file__, os.O_RDONLY) for _ in range(2))
attempt(lambda: fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB))
try:
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    breach("flock")
shared, exclusive = (struct.pack("hhqqi4x", kind, 0, 0, 0, 0) for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK))
for lock, ask in ((6, 5), (37, 36)):  # F_SETLK and F_GETLK, and those of open file descriptions
    attempt(
        lambda: fcntl.fcntl(one, lock, shared),
        lambda: struct.unpack("h", fcntl.fcntl(other, ask, exclusive)[:2])[0] != fcntl.F_UNLCK and breach(lock),
    )
attempt(lambda: fcntl.fcntl(one, fcntl.F_SETLEASE, fcntl.F_RDLCK) or breach("lease"))
attempt(lambda: fcntl.fcntl(os.open("/usr", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS) or breach("notify"))
libc = ctypes.CDLL(None)
if libc.inotify_add_watch(libc.inotify_init(), os.__file__.encode(), 0xFFF) >= 0:
    breach("inotify")
"""

# as a child of the kernel: its memory goes first, and it stays on its cores
PLACE = """
import glob
import os
import subprocess
import sys

text = "open('/proc/self/oom_score_adj', 'w').write('0')"
done = subprocess.run([sys.executable, "-c", text], capture_output=True)
if done.returncode == 0:
    breach("memory")
for path in glob.glob("/proc/[0-9]*/oom_score_adj"):
    attempt(lambda: open(path, "w").write("0") and breach(path))
if int(open("/proc/self/oom_score_adj").read()) != 1000 or os.nice(0) < 5:
    breach("not the last")
attempt(
    lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)) or breach("cores"),
    lambda: os.sched_setaffinity(0, range(os.cpu_count())) or breach("cores"),
    lambda: os.nice(-1) and breach("nice"),
)
"""

DESCRIPTORS = """
import os

for number in range(3, 1024):
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if any(word in target for word in ("$course", "$home", "gradebook", "nbgrader")):
        breach(target)
    if os.path.isdir(target):
        attempt(lambda: os.listdir(number))
"""

STARTUP = """
import os
import pathlib
import site

text = "import os; os.environ['LEFT'] = '1'\\n"
home = pathlib.Path.home()
places = ["startup.py", ".pythonrc.py", ".profile", ".ipython/profile_default/startup/00.py", "numpy.py", "sitecustomize.py"]
places += [".jupyter/jupyter_config.py", ".config/matplotlib/matplotlibrc", "matplotlibrc"]
files = [home / place for place in places] + [pathlib.Path(site.getusersitepackages()) / "x.pth"]
files += [pathlib.Path("/tmp/ipython/profile_default/startup/00.py"), pathlib.Path("/tmp/ipython/profile_default/ipython_config.py")]
for path in files:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
for path in pathlib.Path("/tmp/matplotlib").glob("*"):
    attempt(lambda: path.write_text("{}") and breach("fonts"), lambda: path.unlink() or breach("fonts"))
# the next kernel would read them
os._exit(0)
"""

AFTER_STARTUP = """
import os
import pathlib

print("found", os.environ.get("LEFT"), list(pathlib.Path.home().rglob("*")))
if "LEFT" in os.environ or (pathlib.Path.home() / "startup.py").exists():
    print("$backwards"[::-1])
"""

FILES_LEFT = """
import os

for place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/user", os.path.expanduser("~"), "/tmp/matplotlib"):
    attempt(lambda: open(place + "/$mark.left", "w").write("left"), lambda: os.makedirs(place + "/$mark.folder"))
"""

PROCESSES_LEFT = """
import os
import sys
import time

for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(3, 200):
                try:
                    os.close(number)
                except OSError:
                    pass
            os.execv(sys.executable, [sys.executable, "-c", "import time, signal\\nfor s in (1, 2, 15): signal.signal(s, 1)"
                                      "\\ntime.sleep(300) # $mark"])
        os._exit(0)
    os.wait()
time.sleep(0.2)
"""

SIGNALS = """
import glob
import os
import signal

# the signal 0 does nothing; it only asks whether one could send another
for path in glob.glob("/proc/[0-9]*"):
    number = int(path.removeprefix("/proc/"))
    attempt(lambda: b"nbgrader" in open(path + "/cmdline", "rb").read() and os.kill(number, 0) or number)
for number in range(1, 400):
    attempt(lambda: os.kill(number, 0))
attempt(lambda: os.kill(1, signal.SIGTERM) if len(glob.glob("/proc/[0-9]*")) < 20 else breach("processes"))
os.kill(os.getpid(), signal.SIGKILL)
"""

ATTACKS = (
    Attack("reads_course", "Reads the course folder, the gradebook and another's submission.", before=READ_COURSE),
    Attack("reads_home", "Reads home folders and files of the system.", before=READ_HOME),
    Attack("reads_references", "Reads or imports references and model solutions.", before=READ_REFERENCES),
    Attack("reads_environment", "Reads the environment of every process.", before=READ_ENVIRONMENT),
    Attack("reads_processes", "Reads other processes, and files through them.", before=READ_PROCESSES),
    Attack("reads_descriptors", "Looks for open files that it inherited.", before=DESCRIPTORS),
    Attack("writes_outside", "Writes to the system, the packages, and the course.", before=WRITE_OUTSIDE),
    Attack("makes_links", "Makes links to what is not its own.", before=LINKS),
    Attack("network", "Reaches a port of this machine, by each kind of socket.", before=NETWORK),
    Attack("unix_sockets", "Reaches Unix sockets of this machine.", before=SOCKETS),
    Attack("traces", "Traces processes, and reads their memory.", before=TRACE),
    Attack("namespaces", "Enters and makes namespaces.", before=NAMESPACES),
    Attack("mounts", "Mounts, remounts and unmounts.", before=MOUNTS),
    Attack("keys", "Uses the keyrings of the Linux kernel.", before=KEYS),
    Attack("rare_calls", "Makes system calls that few programs need.", before=RARE_CALLS),
    Attack("calls_of_other_machines", "Makes system calls as a program of 32 bits.", before=OTHER_CALLS),
    Attack("rights", "Looks for rights, and raises its limits.", before=RIGHTS),
    Attack("devices", "Opens and makes devices.", before=DEVICES),
    Attack("settings", "Writes to the settings of the Linux kernel.", before=SETTINGS),
    Attack("shared_files", "Locks and watches files that all kernels read.", before=SHARED_FILES),
    Attack("place", "Takes itself out of the last place for memory and processor.", before=PLACE),
    Attack("startup_files", "Leaves files that a next kernel would run.", before=STARTUP, after=AFTER_STARTUP),
    Attack("leaves_files", "Leaves files.", before=FILES_LEFT),
    Attack("leaves_processes", "Leaves processes that ignore signals.", before=PROCESSES_LEFT),
    Attack("signals", "Sends signals to every process that it can, and kills its own.", before=SIGNALS),
)
