"""The grader's half: references, sandboxed execution, judging, recording, reporting.

What it needs besides is installed with ``pip install handgrad[grading]``. No student's notebook imports it; their
``handgrad doctor`` reads and repairs with :mod:`handgrad.grading.submission` and :mod:`handgrad.grading.repair`.
"""

import sys

# jsonschema would build a grammar of web addresses while it is imported, for most of a second, where that
# package is installed; no address is ever validated here
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
