"""The stages of a submission, one module for each, from the file that was handed in to the marks in the gradebook."""

import sys

# jsonschema would build a grammar of web addresses while it is imported, for most of a second, where that
# package is installed; no address is ever validated here
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
