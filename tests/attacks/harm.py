"""Attacks on the grader's time, memory and life."""

from __future__ import annotations

from tests.attacks import Attack

STEP = "def sgd_step(params, grads, learning_rate):\n"

FORKS = """
import os
import time

made = 0
for _ in range(400):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
    except OSError as error:
        print("refused", error)
        break
if made > 200:
    breach(made)
"""

THREADS = """
import threading
import time

made = 0
try:
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        made += 1
except RuntimeError as error:
    print("refused", error)
if made > 200:
    breach(made)
"""

MEMORY = """
import mmap
import numpy as np

# nothing of it is touched, so that it costs nothing where it is granted
attempt(
    lambda: np.zeros(2**30) is not None and breach("8 GB"),
    lambda: mmap.mmap(-1, 2**33) and breach("8 GB mapped"),
    lambda: bytearray(2**33) and breach("8 GB of bytes"),
    lambda: "x" * 2**33,
)
"""

DISK = """
import os

for place in (os.path.expanduser("~"), "/tmp", "/dev/shm"):
    def fill():
        with open(place + "/$mark.full", "wb") as file:
            for _ in range(70):
                file.write(bytes(4 << 20))
        breach(place)

    attempt(fill)
    attempt(lambda: os.truncate(place + "/$mark.full", 2**40) or breach("hole"), lambda: os.remove(place + "/$mark.full"))
"""

SMALL_FILES = """
import os

for number in range(20_000):
    os.close(os.open(f"/tmp/{number}", os.O_CREAT))
try:
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
except OSError as error:
    print("refused", error)
"""

DESCRIPTORS = """
import os

kept = []
try:
    for _ in range(5000):
        kept += os.pipe()
    breach(len(kept))
except OSError as error:
    print("refused", error)
    del kept[:20]
for number in kept:
    os.close(number)
"""

DIES_AT_EACH = """
import os

os._exit(1)
"""

RECURSION = """
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __repr__(self):
        return repr([self])


repr(Deep())
"""

CLOSES = """
import os

for number in range(3, 1024):
    try:
        os.close(number)
    except OSError:
        pass
"""

STOPS = """
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
"""

FLOOD = """
for _ in range(40):
    print("x" * 1_000_000)
"""

FLOOD_OF_LINES = """
import sys

for number in range(200_000):
    sys.stdout.write("x\\n")
    sys.stdout.flush()
"""

FLOOD_OF_DISPLAYS = """
from IPython.display import display

for number in range(25_000):
    display({"text/plain": "x"}, raw=True, display_id=str(number))
"""

CLEARS = """
from IPython.display import clear_output, display

for number in range(3000):
    clear_output(wait=bool(number % 2))
    display({"text/plain": "x" * 1000}, raw=True, display_id="same")
"""

SLOW_HOOKS = """
import time

get_ipython().events.register("pre_run_cell", lambda info: time.sleep(1.5))
"""

SEES_ITS_OWN_DEATH = """
import os
import threading
import time


def soon():
    time.sleep(1.0)
    os._exit(0)


# it dies in whichever cell is run then, and again in each kernel that follows
threading.Thread(target=soon).start()
time.sleep(2)
"""

EXITS = """
import builtins

for name in ("print", "len", "isinstance", "open", "__import__", "exec", "compile"):
    setattr(builtins, name, None)
"""

OUTPUT_OF_CHILDREN = """
import os
import subprocess

subprocess.Popen(["sh", "-c", "exec >&2; i=0; while [ $$i -lt 2000 ]; do echo x; echo y >&2; i=$$((i+1)); done"])
os.write(1, b"raw" * 1000)
os.write(2, b"raw" * 1000)
"""

TRACEBACKS = """
class Long(Exception):
    def _render_traceback_(self):
        return ["<script>x</script>" * 10] * 5000


Long.__name__ = "x" * 1_000_000
raise Long("y" * 1_000_000)
"""

ATTACKS = (
    Attack("forks", "Forks without end.", before=FORKS),
    Attack("threads", "Starts threads without end.", before=THREADS),
    Attack("memory", "Takes all memory.", before=MEMORY),
    Attack("disk", "Fills what it can write to.", before=DISK),
    Attack("small_files", "Makes files without end.", before=SMALL_FILES),
    Attack("descriptors", "Opens files without end.", before=DESCRIPTORS),
    Attack("loops", "Never returns.", {"sgd_step": STEP + "    while True:\n        pass\n"}),
    Attack(
        "loops_and_ignores",
        "Never returns, and ignores interrupts.",
        {
            "sgd_step": STEP + "    while True:\n        try:\n            while True:\n                pass\n"
            "        except BaseException:\n            pass\n"
        },
    ),
    Attack("loops_in_c", "Counts in one instruction that nothing interrupts.", before="10**10**9\n"),
    Attack("stops_itself", "Stops its own process, which then answers nothing.", before=STOPS),
    Attack(
        "dies_at_each",
        "Ends its kernel in each cell.",
        dict.fromkeys(("softmax_loss", "small_network_gradients", "sgd_step"), DIES_AT_EACH),
        before=DIES_AT_EACH,
        after=DIES_AT_EACH,
    ),
    Attack("dies_by_thread", "Ends its kernel from a thread.", before=SEES_ITS_OWN_DEATH),
    Attack("recursion", "Runs out of its stack.", before=RECURSION),
    Attack("reads_nowhere", "Reads from the address 0.", before="import ctypes\n\nctypes.string_at(0)\n"),
    Attack("closes_line", "Closes the line to the grader.", before=CLOSES),
    Attack("builtins_removed", "Takes away what Python is made of.", before=EXITS),
    Attack("slow_hooks", "Slows each cell down.", before=SLOW_HOOKS),
    Attack("flood", "Prints 40 MB.", before=FLOOD),
    Attack("flood_of_lines", "Prints 200,000 lines one by one.", before=FLOOD_OF_LINES),
    Attack("flood_of_displays", "Displays 25,000 things.", before=FLOOD_OF_DISPLAYS),
    Attack("clears", "Clears its output again and again.", before=CLEARS),
    Attack("output_of_children", "Writes to the raw descriptors, and from children.", before=OUTPUT_OF_CHILDREN),
    Attack("tracebacks", "Raises an exception that is far too long.", before=TRACEBACKS),
)
