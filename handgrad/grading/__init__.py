"""The grader's half: references, sandboxed execution, judging, recording, reporting.

It is installed with ``pip install handgrad[grading]`` and never imported by a student's notebook.
"""
