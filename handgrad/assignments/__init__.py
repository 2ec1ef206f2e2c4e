"""The public half of each assignment: how its exercises are called, its public cases, its pictures.

No answers live here.
"""
