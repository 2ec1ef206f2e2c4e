"""``handgrad doctor``: an installation in, or a notebook before it is handed in; out comes what is wrong with it.

Each thing that is wrong is said in a line, with how to fix it.
"""
