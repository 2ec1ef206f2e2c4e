"""The grader's half: references, sandboxed execution, judging, recording, reporting.

It is installed with ``pip install handgrad[grading]`` and never imported by a student's notebook.
"""

import sys

# jsonschema would build a grammar of web addresses while it is imported, for most of a second, where that
# package is installed; no address is ever validated here
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
