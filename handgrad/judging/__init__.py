"""From evidence to a verdict: what an exercise asks for, how results are compared, and what a mistake looks like.

Pure functions: nothing here opens a file or starts a kernel.
"""
