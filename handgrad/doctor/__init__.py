"""``handgrad doctor``: of an installation, and of a notebook before it is handed in.

It says what is wrong and how to mend it.
"""
